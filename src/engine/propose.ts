import { type Bindings, bindArgs } from '../core/args.js';
import type { ChangeType, Planned, Step } from '../core/change-type.js';
import type { Reading } from '../core/fact-type.js';
import type { Registry } from '../core/registry.js';
import type { Observation, Verdict } from '../core/run.js';
import type { Runbook, RunbookChange } from '../core/runbook.js';
import { cleanLine } from '../core/text.js';
import { checkVariables, variablesOf } from './judge.js';
import { undoerFrom } from './undoer.js';

type Readings = Readonly<Record<string, Reading>>;
export type Proposal = Pick<Observation, 'steps' | 'refusals'>;

/** The steps that a runbook's changes come to on one target, and why a wanted change is not possible there. */
export const propose = (
  runbook: Runbook,
  registry: Registry,
  readings: Readings,
  verdicts: readonly Verdict[],
  bindings: Bindings,
): Proposal => {
  const steps: Step[] = [];
  const refusals: { change: string; reason: string }[] = [];
  const variables = { ...variablesOf(readings, bindings.params), checks: checkVariables(verdicts) };
  for (const change of runbook.changes) {
    const wanted = isWanted(change, variables, readings, verdicts);
    if (wanted === 'no') continue;
    const type = registry.changes.get(change.type);
    const needed = change.needs.map(
      (name): Reading => readings[name] ?? { status: 'error', reason: 'was not gathered' },
    );
    const planned =
      wanted === 'unclear' || !type
        ? ({ kind: 'refused', reason: 'what it depends on could not be read' } as const)
        : planOf(type, change, bindings, needed, steps);
    if (planned.kind === 'steps')
      steps.push(...planned.steps.map((step) => ({ ...step, change: change.name, type: change.type })));
    if (planned.kind === 'refused') refusals.push({ change: change.name, reason: cleanLine(planned.reason) });
  }
  const [first, ...more] = steps;
  const text = first ? undoerFrom(runbook, variables) : '';
  if (!first || text === '') return { steps, refusals };
  return { steps: [{ ...first, effects: [...first.effects, { kind: 'note', text }] }, ...more], refusals };
};

/** Arguments that a param makes impossible are a refusal, not a mistake of Runbolt. */
const planOf = (
  type: ChangeType,
  change: RunbookChange,
  bindings: Bindings,
  needed: readonly Reading[],
  steps: readonly Step[],
): Planned => {
  const args = type.args.safeParse(bindArgs(change.args, bindings));
  const earlier = steps.filter((step) => step.type === change.type);
  if (args.success) return type.plan(args.data, needed, earlier);
  return { kind: 'refused', reason: `not possible with these params: ${args.error.issues[0]?.message ?? ''}` };
};

/** Unclear only where a check that speaks for the change has failed: without a finding there is nothing to refuse. */
const isWanted = (
  change: RunbookChange,
  variables: Parameters<RunbookChange['when']['evaluate']>[0],
  readings: Readings,
  verdicts: readonly Verdict[],
): 'yes' | 'no' | 'unclear' => {
  const failing = drivers(change, verdicts).length > 0;
  const unread = [...change.when.mentions].some(
    (name) => name !== 'params' && !name.startsWith('checks.') && readings[name]?.status !== 'read',
  );
  if (unread) return failing ? 'unclear' : 'no';
  try {
    return change.when.evaluate(variables) === true ? 'yes' : 'no';
  } catch {
    return failing ? 'unclear' : 'no';
  }
};

/** The failed checks that a change's condition mentions: those that must pass once it is applied. */
export const drivers = (change: RunbookChange, verdicts: readonly Verdict[]): readonly string[] =>
  verdicts.filter((v) => v.kind === 'fail' && change.when.mentions.has(`checks.${v.check}`)).map((v) => v.check);
