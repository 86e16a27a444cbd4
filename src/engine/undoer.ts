import type { Expression } from '../core/expression.js';
import type { Observation, Run } from '../core/run.js';
import type { Runbook } from '../core/runbook.js';
import { phraseOf, variablesOf } from './judge.js';
import { fillPhrase } from './phrase.js';

/** Who will undo a fix, as a sentence: `a fix may be undone by Puppet (…)`. Empty where nobody is known. */
export const undoerFrom = (runbook: Runbook, variables: Parameters<Expression['evaluate']>[0]): string => {
  if (!runbook.undoneBy) return '';
  try {
    const who = fillPhrase(phraseOf(runbook.undoneBy, variables));
    return who === '' ? '' : `a fix may be undone by ${who}`;
  } catch {
    return 'who may undo a fix could not be told';
  }
};

/** The same for one target as it was seen; empty where it has no finding. */
export const undoerOf = (
  observation: Observation,
  runbook: Runbook | undefined,
  params: Run['opened']['request']['params'],
): string => {
  const failed = observation.verdicts.some((v) => v.kind === 'fail');
  return runbook && failed ? undoerFrom(runbook, variablesOf(observation.readings, params)) : '';
};
