import type { Step } from '../core/change-type.js';
import { faultIn } from '../core/fault.js';
import type { Registry } from '../core/registry.js';
import type { Application, Observation, Run } from '../core/run.js';
import type { Runbook } from '../core/runbook.js';
import type { Target } from '../core/target.js';
import { cleanLine } from '../core/text.js';
import {
  ATTEMPTS,
  type Attempt,
  type AttemptState,
  attemptId,
  deliverScript,
  inspectScript,
  type Left,
  REVERT_SCRIPTS,
  readAttempt,
  revertStep,
} from './attempt-script.js';
import { outdated } from './outdated.js';
import type { Execution } from './ports.js';
import { prove } from './proof.js';
import type { World } from './world.js';

const OUTPUT_BYTES = 64 * 1024;
/** Waits between looks at an attempt whose answer was lost, ms. */
const LOOKS = [500, 1_500, 4_000] as const;

/** How a target is to be changed in this delivery of its shard. */
export interface Errand {
  readonly run: Run;
  readonly runbook: Runbook | undefined;
  readonly fleet: ReadonlyMap<string, Target>;
  readonly name: string;
  /** The first delivery knows that nothing was sent before; a later one does not. */
  readonly delivery: number;
  /** Only what was sent before is looked at, nothing new is begun: the run was cancelled, or stood still for long. */
  readonly lookOnly: boolean;
  /** Runbolt stops: whatever comes of it is not recorded. */
  readonly signal: AbortSignal;
  /** Asks the ledger whether this worker may take the target back: nobody recorded a result for it meanwhile. */
  readonly mayTakeBack: () => Promise<boolean>;
}

/**
 * Changes one target as the plan says and proves it: the attempt on the host, then the symptom judged again over the
 * same way; taken back when a check that asked for the change still fails or another one has turned critical.
 */
export const applyTo = async (world: World, errand: Errand): Promise<Application> => {
  const { run, runbook, fleet, name } = errand;
  const target = fleet.get(name);
  const begun = world.clock.now();
  const id = attemptId(run.id, name);
  const result = (
    outcome: Application['outcome'],
    reason: string,
    more: { reverted?: boolean; proof?: Observation; fate?: string } = {},
  ): Application => ({
    target: name,
    attempt: id,
    outcome,
    reverted: more.reverted ?? null,
    reason: [cleanLine(reason, 400), more.fate].filter(Boolean).join('; '),
    durationMs: world.clock.now() - begun,
    ...(more.proof && { proof: more.proof }),
  });
  const reverts = run.opened.request.mode === 'revert';
  const steps = run.planned?.plan.targets.find((t) => t.target === name)?.steps ?? [];
  if (!target || !runbook) return result('unknown', `${name} or its runbook is not configured any more`);
  const subject = { target, fleet: [...fleet.values()], runbook, request: run.opened.request };
  try {
    const seen = run.observations.get(name);
    const begins = !reverts && errand.delivery === 1 && !errand.lookOnly;
    const old = begins ? await outdated(world, subject, seen, steps, errand.signal) : undefined;
    if (old !== undefined) return result('drifted', old);
    const state = await attempt(world, target, attemptOf(id, steps, run, world), errand);
    if (state.kind !== 'done') return result(state.outcome, state.reason);
    if (state.outcome !== 'changed') return result(state.outcome, state.reason, reverts ? {} : fateOf(state.left));
    const { proof, doubt } = await prove(world, subject, seen, steps);
    if (reverts) return result('changed', '', { proof });
    if (!doubt) return result('changed', '', { proof });
    if (!doubt.failed) return result('unknown', `applied, but could not be proved: ${doubt.reason}`, { proof });
    if (!(await errand.mayTakeBack())) return result('unknown', `applied, but ${doubt.reason}`, { proof });
    const back = await attempt(world, target, attemptOf(`${id}-back`, [revertStep(id, [])], run, world), {
      ...errand,
      lookOnly: false,
    });
    const reason = `applied, but ${doubt.reason}`;
    if (back.kind === 'done') {
      return result('failed', reason, { ...fateOf(back.outcome === 'changed' ? 'reverted' : 'not-reverted'), proof });
    }
    if (back.outcome === 'failed') return result('failed', reason, { ...fateOf('not-reverted'), proof });
    return result('unknown', reason, { proof, fate: 'whether it was taken back is not known' });
  } catch (error) {
    // Whether it may be taken back is not known: it is handed out anew, and asked again.
    if (faultIn(error)?.code === 'ledger_unreachable') throw error;
    world.log('changing a host', error, { runId: run.id, target: name });
    return result('unknown', `a mistake in Runbolt: see its log, and ${ATTEMPTS}/${id} on the host`);
  }
};

