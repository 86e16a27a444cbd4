import type { Terms } from '../core/approval.js';
import type { Outcome } from '../core/outcome.js';
import { digestOf, type Plan } from '../core/plan.js';
import { wavesOf } from '../core/rollout.js';
import { type Run, type RunEvent, type Stage, shardKey } from '../core/run.js';
import type { Runbook } from '../core/runbook.js';
import { shardsOf } from './shards.js';

/** A shard that is to be handed to the courier. */
export interface Handover {
  readonly stage: Stage;
  readonly shard: number;
}

/** What a run's state asks for next: events that follow from it, and shards to hand over. Pure. */
export interface Next {
  readonly events: readonly RunEvent[];
  readonly handovers: readonly Handover[];
}

export interface Rules {
  readonly runbook: Pick<Runbook, 'command' | 'rollout'>;
  readonly terms: Terms;
}

/** After a stand-still of this long an approval is too old to change anything more on its strength, ms. */
export const STALE_MS = 1_800_000;

const NOTHING: Next = { events: [], handovers: [] };

/** Targets of a shard that still have no result. */
export const openTargets = (run: Run, stage: Stage, shard: number): readonly string[] => {
  const done = stage === 'gather' ? run.observations : run.applications;
  return shardsOf(run, stage)[shard]?.targets.filter((name) => !done.has(name)) ?? [];
};

/** The first wave of the rollout that is not done, or -1. */
const currentWave = (run: Run): number =>
  run.planned?.waves.findIndex((targets) => targets.some((name) => !run.applications.has(name))) ?? -1;

/**
 * Whether a shard may be worked on now. The courier is not trusted with it: nothing is changed before the decision, nor
 * wave after wave out of turn, whatever job it brings.
 */
export const isTurnOf = (run: Run, { stage, shard }: Handover): boolean =>
  stage === 'gather'
    ? run.phase === 'gathering'
    : run.phase === 'rolling-out' && shardsOf(run, 'apply')[shard]?.wave === currentWave(run);

/** The numbers of a wave's shards. */
const shardsOfWave = (run: Run, stage: Stage, wave: number): readonly number[] =>
  shardsOf(run, stage).flatMap((shard, n) => (shard.wave === wave ? [n] : []));

/** The shards whose turn it is and that have targets without a result. */
export const openShards = (run: Run): readonly Handover[] => {
  if (run.phase !== 'gathering' && run.phase !== 'rolling-out') return [];
  const stage = run.phase === 'gathering' ? 'gather' : 'apply';
  return shardsOfWave(run, stage, stage === 'gather' ? 0 : currentWave(run))
    .filter((shard) => openTargets(run, stage, shard).length > 0)
    .map((shard) => ({ stage, shard }));
};

/** Which shards that were handed over before are handed over again: none, all that are open, or one that was lost. */
export type Again = 'none' | 'all' | Handover;

/** What follows from the state of a run. */
export const advance = (run: Run, rules: Rules, now: number, again: Again = 'none'): Next => {
  const repeats = (stage: Stage, shard: number): boolean =>
    again === 'all' || (typeof again === 'object' && again.stage === stage && again.shard === shard);
  const handovers = (): Next => ({
    events: [],
    handovers: openShards(run).filter(
      ({ stage, shard }) => !run.deliveries.has(shardKey(stage, shard)) || repeats(stage, shard),
    ),
  });
  switch (run.phase) {
    case 'gathering': {
      return openShards(run).length > 0 ? handovers() : afterGathering(run, rules, now);
    }
    case 'deciding': {
      const over = run.cancelled ?? (run.decision?.verdict === 'denied' ? run.decision : undefined);
      const expired = run.planned !== undefined && now >= run.planned.expiresAt;
      return over || expired ? end(run, now) : NOTHING;
    }
    case 'rolling-out': {
      const failures = [...run.applications.values()].filter((a) => a.outcome !== 'changed').length;
      const stop = failures >= (run.planned?.stopAfterFailures ?? 1);
      const wave = currentWave(run);
      if (wave === -1) return end(run, now);
      const shards = shardsOfWave(run, 'apply', wave);
      if (shards.some((n) => run.deliveries.has(shardKey('apply', n)))) return handovers();
      if (run.cancelled) return end(run, now);
      if (now - run.touchedAt > STALE_MS) {
        return end(run, now, { kind: 'halted', at: now, reason: 'stood still for too long; plan it anew' });
      }
      if (stop) {
        const reason = failures === 1 ? 'stopped after 1 failure' : `stopped after ${failures} failures`;
        return end(run, now, { kind: 'halted', at: now, reason });
      }
      return handovers();
    }
    case 'ended':
      return NOTHING;
  }
};

const afterGathering = (run: Run, rules: Rules, now: number): Next => {
  const { mode } = run.opened.request;
  const targets = run.opened.targets.flatMap(({ name }) => {
    const steps = run.observations.get(name)?.steps ?? [];
    return steps.length > 0 ? [{ target: name, steps }] : [];
  });
  if (mode === 'verify' || run.cancelled || targets.length === 0) return end(run, now);
  const plan: Plan = { runbook: rules.runbook.command, targets };
  const planned = plannedEvent(plan, rules, now);
  return mode === 'plan' ? end(run, now, planned) : { events: [planned], handovers: [] };
};

/** The plan as it is recorded: with its digest, who must decide until when, and the order of the rollout. */
export const plannedEvent = (
  plan: Plan,
  { runbook, terms }: Rules,
  now: number,
): Extract<RunEvent, { kind: 'planned' }> => ({
  kind: 'planned',
  at: now,
  plan,
  digest: digestOf(plan),
  requirement: terms.requirement,
  expiresAt: now + terms.expiresMs,
  waves: wavesOf(
    plan.targets.map((t) => t.target),
    runbook.rollout,
  ),
  stopAfterFailures: runbook.rollout.stopAfterFailures,
});

const end = (run: Run, at: number, ...before: readonly RunEvent[]): Next => ({
  events: [...before, { kind: 'ended', at, outcomes: outcomesOf(run) }],
  handovers: [],
});

/** Exactly one outcome for every target: its application's, else its observation's, else that it was cancelled. */
const outcomesOf = (run: Run): Readonly<Record<string, Outcome>> => {
  const planned = new Set(run.planned?.plan.targets.map((t) => t.target) ?? []);
  return Object.fromEntries(
    run.opened.targets.map(({ name }): [string, Outcome] => {
      const application = run.applications.get(name);
      if (application) return [name, application.outcome];
      if (planned.has(name)) return [name, 'cancelled'];
      const observation = run.observations.get(name);
      if (!observation) return [name, 'cancelled'];
      if (observation.missed) return [name, observation.missed.outcome];
      if (observation.verdicts.some((v) => v.kind === 'fail')) return [name, 'failed'];
      if (observation.verdicts.some((v) => v.kind === 'error')) return [name, 'unknown'];
      return [name, 'ok'];
    }),
  );
};
