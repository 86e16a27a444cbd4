import { createRedisBackend } from 'bullmq';
import { ok, type Result } from '../../core/fault.js';
import type { Queue } from '../../engine/ports.js';
import { type BullOptions, bullQueue } from './bull-queue.js';
import { lookAtRedis } from './redis-look.js';
import { redisPlace } from './redis-place.js';
import { redisWatch } from './redis-watch.js';

/** An add to a Redis that has gone gives up after this many reconnections; a worker never does. */
const ADD_RETRIES = 5;
/**
 * A connection on which a command is not answered for this long, ms, is made anew: after a failover that was not told, TCP
 * itself goes on for a quarter of an hour. BullMQ's blocking commands end after 10 s at most.
 */
const SILENCE_MS = 20_000;
const reconnectAfterMs = (times: number): number => Math.min(times * 100, 2_000);
/** A master that became a replica refuses to write: nothing was carried out, so ask anew where the master is, and repeat. */
const reconnectOnError = (error: Error): false | 2 => (error.message.startsWith('READONLY') ? 2 : false);

/**
 * The courier on Redis. Faults: `config_invalid` for a URL that is none, `queue_unreachable` when it does not answer,
 * `queue_refused` when it refuses the login,
 * `queue_unfit` when it may lose jobs or its certificate is not trusted.
 */
export const openRedisQueue = async (url: string, options: Omit<BullOptions, 'server'>): Promise<Result<Queue>> => {
  const place = redisPlace(url);
  if (!place.ok) return place;
  const { name } = place.value;
  const found = await lookAtRedis(place.value.options, name);
  if (!found.ok) return found;
  const { refusal } = found.value;
  if (refusal) return { ok: false, fault: refusal };
  const watch = redisWatch(() => lookAtRedis(place.value.options, name), name, options.logger);
  watch.note(found.value);
  const again = { retryStrategy: reconnectAfterMs, reconnectOnError };
  const lasting = { ...place.value.options, ...again, socketTimeout: SILENCE_MS };
  const queue = bullQueue(
    {
      backend: (...of: Parameters<typeof createRedisBackend>) => watch.over(createRedisBackend(...of)),
      // Made anew after an outage, BullMQ would print its own line about the policy. What the version decides is for workers.
      adding: { ...lasting, maxRetriesPerRequest: ADD_RETRIES, skipVersionCheck: true },
      working: { ...lasting, maxRetriesPerRequest: null },
    },
    { ...options, server: name },
  );
  return ok({ ...queue, fit: watch.fit });
};
