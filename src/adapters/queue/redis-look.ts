import { Redis } from 'ioredis';
import { type Fault, fault, ok, type Result } from '../../core/fault.js';
import { type Fitness, fitnessOf } from './redis-fitness.js';
import type { RedisAddress } from './redis-place.js';

const LIMIT_MS = 5_000;

/** Asks Redis over a connection of its own whether it is fit for a queue. Faults: those of a server that lets nobody in. */
export const lookAtRedis = async (place: RedisAddress, name: string): Promise<Result<Fitness>> => {
  const client = new Redis({
    ...place,
    lazyConnect: true,
    connectTimeout: LIMIT_MS,
    commandTimeout: LIMIT_MS,
    retryStrategy: () => null,
    sentinelRetryStrategy: () => null,
    maxRetriesPerRequest: 0,
  });
  const reasons: string[] = [];
  client.on('error', (error: NodeJS.ErrnoException) => reasons.push(`${error.code ?? ''} ${error.message}`));
  try {
    await client.connect();
    await client.ping();
    return ok(await fitnessOf(client, name));
  } catch (error) {
    const said = [error instanceof Error ? error.message : '', ...reasons].join(' ');
    return { ok: false, fault: unreachable(name, said) };
  } finally {
    client.disconnect();
  }
};

const CERTIFICATE =
  /\b(?:SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_[A-Z_]+|CERT_[A-Z_]+|ERR_TLS_CERT_[A-Z_]+)\b|self.signed certificate|unable to (?:get|verify)[a-z ]+certificate/;

/** Why Redis lets nobody in, by what its connection said. */
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
