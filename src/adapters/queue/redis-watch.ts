import type { Logger } from 'pino';
import { type Fault, FaultError, type Result } from '../../core/fault.js';
import type { Queue } from '../../engine/ports.js';
import type { Fitness } from './redis-fitness.js';

/** What of BullMQ's backend says that its connection was lost, and stands again. */
interface Connected {
  on(event: 'ready' | 'close', listener: () => void): unknown;
}

/** Whether a Redis that comes back is still fit for a queue. */
interface RedisWatch extends Required<Pick<Queue, 'fit'>> {
  /** From now on Redis is looked at anew each time that this connection was lost and stands again. */
  over<C extends Connected>(connection: C): C;
  /** Redis is to be looked at anew before it counts as fit. */
  doubt(): void;
  /** Takes in what a look came to; what was not said before is said, once. */
  note(found: Fitness): void;
}

/** A Redis that was started anew may have another configuration: what is unfit then is no longer ready, and said. */
export const redisWatch = (look: () => Promise<Result<Fitness>>, server: string, logger: Logger): RedisWatch => {
  let known: Fitness = { warnings: [] };
  /** Its connection was lost, and nobody has looked since. */
  let unseen = false;
  const note = (found: Fitness): void => {
    const before = known;
    known = found;
    const { refusal, warnings } = found;
    if (refusal && refusal.message !== before.refusal?.message) {
      logger.error({ server }, `${refusal.message} ${refusal.next}`);
    }
    if (!refusal && before.refusal) logger.info({ server }, `${server} is fit for the queue again.`);
    for (const warning of warnings) if (!before.warnings.includes(warning)) logger.warn({ server }, warning);
  };
  const lookAgain = async (): Promise<Fault | undefined> => {
    unseen = false;
    const found = await look();
    if (found.ok) note(found.value);
    else unseen = true;
    return found.ok ? found.value.refusal : found.fault;
  };
  return {
    note,
    doubt: () => {
      unseen = true;
    },
    over: (connection) => {
      connection.on('close', () => {
        unseen = true;
      });
      connection.on('ready', () => {
        if (unseen) void lookAgain();
      });
      return connection;
    },
    fit: async () => {
      const fault = unseen || known.refusal ? await lookAgain() : undefined;
      if (fault) throw new FaultError(fault);
    },
  };
};
