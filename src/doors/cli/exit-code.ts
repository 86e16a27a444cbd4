import type { ExitCode } from '../../core/fault.js';
import type { RunDocument } from '../../engine/document.js';

/**
 * 0 all that was asked holds; 1 findings, or a change that failed or was not made; 3 something could not be determined.
 * A finding weighs more than what is unknown beside it; a host
 * that was asked for and is not in the inventory is unknown.
 */
export const exitCodeOfRun = ({ targets, run, plan }: RunDocument): ExitCode => {
  const outcomes = targets.map((t) => t.outcome);
  const findings = outcomes.some((o) => o === 'failed' || o === 'drifted' || o === 'cancelled');
  if (findings || (run.mode === 'plan' && plan !== null)) return 1;
  const known = run.unmatched.length === 0 && outcomes.every((o) => o === 'ok' || o === 'changed');
  return known ? 0 : 3;
};
