import { setTimeout as delay } from 'node:timers/promises';
import type { ExitCode } from '../core/fault.js';
import type { Terminal } from '../doors/cli/ask.js';

/** Node's longest timer, ms. It holds the process: a signal's handler alone does not. */
const LONGEST_MS = 2_147_483_647;

/**
 * The end of a process that was to stay and was refused (exit code 2: a wrong configuration, a refused token, a newer
 * ledger). A container engine starts what ends again and again: with `RUNBOLT_ON_REFUSAL=stay` it says so once and waits
 * for its signal instead, neither ready nor healthy. Resolves with the same exit code.
 */
export const onRefusal = async (
  code: ExitCode,
  wish: string | undefined,
  terminal: Pick<Terminal, 'err'>,
  signal: AbortSignal,
): Promise<ExitCode> => {
  if (code !== 2 || wish !== 'stay' || signal.aborted) return code;
  terminal.err(
    'Nothing was started. Correct that and start this again; until then it waits (RUNBOLT_ON_REFUSAL=stay).',
  );
  while (!signal.aborted) await delay(LONGEST_MS, undefined, { signal }).catch(() => undefined);
  return code;
};
