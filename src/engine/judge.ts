import type { Expression } from '../core/expression.js';
import type { FactValue, Reading } from '../core/fact-type.js';
import type { VerdictKind } from '../core/outcome.js';
import type { ParamValue, Phrase, Verdict } from '../core/run.js';
import type { Runbook, RunbookCheck, Template } from '../core/runbook.js';
import { cleanLine } from '../core/text.js';

type Readings = Readonly<Record<string, Reading>>;
type Params = Readonly<Record<string, ParamValue>>;

/**
 * What each check of a runbook says of one target's readings. A check that mentions a fact which was not read is never
 * evaluated, so that no `||` can make a pass of it.
 */
export const judge = (runbook: Runbook, readings: Readings, params: Params): readonly Verdict[] =>
  runbook.checks.map((check) => judgeOne(check, readings, params));

const judgeOne = (check: RunbookCheck, readings: Readings, params: Params): Verdict => {
  const mentions = factsIn([...(check.when ? [check.when] : []), check.expect, ...check.otherwise.expressions]);
  const verdict = (kind: VerdictKind, message: Phrase): Verdict => ({
    check: check.name,
    kind,
    severity: check.severity,
    message,
    evidence: mentions.flatMap((name) => evidenceOf(readings[name])),
  });
  for (const name of mentions) {
    const reading = readings[name];
    if (reading?.status === 'read') continue;
    const reason = reading === undefined ? 'was not gathered' : reading.reason;
    const skipped = reading?.status === 'absent' && check.absent === 'skip';
    return verdict(skipped ? 'skip' : 'error', plain(`${name}: ${reason}`));
  }
  const variables = variablesOf(readings, params);
  try {
    if (check.when && check.when.evaluate(variables) !== true) return verdict('skip', plain('does not apply here'));
    if (check.expect.evaluate(variables) === true) return verdict('pass', plain(''));
    return verdict('fail', phraseOf(check.otherwise, variables));
  } catch (error) {
    return verdict('error', plain(error instanceof Error ? error.message : String(error)));
  }
};

/** A template filled in, its values kept apart. Throws when an expression cannot be evaluated. */
export const phraseOf = (template: Template, variables: Readonly<Record<string, FactValue>>): Phrase => ({
  template: template.texts.map((text, i) => (i < template.expressions.length ? `${text}{${i}}` : text)).join(''),
  values: template.expressions.map((expression) => showable(expression.evaluate(variables))),
});

const showable = (value: unknown): string | number | boolean => {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number') return Math.round(value * 10) / 10;
  if (typeof value === 'boolean') return value;
  return cleanLine(Array.isArray(value) ? value.join(', ') : String(value));
};

const plain = (text: string): Phrase => ({ template: '{0}', values: [cleanLine(text)] });

const evidenceOf = (reading: Reading | undefined): readonly string[] =>
  reading?.status === 'read' ? reading.evidence.map((line) => cleanLine(line)) : [];

const factsIn = (expressions: readonly Expression[]): readonly string[] => [
  ...new Set(
    expressions.flatMap((e) => [...e.mentions]).filter((name) => name !== 'params' && !name.startsWith('checks.')),
  ),
];

/** What expressions see: the facts that were read, and the params. */
export const variablesOf = (readings: Readings, params: Params): Readonly<Record<string, FactValue>> => ({
  ...Object.fromEntries(
    Object.entries(readings).flatMap(([name, r]) => (r.status === 'read' ? [[name, r.value]] : [])),
  ),
  params,
});

/** What a change's condition sees of the checks. */
export const checkVariables = (verdicts: readonly Verdict[]): FactValue =>
  Object.fromEntries(
    verdicts.map((v) => [
      v.check,
      { passed: v.kind === 'pass', failed: v.kind === 'fail', skipped: v.kind === 'skip', error: v.kind === 'error' },
    ]),
  );
