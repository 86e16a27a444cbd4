import { setTimeout as delay } from 'node:timers/promises';
import type { ExitCode } from '../core/fault.js';
import type { Terminal } from '../doors/cli/ask.js';

/** Commands whose process is to stay. */
const STAYING: ReadonlySet<string> = new Set(['start', 'worker']);
/** Node's longest timer, ms. It holds the process: a signal's handler alone does not. */
const LONGEST_MS = 2_147_483_647;

/** What a command that is refused is to do: `wish`, where its process is to stay; any other ends. */
export const refusalWish = ([command = '']: readonly string[], wish: string | undefined): string | undefined =>
  STAYING.has(command) ? wish : undefined;

/**
 * The end of a bot or worker that was refused and said why: a wrong command line or configuration, a refused token, a
 * ledger that does not open. A container engine starts what ends again and again: with `RUNBOLT_ON_REFUSAL=stay` it waits
 * for its signal instead, once: after the signal it ends at once. Resolves with the same exit code.
 */
export const onRefusal = async (
  code: ExitCode,
  wish: string | undefined,
  terminal: Pick<Terminal, 'err'>,
  signal: AbortSignal,
): Promise<ExitCode> => {
  if (code === 0 || wish !== 'stay' || signal.aborted) return code;
  terminal.err('Correct that and start this again; until then it waits and does nothing (RUNBOLT_ON_REFUSAL=stay).');
  while (!signal.aborted) await delay(LONGEST_MS, undefined, { signal }).catch(() => undefined);
  return code;
};
