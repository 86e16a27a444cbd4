import { createRedisBackend } from 'bullmq';
import { ok, type Result } from '../../core/fault.js';
import type { Queue } from '../../engine/ports.js';
import { type BullOptions, bullQueue } from './bull-queue.js';
import { refusesWrites } from './redis-fitness.js';
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
/** Refusals of a replica that come within this time, ms, are one story: each time the pause before the next is longer. */
const STORY_MS = 10_000;

/**
 * A master that became a replica refuses to write: nothing was carried out, so ask anew where the master is, and repeat.
 * Where there is no other, the pauses grow as they do for a server that is away.
 */
const reconnection = () => {
  let refusals = 0;
  let lastAt = Number.NEGATIVE_INFINITY;
  return {
    reconnectOnError: (error: Error): false | 2 => {
      if (!error.message.startsWith('READONLY')) return false;
      const now = performance.now();
      refusals = now - lastAt < STORY_MS ? refusals + 1 : 1;
      lastAt = now;
      return 2;
    },
    retryStrategy: (times: number): number =>
      reconnectAfterMs(performance.now() - lastAt < STORY_MS ? Math.max(times, refusals) : times),
  };
};

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
  const lasting = { ...place.value.options, ...reconnection(), socketTimeout: SILENCE_MS };
  const queue = bullQueue(
    {
      backend: (...of: Parameters<typeof createRedisBackend>) => watch.over(createRedisBackend(...of)),
      // Made anew after an outage, BullMQ would print its own line about the policy. What the version decides is for workers.
      adding: { ...lasting, maxRetriesPerRequest: ADD_RETRIES, skipVersionCheck: true },
      working: { ...lasting, maxRetriesPerRequest: null },
      onError: (error) => {
        if (refusesWrites(error)) watch.doubt();
      },
    },
    { ...options, server: name },
  );
  return ok({ ...queue, fit: watch.fit });
};
