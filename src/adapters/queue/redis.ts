import { createRedisBackend } from 'bullmq';
import { Redis } from 'ioredis';
import { type Fault, fault, ok, type Result } from '../../core/fault.js';
import type { Queue } from '../../engine/ports.js';
import { type BullOptions, bullQueue } from './bull-queue.js';
import { fitnessOf } from './redis-fitness.js';
import { type RedisAddress, redisPlace } from './redis-place.js';

const CONNECT_LIMIT_MS = 5_000;
/** An add to a Redis that has gone gives up after this many reconnections; a worker never does. */
const ADD_RETRIES = 5;
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
  const refused = await refusalOf(place.value.options, name, (warning) =>
    options.logger.warn({ server: name }, warning),
  );
  if (refused) return { ok: false, fault: refused };
  const lasting = { ...place.value.options, retryStrategy: reconnectAfterMs, reconnectOnError };
  return ok(
    bullQueue(
      {
        backend: createRedisBackend,
        adding: { ...lasting, maxRetriesPerRequest: ADD_RETRIES },
        working: { ...lasting, maxRetriesPerRequest: null },
      },
      { ...options, server: name },
    ),
  );
};

/** Why Redis cannot be used; undefined when it can. What should be known of it is told to `warn`. */
const refusalOf = async (
  place: RedisAddress,
  name: string,
  warn: (warning: string) => void,
): Promise<Fault | undefined> => {
  const client = new Redis({
    ...place,
    lazyConnect: true,
    connectTimeout: CONNECT_LIMIT_MS,
    commandTimeout: CONNECT_LIMIT_MS,
    retryStrategy: () => null,
    sentinelRetryStrategy: () => null,
    maxRetriesPerRequest: 0,
  });
  const reasons: string[] = [];
  client.on('error', (error: NodeJS.ErrnoException) => reasons.push(`${error.code ?? ''} ${error.message}`));
  try {
    await client.connect();
    await client.ping();
    const { refusal, warnings } = await fitnessOf(client, name);
    warnings.forEach(warn);
    return refusal;
  } catch (error) {
    return unreachable(name, [error instanceof Error ? error.message : '', ...reasons].join(' '));
  } finally {
    client.disconnect();
  }
};

const CERTIFICATE =
  /\b(?:SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_[A-Z_]+|CERT_[A-Z_]+|ERR_TLS_CERT_[A-Z_]+)\b|self.signed certificate|unable to (?:get|verify)[a-z ]+certificate/;

export const unreachable = (name: string, said: string): Fault => {
  const other = 'Start it or correct REDIS_URL; without REDIS_URL the queue is kept with the ledger.';
  if (/NOAUTH|WRONGPASS|ERR AUTH/.test(said)) return fault('queue_refused', `${name} refused the login.`, other);
  const certificate = CERTIFICATE.exec(said)?.[0];
  if (certificate !== undefined) {
    const next = 'Name the file of its CA in NODE_EXTRA_CA_CERTS, and the host as its certificate does in REDIS_URL.';
    return fault('queue_unfit', `${name} has a certificate that is not trusted here (${certificate}).`, next);
  }
  const code = /\bE[A-Z]{4,}\b/.exec(said)?.[0];
  return fault('queue_unreachable', `${name} cannot be reached${code === undefined ? '' : ` (${code})`}.`, other);
};
