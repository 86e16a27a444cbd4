import type { FactField, FactValue, Reading } from '../core/fact-type.js';
import { isWithin, showKernelRange } from '../core/kernel-range.js';
import type { VerdictKind } from '../core/outcome.js';
import type { ParamValue, Phrase, Verdict } from '../core/run.js';
import type { Runbook, RunbookCheck, Template } from '../core/runbook.js';
import { cleanLine } from '../core/text.js';

type Readings = Readonly<Record<string, Reading>>;
type Params = Readonly<Record<string, ParamValue>>;

/**
 * What each check of a runbook says of one target's readings. A check that mentions a fact which was not read is never
 * evaluated, so that no `||` can make a pass of it. A check with `each` gives a verdict for every item; an item with a
 * reason in its field `unread` is an error for that reason. On a kernel that a rule is not known for the verdict says so.
 */
export const judge = (runbook: Runbook, readings: Readings, params: Params): readonly Verdict[] =>
  runbook.checks.flatMap((check) => judgeCheck(check, readings, params));

const judgeCheck = (check: RunbookCheck, readings: Readings, params: Params): readonly Verdict[] => {
  const mentions = factsOf(check);
  const facts = mentions.flatMap((name) => evidenceOf(readings[name]));
  const one = (kind: VerdictKind, message: Phrase, evidence: readonly string[] = facts): Verdict => ({
    check: check.name,
    kind,
    severity: check.severity,
    message,
    evidence,
  });
  for (const name of mentions) {
    const reading = readings[name];
    if (reading?.status === 'read') continue;
    const reason = reading === undefined ? 'was not gathered' : reading.reason;
    const skipped = reading?.status === 'absent' && check.absent === 'skip';
    return [one(skipped ? 'skip' : 'error', plain(`${name}: ${reason}`))];
  }
  const variables = variablesOf(readings, params);
  const { each } = check;
  if (!each) return [judgeOne(check, variables, one)];
  const items = itemsAt(variables[each.fact], each.path);
  if (!items) return [one('error', plain(`${each.fact}.${each.path.join('.')} is not a list`))];
  if (items.length === 0) return [one('skip', plain('there is none here'))];
  return items.map((item) => {
    const own = (kind: VerdictKind, message: Phrase) => one(kind, message, ownEvidence(item) ?? facts);
    const { unread } = item;
    if (typeof unread === 'string' && unread !== '') return own('error', plain(unread));
    return judgeOne(check, { ...variables, [each.item]: item }, own);
  });
};

const judgeOne = (
  check: RunbookCheck,
  variables: Variables,
  verdict: (kind: VerdictKind, message: Phrase) => Verdict,
): Verdict => {
  try {
    if (check.when && check.when.evaluate(variables) !== true) return verdict('skip', plain('does not apply here'));
    const doubt = doubtOf(check.kernel, variables);
    if (doubt && check.kernel?.outside !== 'infer') return verdict(check.kernel?.outside ?? 'error', doubt);
    if (check.expect.evaluate(variables) === true) return verdict('pass', doubt ?? plain(''));
    const advice = Object.entries(check.advice).flatMap(([kind, template]) => {
      const phrase = phraseIfKnown(template, variables);
      return phrase ? [[kind, phrase]] : [];
    });
    return {
      ...verdict('fail', doubtful(phraseOf(check.otherwise, variables), doubt)),
      ...(advice.length > 0 && { advice: Object.fromEntries(advice) }),
    };
  } catch (error) {
    return verdict('error', plain(error instanceof Error ? error.message : String(error)));
  }
};

/** What is said where this host's kernel is not one that the rule is known for. */
const doubtOf = (kernel: RunbookCheck['kernel'], variables: Variables): Phrase | undefined => {
  const release = kernel && variables[kernel.fact]?.release;
  if (!kernel || (typeof release === 'string' && isWithin(kernel.range, release))) return undefined;
  const known = `known for ${showKernelRange(kernel.range)}; this host has {0}`;
  const template = kernel.outside === 'infer' ? `${known}: inferred` : `the rule is ${known}`;
  return { template, values: [cleanLine(String(release), 60)] };
};

const doubtful = ({ template, values }: Phrase, doubt: Phrase | undefined): Phrase =>
  doubt
    ? {
        template: `${template} (${doubt.template.replace('{0}', `{${values.length}}`)})`,
        values: [...values, ...doubt.values],
      }
    : { template, values };

const itemsAt = (value: FactValue | undefined, path: readonly string[]): readonly FactValue[] | undefined => {
  let at: FactField | undefined = value;
  for (const field of path) at = isRecord(at) ? at[field] : undefined;
  return Array.isArray(at) && at.every(isRecord) ? at : undefined;
};

const isRecord = (value: FactField | undefined): value is FactValue =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The lines that this item was read from, where the fact tells them apart: its field `evidence`. */
const ownEvidence = (item: FactValue): readonly string[] | undefined => {
  const { evidence } = item;
  if (!Array.isArray(evidence)) return undefined;
  return evidence.flatMap((line) => (typeof line === 'string' ? [cleanLine(line)] : []));
};

/** A template filled in, its values kept apart. Throws when an expression cannot be evaluated. */
export const phraseOf = (template: Template, variables: Readonly<Record<string, FactValue>>): Phrase => ({
  template: template.texts.map((text, i) => (i < template.expressions.length ? `${text}{${i}}` : text)).join(''),
  values: template.expressions.map((expression) => showable(expression.evaluate(variables))),
});

/** Undefined where what the phrase would say is not known, such as a fact that was not read. */
const phraseIfKnown = (template: Template, variables: Variables): Phrase | undefined => {
  try {
    return phraseOf(template, variables);
  } catch {
    return undefined;
  }
};

const showable = (value: unknown): string | number | boolean => {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number') return Math.round(value * 10) / 10;
  if (typeof value === 'boolean') return value;
  return cleanLine(Array.isArray(value) ? value.join(', ') : String(value));
};

const plain = (text: string): Phrase => ({ template: '{0}', values: [cleanLine(text)] });

const evidenceOf = (reading: Reading | undefined): readonly string[] =>
  reading?.status === 'read' ? reading.evidence.map((line) => cleanLine(line)) : [];

/** Facts that a check's verdict depends on; its advice may say less than it could. */
const factsOf = (check: RunbookCheck): readonly string[] => {
  const expressions = [...(check.when ? [check.when] : []), check.expect, ...check.otherwise.expressions];
  const named = new Set(expressions.flatMap((e) => [...e.mentions]));
  if (check.each) named.add(check.each.fact);
  if (check.kernel) named.add(check.kernel.fact);
  return [...named].filter((name) => name !== 'params' && name !== check.each?.item && !name.startsWith('checks.'));
};

type Variables = Readonly<Record<string, FactValue>>;

/** What expressions see: the facts that were read, and the params. */
export const variablesOf = (readings: Readings, params: Params): Readonly<Record<string, FactValue>> => ({
  ...Object.fromEntries(
    Object.entries(readings).flatMap(([name, r]) => (r.status === 'read' ? [[name, r.value]] : [])),
  ),
  params,
});

/** What a change's condition sees of the checks: of a check that was judged for several items, any failure counts. */
export const checkVariables = (verdicts: readonly Verdict[]): FactValue =>
  Object.fromEntries(
    verdicts.map(({ check }) => {
      const kinds = verdicts.filter((v) => v.check === check).map((v) => v.kind);
      const failed = kinds.includes('fail');
      const error = kinds.includes('error');
      const passed = !failed && !error && kinds.includes('pass');
      return [check, { passed, failed, skipped: !failed && !error && !passed, error }];
    }),
  );
