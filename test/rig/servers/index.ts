export { startChild } from './child.js';
export { type Compiled, compile } from './compiled.js';
export { freePort } from './free-port.js';
export { noPostgres, type RealPostgres, startPostgres } from './postgres.js';
export {
  noRedis,
  ON_DISK,
  type RealRedis,
  type SentinelRig,
  startRedis,
  startSentinels,
  startTlsRedis,
} from './redis.js';
export { type Relay, startRelay } from './relay.js';
