import { Redis } from 'ioredis';
import { ok, type Result } from '../../core/fault.js';
import { unreachable } from './redis-look.js';
import { redisPlace } from './redis-place.js';

const LIMIT_MS = 5_000;

export interface RedisFound {
  /** `Redis at HOST:PORT`. */
  readonly name: string;
  readonly version: string;
  /** `maxmemory-policy`; undefined where the server does not say. */
  readonly policy: string | undefined;
  /** Append-only file or snapshots: whether a restart keeps the queue. Undefined where the server does not say. */
  readonly persistent: boolean | undefined;
}

/** Looks at a Redis without changing it. Faults: those of `openRedisQueue` for a server that does not let us in. */
export const inspectRedis = async (url: string): Promise<Result<RedisFound>> => {
  const place = redisPlace(url);
  if (!place.ok) return place;
  const { name, options } = place.value;
  const client = new Redis({
    ...options,
    ...{ lazyConnect: true, connectTimeout: LIMIT_MS, commandTimeout: LIMIT_MS, maxRetriesPerRequest: 0 },
    retryStrategy: () => null,
    sentinelRetryStrategy: () => null,
  });
  const reasons: string[] = [];
  client.on('error', (error: NodeJS.ErrnoException) => reasons.push(`${error.code ?? ''} ${error.message}`));
  try {
    await client.connect();
    const info = await client.info();
    const field = (key: string): string | undefined => new RegExp(`^${key}:(.*?)\\r?$`, 'm').exec(info)?.[1];
    const saves = await client.config('GET', 'save').then(savesOf, () => undefined);
    return ok({
      name,
      version: field('redis_version') ?? 'unknown',
      policy: field('maxmemory_policy'),
      persistent: field('aof_enabled') === '1' ? true : saves,
    });
  } catch (error) {
    const said = [error instanceof Error ? error.message : '', ...reasons].join(' ');
    return { ok: false, fault: unreachable(name, said) };
  } finally {
    client.disconnect();
  }
};

/** Undefined where the server does not say (managed ones refuse CONFIG). */
const savesOf = (answer: unknown): boolean | undefined =>
  Array.isArray(answer) && typeof answer[1] === 'string' ? answer[1].trim() !== '' : undefined;
