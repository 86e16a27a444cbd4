export { inProcessQueue } from './in-process.js';
export { openPooledQueue, openPostgresQueue } from './postgres.js';
export { openRedisQueue } from './redis.js';
