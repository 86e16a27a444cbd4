import type { Redis } from 'ioredis';
import { type Fault, fault } from '../../core/fault.js';
import { cleanLine } from '../../core/text.js';

/** What makes a Redis unfit for a queue, and what does not forbid it but should be known. */
export interface Fitness {
  readonly refusal?: Fault;
  readonly warnings: readonly string[];
}

/** What Redis says when it takes no writes: at its memory's limit, after a failed save, as a replica, without its own. */
const REFUSED = /^(?:OOM|MISCONF|READONLY|NOREPLICAS)\b/;

/** Whether a Redis that answers has refused to write. */
export const refusesWrites = (error: unknown): boolean => error instanceof Error && REFUSED.test(error.message);

const POLICY = 'In redis.conf: maxmemory-policy noeviction; at a provider: in its parameter group.';

/**
 * Looks whether this Redis keeps what it is given. One that evicts keys loses jobs, and locks before their time: refused.
 * One that writes nothing to disk loses the queue when it restarts; the ledger then hands out anew: a warning. INFO tells
 * most of it, for providers forbid CONFIG. And whether it takes a write now: a replica, or one that is full, answers every
 * question and keeps nothing.
 */
export const fitnessOf = async (redis: Redis, name: string): Promise<Fitness> => {
  const [memory, persistence] = [await infoOf(redis, 'memory'), await infoOf(redis, 'persistence')];
  const policy = memory.get('maxmemory_policy');
  if (policy !== undefined && policy !== 'noeviction') {
    return {
      refusal: fault('queue_unfit', `${name} has maxmemory-policy ${policy}, so it may evict jobs.`, POLICY),
      warnings: [],
    };
  }
  const refusal = await refusalOf(redis, name);
  if (refusal) return { refusal, warnings: [] };
  const unknown = policy === undefined ? [`${name} does not say its maxmemory-policy: it must be noeviction.`] : [];
  return { warnings: [...unknown, ...(await doubtsOfPersistence(redis, name, persistence.get('aof_enabled')))] };
};

const refusalOf = async (redis: Redis, name: string): Promise<Fault | undefined> => {
  try {
    await redis.set('runbolt:fit', '1', 'EX', 60);
    return undefined;
  } catch (error) {
    if (refusesWrites(error) && error instanceof Error) return refusedFault(name, error.message);
    return ifForbidden(undefined)(error);
  }
};

const refusedFault = (name: string, said: string): Fault => {
  if (said.startsWith('READONLY')) {
    const next = 'Name its master in REDIS_URL, or its Sentinels.';
    return fault('queue_unreachable', `${name} is a replica: it takes no writes.`, next);
  }
  const next = 'Give it memory, disk or its replicas back; what was accepted is in the ledger and goes on.';
  return fault('queue_unreachable', `${name} takes no writes: ${cleanLine(said, 120)}`, next);
};

const doubtsOfPersistence = async (redis: Redis, name: string, aof: string | undefined): Promise<readonly string[]> => {
  if (aof === '1') return [];
  const save = await settingOf(redis, 'save');
  const append = aof ?? ((await settingOf(redis, 'appendonly')) === 'yes' ? '1' : undefined);
  if (append === '1' || (save !== undefined && save !== '')) return [];
  const then = 'what waits is handed out anew from the ledger, later';
  if (save === undefined) {
    return [`${name} does not say whether it writes to disk (CONFIG is refused); if not, after its restart ${then}.`];
  }
  return [`${name} writes nothing to disk: after its restart ${then}. In redis.conf: appendonly yes.`];
};

const infoOf = async (redis: Redis, section: string): Promise<ReadonlyMap<string, string>> => {
  const text = await redis.info(section).catch(ifForbidden(''));
  return new Map(
    text.split(/\r?\n/).flatMap((line) => {
      const [, key, value] = /^([a-z_]+):(.*)$/.exec(line) ?? [];
      return key !== undefined && value !== undefined ? [[key, value] as const] : [];
    }),
  );
};

/** Undefined when CONFIG is forbidden, or knows no such setting. */
const settingOf = async (redis: Redis, setting: string): Promise<string | undefined> => {
  const answer: unknown = await redis.config('GET', setting).catch(ifForbidden(undefined));
  const value: unknown = Array.isArray(answer) ? answer[1] : undefined;
  return typeof value === 'string' ? value : undefined;
};

/** A server that refuses a command has answered; one whose connection was lost has not, and that is no doubt about it. */
const ifForbidden =
  <T>(answer: T) =>
  (error: unknown): T => {
    if (error instanceof Error && error.name === 'ReplyError') return answer;
    throw error;
  };
