import type { Logger } from 'pino';
import type { Config } from '../core/config.js';
import type { ExitCode, Result } from '../core/fault.js';
import { type Terminal, tell } from '../doors/cli/ask.js';
import type { Environment } from './environment.js';
import { onRefusal } from './on-refusal.js';
import { type Operations, openOperations } from './operations.js';
import type { Patience } from './patience.js';
import { systemClock } from './system.js';

export interface StayOptions {
  readonly env: Pick<Environment, 'http' | 'onRefusal'>;
  readonly config: Pick<Config, 'http'>;
  readonly logger: Logger;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/** What a process that stays is given: how it tells how it does, and how it waits for servers that are away. */
export interface Staying {
  readonly operations: Operations;
  readonly patience: Patience;
}

/**
 * The life of the bot and of a worker: health and metrics are served first, `start` brings the work up (and waits for
 * servers that are away), `ready` is said, and when the signal comes the work is stopped. One that is refused is alive
 * while it stays, and says at `/readyz` why it does nothing. Resolves with the exit code.
 */
export const stay = async <T extends { stop(): Promise<void> }>(
  { env, config, logger, terminal, signal }: StayOptions,
  start: (staying: Staying) => Promise<Result<T>>,
  ready: (work: T) => string,
): Promise<ExitCode> => {
  const operations = await openOperations(env, config, logger);
  if (!operations.ok) return tell(operations.fault, false, terminal);
  const { board, close } = operations.value;
  board.waitFor('start', 'Runbolt is starting.');
  const say: Patience['say'] = ({ code, message, next }) =>
    logger.warn({ code }, `${message} ${next} It is tried again until then.`);
  try {
    const work = await start({ operations: operations.value, patience: { clock: systemClock, signal, board, say } });
    if (!work.ok) {
      if (signal.aborted) return 0;
      board.refuse(`${work.fault.message} ${work.fault.next}`);
      return await onRefusal(tell(work.fault, false, terminal), env.onRefusal, terminal, signal);
    }
    board.forget('start');
    terminal.out(ready(work.value));
    await aborted(signal);
    board.waitFor('stop', 'Runbolt is stopping.');
    await work.value.stop();
    return 0;
  } finally {
    await close();
  }
};

/** Resolves when the signal does. */
const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
