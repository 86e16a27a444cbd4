import type { Actor } from '../core/actor.js';
import { type Fault, failure, fault, ok, type Result } from '../core/fault.js';
import { shortDigest } from '../core/plan.js';
import type { Requirement, Run } from '../core/run.js';
import { decisionWord } from './decision-word.js';
import type { Driver } from './drive.js';
import type { DecisionPress } from './engine.js';
import type { Change } from './ports.js';
import { takenBackSince } from './reverts.js';
import { strangerFault } from './stranger.js';
import type { World } from './world.js';

/** Approves, denies or applies the plan of a run. Of many presses one wins; the others learn who. */
export const decideOn = async (
  world: World,
  driver: Driver,
  press: DecisionPress,
  actor: Actor,
): Promise<Result<{ runId: string }>> => {
  const run = await world.ledger.run(press.runId);
  if (!run) return failure('run_unknown', `There is no run \`${press.runId}\`.`, 'Runs: `runbolt runs`.');
  const open = openFor(run, press, world.clock.now());
  if (open) return { ok: false, fault: open };
  const gone = press.action === 'deny' ? undefined : await takenBackSince(run, world);
  if (gone) return { ok: false, fault: gone };
  const requirement = run.planned?.requirement ?? { kind: 'requester' };
  const through = await entitlement(world, run, requirement, press, actor);
  if (!through.ok) return through;
  const settled = await driver.settle(press.runId, (current): Change<Fault | undefined> => {
    const refused = openFor(current, press, world.clock.now());
    if (refused) return { events: [], result: refused };
    const verdict = press.action === 'deny' ? 'denied' : 'approved';
    const event = {
      kind: 'decided' as const,
      verdict: verdict as 'denied' | 'approved',
      actor,
      digest: press.digest,
      through: through.value,
      at: world.clock.now(),
    };
    const claim = current.planned?.plan.targets.map((t) => t.target) ?? [];
    return { events: [event], result: undefined, ...(verdict === 'approved' && { claim }) };
  });
  if (!settled.ok) {
    return failure(
      'targets_busy',
      `${settled.target} is being changed by the run ${settled.heldBy}.`,
      'Press again when that run has ended.',
    );
  }
  return settled.result ? { ok: false, fault: settled.result } : ok({ runId: press.runId });
};

/** Why the run cannot be decided on now, if so. */
const openFor = (run: Run, press: DecisionPress, now: number): Fault | undefined => {
  const again = 'Ask for a new plan.';
  if (run.decision) {
    const { actor } = run.decision;
    return fault(
      'approval_decided',
      `${actor.name} ${decisionWord(run.decision)} this plan already.`,
      'Nothing more is needed.',
    );
  }
  if (run.cancelled) return fault('run_ended', `${run.cancelled.actor.name} cancelled this run.`, again);
  if (run.planned && now >= run.planned.expiresAt) return fault('approval_expired', 'This plan has expired.', again);
  if (run.phase !== 'deciding' || !run.planned) {
    return fault('run_ended', 'This run has no plan that waits for a decision.', again);
  }
  if (run.planned.digest !== press.digest) {
    return fault('approval_digest', `The plan is now ${shortDigest(run.planned.digest)}, not what was shown.`, again);
  }
  return undefined;
};

const entitlement = async (
  world: World,
  run: Run,
  requirement: Requirement,
  press: DecisionPress,
  actor: Actor,
): Promise<Result<string>> => {
  const requester = actor.id === run.opened.actor.id;
  const stranger = await strangerFault(world, actor);
  if (stranger) return { ok: false, fault: stranger };
  if (requirement.kind === 'requester') {
    if (requester && press.action !== 'approve') return ok('requester');
    return failure(
      'not_approver',
      `Only ${run.opened.actor.name}, who asked for this plan, can decide on it.`,
      'Ask for a plan of your own.',
    );
  }
  if (press.action === 'deny' && requester) return ok('requester');
  if (press.action === 'apply') {
    return failure('not_approver', 'This plan needs an approval.', `Approvers: ${requirement.approvers.join(', ')}.`);
  }
  if (requester && !requirement.selfApproval) {
    return failure(
      'not_approver',
      'Who asked for a change cannot approve it.',
      `${requirement.approvers.filter((id) => actor.id !== `slack:${id}`).join(', ') || 'Nobody else'} can.`,
    );
  }
  const through = await world.people.entitled(actor.id, requirement.approvers);
  if (through !== undefined) return ok(through);
  return failure(
    'not_approver',
    'You are not among the approvers of this plan.',
    `Approvers: ${requirement.approvers.join(', ')}.`,
  );
};
