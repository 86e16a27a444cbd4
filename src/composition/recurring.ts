import type { Logger } from 'pino';
import { type FaultCode, faultIn } from '../core/fault.js';
import { onceAMinute } from '../core/once-a-minute.js';

/** A server is away and comes back by itself: no mistake, so no stack. */
const AWAY: readonly FaultCode[] = ['ledger_unreachable', 'queue_unreachable'];

/**
 * A deed that is done again and again, and never rejects. Why it fails is said at once and then once a minute (at `debug`
 * in between): at `warn` when a server is away, else at `error`. The first success after that is said too. One that falls
 * due while the last still goes on is left out.
 */
export const recurring = (
  logger: Logger,
  what: string,
  deed: () => Promise<void>,
  now?: () => number,
): (() => Promise<void>) => {
  let outage: ReturnType<typeof onceAMinute> | undefined;
  const failed = (error: unknown): void => {
    const fault = faultIn(error);
    outage ??= onceAMinute(now);
    const due = outage(fault?.code ?? String(error));
    if (fault && AWAY.includes(fault.code)) {
      logger[due ? 'warn' : 'debug']({ code: fault.code }, `${what}: ${fault.message} ${fault.next}`);
    } else logger[due ? 'error' : 'debug']({ err: error }, what);
  };
  let going = false;
  return async () => {
    if (going) return;
    going = true;
    try {
      await deed();
    } catch (error) {
      failed(error);
      return;
    } finally {
      going = false;
    }
    if (outage) logger.info(`${what}: it works again`);
    outage = undefined;
  };
};
