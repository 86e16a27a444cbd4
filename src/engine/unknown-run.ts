import { failure } from '../core/fault.js';

/** The answer to a run's name that the ledger does not have. */
export const unknownRun = (runId: string) =>
  failure('run_unknown', `There is no run \`${runId}\`.`, 'Runs: `runbolt runs`.');
