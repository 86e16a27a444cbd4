import type { ExitCode } from '../../core/fault.js';
import type { RunDocument } from '../../engine/document.js';

/**
 * 0 all that was asked holds; 1 findings, or a change that failed or was not made; 3 something could not be determined.
 * A finding weighs more than what is unknown beside it.
 */
export const exitCodeOfRun = ({ targets, run, plan }: RunDocument): ExitCode => {
  const outcomes = targets.map((t) => t.outcome);
  const findings = outcomes.some((o) => o === 'failed' || o === 'drifted' || o === 'cancelled');
  if (findings || (run.mode === 'plan' && plan !== null)) return 1;
  return outcomes.every((o) => o === 'ok' || o === 'changed') ? 0 : 3;
};
