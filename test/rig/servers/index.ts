export { freePort } from './free-port.js';
export { noPostgres, type RealPostgres, startPostgres } from './postgres.js';
export { noRedis, type RealRedis, startRedis } from './redis.js';
