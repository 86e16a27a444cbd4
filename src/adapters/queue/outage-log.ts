import type { Logger } from 'pino';
import { onceAMinute } from '../../core/once-a-minute.js';

/**
 * Logs what a server's connections report: each of them tries again every second or so, and says the same each time. At
 * `warn` when it is new or was not said for a minute, at `debug` in between.
 */
export const outageLog = (logger: Logger, server: string, now?: () => number) => {
  const due = onceAMinute(now);
  return (part: 'queue' | 'worker') =>
    (error: Error & { readonly code?: unknown }): void => {
      const level = due(`${part} ${String(error.code)} ${error.message}`) ? 'warn' : 'debug';
      logger[level]({ err: error, server }, part);
    };
};
