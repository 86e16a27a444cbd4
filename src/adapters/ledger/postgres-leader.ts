import pg from 'pg';
import type { Logger } from 'pino';
import type { Clock } from '../../engine/ports.js';
import type { Leader } from './leader.js';
import { KEEP_ALIVE, type PostgresPlace, sessionOf } from './postgres.js';
import type { SqlSession } from './sql.js';

/** The advisory lock that the leader's session holds: `RBLT`, 1. */
const LOCK = `SELECT pg_try_advisory_lock(${0x52424c54}, 1) AS held`;
/** How often who stands by asks for the lock, and pauses after a failure. */
const STAND_BY_MS = 500;
/** The leader looks this often whether its session still answers, and so long at most it waits for an answer. */
const HEARTBEAT_MS = 5_000;
const ANSWER_MS = 5_000;
const GOODBYE_MS = 1_000;
/** The server ends the session of a machine that vanished after 25 s, not after the system's two hours. */
const VANISHED = 'SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3';

/**
 * The leader among all processes on one PostgreSQL: the one whose session holds an advisory lock, which the server frees
 * when that session ends. It has a connection of its own, since the lock belongs to a connection.
 */
export const postgresLeader = (
  place: PostgresPlace,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Leader => {
  const end = new AbortController();
  let leading: SqlSession | undefined;
  let running: Promise<void> = Promise.resolve();

  const pause = (ms: number, signal: AbortSignal) => clock.sleep(ms, signal).catch(() => undefined);

  const beat = async (client: pg.Client, lost: AbortController): Promise<void> => {
    for (;;) {
      await pause(HEARTBEAT_MS, lost.signal);
      if (lost.signal.aborted) return;
      await client.query('SELECT 1').catch(() => lost.abort());
    }
  };

  /** Waits for it, but not for a server that says nothing any more. */
  const within = async (work: Promise<void>): Promise<void> => {
    const done = new AbortController();
    await Promise.race([work.catch(() => undefined), pause(GOODBYE_MS, done.signal)]);
    done.abort();
  };

  /** Stands by, and leads until the signal ends or the session is lost. */
  const turn = async (deliver: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> => {
    const client = new pg.Client({
      connectionString: place.url,
      ...KEEP_ALIVE,
      connectionTimeoutMillis: ANSWER_MS,
      query_timeout: ANSWER_MS,
      application_name: 'runbolt-leader',
    });
    const lost = new AbortController();
    const until = AbortSignal.any([signal, lost.signal]);
    client.on('error', () => lost.abort());
    client.on('end', () => lost.abort());
    try {
      await client.connect();
      await client.query(VANISHED);
      while ((await client.query<{ held: boolean }>(LOCK)).rows[0]?.held !== true) {
        await pause(STAND_BY_MS, until);
        if (until.aborted) return;
      }
      leading = sessionOf(client);
      void beat(client, lost);
      await deliver(until);
    } finally {
      leading = undefined;
      lost.abort();
      await within(client.end());
    }
  };

  const turns = async (deliver: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      try {
        await turn(deliver, signal);
      } catch (error) {
        logger.warn({ err: error }, 'who delivers messages could not be settled; tried again');
      }
      if (!signal.aborted) await pause(STAND_BY_MS, signal);
    }
  };

  return {
    lead(deliver, signal) {
      running = turns(deliver, AbortSignal.any([signal, end.signal]));
      return running;
    },
    leads: () => leading !== undefined,
    session() {
      if (!leading) throw new Error('This process does not lead.');
      return leading;
    },
    async close() {
      end.abort();
      await within(running);
    },
  };
};
