import pg from 'pg';
import type { Clock } from '../../engine/ports.js';
import { KEEP_ALIVE, type PostgresPlace } from './postgres.js';

/** Channel on which every append is announced, with `INSTANCE:RUN` as payload. */
export const CHANNEL = 'runbolt_appended';

const ANSWER_MS = 5_000;
const RETRY_MS = [100, 500, 1_000, 2_000, 5_000] as const;

/** Hears the appends of all processes. */
export interface Listener {
  /** Resolves when the first attempt to subscribe has ended; a failed one is repeated, and reported as a gap. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}

/**
 * Listens on a connection of its own and connects anew when that is lost. What was announced meanwhile is gone, so
 * `onGap` is told how long, in ms, nothing could be heard.
 */
export const listen = (
  place: PostgresPlace,
  clock: Clock,
  onPayload: (payload: string) => void,
  onGap: (ms: number) => void,
): Listener => {
  const end = new AbortController();
  let current: pg.Client | undefined;
  let started: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => {
    started = resolve;
  });

  /** Resolves when the connection is lost; tells whether it stood. */
  const once = async (onListening: () => void): Promise<boolean> => {
    const limits = { connectionTimeoutMillis: ANSWER_MS, query_timeout: ANSWER_MS };
    const client = new pg.Client({ connectionString: place.url, ...KEEP_ALIVE, ...limits });
    const lost = new Promise<void>((resolve) => {
      client.on('error', () => resolve());
      client.on('end', () => resolve());
    });
    client.on('notification', (message) => onPayload(message.payload ?? ''));
    current = client;
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
      onListening();
      await lost;
      return true;
    } catch {
      return false;
    } finally {
      await client.end().catch(() => undefined);
    }
  };

  const loop = async (): Promise<void> => {
    let deafSince: number | undefined;
    let failures = 0;
    while (!end.signal.aborted) {
      const stood = await once(() => {
        if (deafSince !== undefined) onGap(clock.now() - deafSince);
        started();
      });
      failures = stood ? 0 : failures + 1;
      deafSince = stood ? clock.now() : (deafSince ?? clock.now());
      started();
      if (end.signal.aborted) break;
      await clock.sleep(RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] ?? 5_000, end.signal).catch(() => undefined);
    }
  };

  const running = loop();
  return {
    ready,
    async close() {
      end.abort();
      await current?.end().catch(() => undefined);
      await running;
    },
  };
};
