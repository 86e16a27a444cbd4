import type { Expression } from '../core/expression.js';
import type { Observation, Run } from '../core/run.js';
import type { Runbook } from '../core/runbook.js';
import { phraseOf, variablesOf } from './judge.js';
import { fillPhrase } from './phrase.js';

/**
 * Who will undo a fix, as a sentence: `a fix may be undone by Puppet (…)`. Empty where nobody is known. What one fact could
 * not tell hides nothing of what another one does; commas left over beside an empty part are dropped.
 */
export const undoerFrom = (runbook: Runbook, variables: Parameters<Expression['evaluate']>[0]): string => {
  if (!runbook.undoneBy) return '';
  const { texts, expressions } = runbook.undoneBy;
  let whole = true;
  const said = expressions.map((expression) => {
    try {
      return fillPhrase(phraseOf({ texts: ['', ''], expressions: [expression] }, variables));
    } catch {
      whole = false;
      return '';
    }
  });
  const all = texts.map((text, i) => `${text}${said[i] ?? ''}`).join('');
  const who = all.replace(/^[\s,]+|[\s,]+$/g, '');
  if (who === '') return whole ? '' : 'who may undo a fix could not be told';
  return `a fix may be undone by ${who}${whole ? '' : '; who else could not be told'}`;
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
