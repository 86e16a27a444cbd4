export { inProcessQueue } from './in-process.js';
export { openPooledQueue, openPostgresQueue, preparePooledQueue } from './postgres.js';
export { openRedisQueue } from './redis.js';
export { zonesElsewhere } from './zones-elsewhere.js';