/** Whether a failed change was taken back, for the record and in words; nothing of one that was never begun. */
const fateOf = (left: Left): { readonly reverted?: boolean; readonly fate?: string } => {
  if (left === 'reverted') return { reverted: true, fate: 'taken back' };
  return left === 'not-reverted' ? { reverted: false, fate: 'could not be taken back' } : {};
};

const attemptOf = (id: string, steps: readonly Step[], run: Run, world: World): Attempt => {
  const seconds = Math.max(1, Math.floor(world.config.limits.applyMs / 1000));
  return {
    id,
    steps: steps.map((step) => ({ step, scripts: scriptsOf(step, world.registry) })),
    label: cleanLine(`run ${run.id} asked by ${run.opened.actor.id}: ${steps.map((s) => s.title).join('; ')}`, 400),
    stepSeconds: seconds,
    waitSeconds: Math.max(1, seconds - 2),
  };
};

const scriptsOf = (step: Step, registry: Registry) => {
  if (step.type === 'revert') return REVERT_SCRIPTS;
  const type = registry.changes.get(step.type);
  if (!type) throw new Error(`no change type ${step.type}`);
  return type.scripts;
};

type Done = Extract<AttemptState, { kind: 'done' }>;
type Undone = {
  readonly kind: 'undone';
  readonly outcome: Exclude<Application['outcome'], 'changed' | 'drifted'>;
  readonly reason: string;
};

const undone = (outcome: Undone['outcome'], reason: string): Undone => ({ kind: 'undone', outcome, reason });

/** Delivers an attempt and learns what became of it. When the answer is lost it looks again; it never guesses. */
const attempt = async (
  world: World,
  target: Target,
  work: Attempt,
  { delivery, lookOnly, signal }: Pick<Errand, 'delivery' | 'lookOnly' | 'signal'>,
): Promise<Done | Undone> => {
  const sentBefore = delivery > 1;
  if (lookOnly && !sentBefore) return undone('cancelled', 'cancelled before anything was sent');
  const limitMs = world.config.limits.applyMs + 10_000;
  const script = { limitMs, maxBytes: OUTPUT_BYTES, become: target.become };
  if (!lookOnly) {
    const boundary = world.random(16);
    const sent = await world.transport.execute(target, { ...script, text: deliverScript(work, boundary) }, signal);
    if (sent.kind === 'unreachable' && !sentBefore) {
      return undone('unreachable', `${sent.fault.message} ${sent.fault.next}`);
    }
    const state = stateIn(sent, boundary);
    if (state && state.kind !== 'running') return judged(state, work.id);
  }
  let last: AttemptState | undefined;
  for (const pause of LOOKS) {
    await world.clock.sleep(pause, signal);
    const boundary = world.random(16);
    const looked = await world.transport.execute(target, { ...script, text: inspectScript(work, boundary) }, signal);
    last = stateIn(looked, boundary);
    if (last && last.kind !== 'running') return judged(last, work.id);
  }
  if (last) return judged(last, work.id);
  return undone('unknown', `no answer came back; what happened stands in ${ATTEMPTS}/${work.id} on the host`);
};

const stateIn = (execution: Execution, boundary: string): AttemptState | undefined =>
  'output' in execution ? readAttempt(execution.output.stdout, boundary) : undefined;

const judged = (state: AttemptState, id: string): Done | Undone => {
  switch (state.kind) {
    case 'done':
      return state;
    case 'refused':
      return undone('failed', state.reason);
    case 'absent':
      return undone('failed', 'the script did not begin on the host; nothing was changed');
    case 'running':
      return undone('timed-out', `still at work after the limit; what becomes of it stands in ${ATTEMPTS}/${id}`);
    case 'interrupted':
      return undone('unknown', `interrupted on the host (${state.phase || 'at the start'}); look at ${ATTEMPTS}/${id}`);
  }
};
