import type * as postgres from './postgres.js';
import type * as redis from './redis.js';

export { inProcessQueue } from './in-process.js';
export { zonesElsewhere } from './zones-elsewhere.js';

// BullMQ and the clients of its servers are loaded when used: a command that works alone does without their 260 files.
const onPostgres = () => import('./postgres.js');

export const openPooledQueue: typeof postgres.openPooledQueue = async (...of) =>
  (await onPostgres()).openPooledQueue(...of);

export const openPostgresQueue: typeof postgres.openPostgresQueue = async (...of) =>
  (await onPostgres()).openPostgresQueue(...of);

export const preparePooledQueue: typeof postgres.preparePooledQueue = async (...of) =>
  (await onPostgres()).preparePooledQueue(...of);

export const openRedisQueue: typeof redis.openRedisQueue = async (...of) =>
  (await import('./redis.js')).openRedisQueue(...of);
