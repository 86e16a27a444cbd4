import { createRedisBackend } from 'bullmq';
import { Redis } from 'ioredis';
import { failure, ok, type Result } from '../../core/fault.js';
import type { Queue } from '../../engine/ports.js';
import { type BullOptions, bullQueue } from './bull-queue.js';

const CONNECT_LIMIT_MS = 5_000;
/** An add to a Redis that has gone gives up after this many reconnections; a worker never does. */
const ADD_RETRIES = 5;
const reconnectAfterMs = (times: number): number => Math.min(times * 100, 2_000);

/** The courier on Redis. Faults: `config_invalid` for a URL that is none, `queue_unreachable` when it does not answer. */
export const openRedisQueue = async (url: string, options: Omit<BullOptions, 'server'>): Promise<Result<Queue>> => {
  const place = placeOf(url);
  if (place === undefined) {
    return failure('config_invalid', 'REDIS_URL is not a Redis URL.', 'Write it as redis://USER:PASSWORD@HOST:6379/0.');
  }
  const refusal = await refusalOf(url);
  if (refusal !== undefined) {
    return failure(
      'queue_unreachable',
      `Redis at ${place} ${refusal}.`,
      'Start it or correct REDIS_URL; without REDIS_URL the queue is kept with the ledger.',
    );
  }
  return ok(
    bullQueue(
      {
        backend: createRedisBackend,
        adding: { url, maxRetriesPerRequest: ADD_RETRIES, retryStrategy: reconnectAfterMs },
        working: { url, maxRetriesPerRequest: null, retryStrategy: reconnectAfterMs },
      },
      { ...options, server: `Redis at ${place}` },
    ),
  );
};

const placeOf = (url: string): string | undefined => {
  if (!URL.canParse(url)) return undefined;
  const { protocol, hostname, port } = new URL(url);
  return /^rediss?:$/.test(protocol) && hostname !== '' ? `${hostname}:${port || '6379'}` : undefined;
};

/** Why Redis cannot be used, as the end of a sentence; `undefined` when it can. */
const refusalOf = async (url: string): Promise<string | undefined> => {
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_LIMIT_MS,
    commandTimeout: CONNECT_LIMIT_MS,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
  });
  let reason = '';
  client.on('error', (error: NodeJS.ErrnoException) => {
    reason = error.code ?? error.message;
  });
  try {
    await client.connect();
    await client.ping();
    return undefined;
  } catch (error) {
    const said = error instanceof Error ? error.message : '';
    if (/NOAUTH|WRONGPASS|ERR AUTH/.test(`${said} ${reason}`)) return 'refused the login';
    return `cannot be reached${/^E[A-Z]+$/.test(reason) ? ` (${reason})` : ''}`;
  } finally {
    client.disconnect();
  }
};
