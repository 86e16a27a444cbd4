import type { Step } from '../core/change-type.js';
import { type Fault, fault } from '../core/fault.js';
import { foldNames } from '../core/names.js';
import type { Plan, TargetPlan } from '../core/plan.js';
import { type Application, type Run, type RunEvent, standing, type TakenBack } from '../core/run.js';
import { hasNothingLeft, revertStep } from './attempt-script.js';
import { undoneEffects } from './undo.js';
import type { World } from './world.js';

/** Hosts of a run that one later run took back, folded, with who asked for it and when (ms since the epoch). */
export interface Reverted extends TakenBack {
  readonly hosts: string;
  readonly count: number;
}

/** Who took back what of a run, in the order of time. */
export const revertsOf = (run: Run): readonly Reverted[] => {
  const groups = new Map<string, TakenBack & { readonly names: string[] }>();
  for (const [name, back] of run.takenBack) {
    const key = `${back.run} ${back.found}`;
    const group = groups.get(key) ?? { ...back, names: [] };
    group.names.push(name);
    groups.set(key, group);
  }
  return [...groups.values()]
    .sort((a, b) => a.at - b.at)
    .map(({ names, ...back }) => ({ ...back, hosts: foldNames(names), count: names.length }));
};

/** Why a run cannot be taken back now, if so. */
export const noRevertOf = (run: Run): Fault | undefined => {
  if (standing(run).length > 0) return undefined;
  const { mode } = run.opened.request;
  if (mode === 'revert') {
    return fault(
      'run_ended',
      `The run ${run.id} is itself a revert.`,
      'To have its change again, ask for the fix again.',
    );
  }
  if (mode === 'fix' && run.phase !== 'ended') {
    return fault('run_ended', `The run ${run.id} has not ended.`, 'Take it back when it has, or cancel it.');
  }
  const told = revertsOf(run).map(
    (back) =>
      `${back.count === 1 ? '1 host' : `${back.count} hosts`} (${back.hosts}) ${back.found === 'change' ? 'taken back' : 'looked at, with nothing to take back,'} by ${back.actor.name} on ${utc(back.at)} (run ${back.run}).`,
  );
  const said = told.length > 0 ? told.join(' ') : `The run ${run.id} changed nothing.`;
  return fault('run_ended', said, 'There is nothing to take back.');
};

const utc = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/**
 * The plan that takes back what still stands of a run, on those of its hosts that `names` has. Hosts that surely were
 * changed come first: one that was not, which stops the rollout, then keeps none of them from being taken back.
 */
export const revertPlanOf = (parent: Run, names: ReadonlySet<string>): Plan => {
  const steps = new Map(parent.planned?.plan.targets.map((t) => [t.target, t.steps]) ?? []);
  const stands = standing(parent).filter((a) => names.has(a.target));
  const planned = (some: readonly Application[]) => some.map((a) => revertOf(a, steps.get(a.target) ?? []));
  return {
    runbook: parent.opened.request.runbook,
    targets: [...planned(stands.filter(isSure)), ...planned(stands.filter((a) => !isSure(a)))],
  };
};

const isSure = ({ outcome }: Application): boolean => outcome === 'changed';

const revertOf = (application: Application, steps: readonly Step[]): TargetPlan => {
  const doubt = {
    kind: 'note' as const,
    text: 'it is not known how far this host was changed: what was done is taken back',
  };
  const effects = [...undoneEffects(steps), ...(isSure(application) ? [] : [doubt])];
  return { target: application.target, steps: [revertStep(application.attempt, effects)] };
};

/** What a revert found on its hosts, as the run that it takes back is told it. */
const foundBy = (run: Run): Extract<RunEvent, { kind: 'reverted' }>['targets'] =>
  [...run.applications.values()].flatMap(({ target: name, outcome, reason }) => {
    const found = outcome === 'changed' ? 'change' : hasNothingLeft(outcome, reason) ? 'nothing' : undefined;
    return found ? [{ name, found } as const] : [];
  });

/** Whether the run that this one takes back must be told of it before this one ends. */
export const owesItsParent = (run: Run): boolean =>
  run.opened.request.mode === 'revert' && run.opened.parent !== undefined && foundBy(run).length > 0;

/** Records with the run that was taken back by whom it was; each host once. */
export const tellParent = async (run: Run, world: Pick<World, 'ledger' | 'clock'>): Promise<void> => {
  const { parent: parentId, actor } = run.opened;
  if (parentId === undefined || !(await world.ledger.run(parentId))) return;
  await world.ledger.transact(parentId, (parent) => {
    const targets = foundBy(run).filter(({ name }) => !parent.takenBack.has(name));
    const event = { kind: 'reverted', at: world.clock.now(), by: run.id, actor, targets } as const;
    return { events: targets.length > 0 ? [event] : [], result: undefined };
  });
};

/** Why the plan of a revert must not be carried out: somebody took these hosts back since it was made. */
export const takenBackSince = async (run: Run, world: Pick<World, 'ledger'>): Promise<Fault | undefined> => {
  const { parent: parentId, request } = run.opened;
  if (request.mode !== 'revert' || parentId === undefined) return undefined;
  const parent = await world.ledger.run(parentId);
  const gone = run.planned?.plan.targets.some((t) => parent?.takenBack.has(t.target)) ?? false;
  if (!parent || !gone) return undefined;
  return noRevertOf(parent) ?? fault('run_ended', 'Some of these hosts were taken back since.', 'Press Revert again.');
};
