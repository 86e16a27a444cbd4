import { type Terms, termsFor } from '../core/approval.js';
import type { Plan } from '../core/plan.js';
import { foldRun, type Run, shardKey } from '../core/run.js';
import type { Runbook } from '../core/runbook.js';
import type { Target } from '../core/target.js';
import { type Again, advance, type Handover, openShards, plannedEvent, type Rules } from './advance.js';
import type { Change, Job } from './ports.js';
import { owesItsParent, revertPlanOf, tellParent } from './reverts.js';
import { shardsOf } from './shards.js';
import type { World } from './world.js';

/** Moves runs on: records what follows from a run's state and hands its next shards to the courier. */
export interface Driver {
  /** Lets a decision change the run, then records what follows, in the same transaction; hands over after it. */
  settle<T>(runId: string, decide: (run: Run) => Change<T>): Promise<Settled<T>>;
  /**
   * Records what follows from the state as it is. `again`: shards handed over before that are handed over anew. `mark`: the
   * courier takes what is handed over anew twice with the same mark for one.
   */
  proceed(runId: string, again?: Again, mark?: string): Promise<void>;
}

export type Settled<T> =
  | { readonly ok: true; readonly result: T; readonly run: Run }
  | { readonly ok: false; readonly target: string; readonly heldBy: string };

export const driver = (world: World): Driver => {
  const settle = async <T>(
    runId: string,
    decide: (run: Run) => Change<T>,
    again: Again = 'none',
    mark = '',
  ): Promise<Settled<T>> => {
    const known = await world.ledger.run(runId);
    const rules = known && rulesFor(known, world);
    const revert = known && (await revertPlan(known, world));
    let handovers: readonly Handover[] = [];
    let owes = false;
    const settled = await world.ledger.transact(runId, (run) => {
      const change = decide(run);
      if (!rules) return change;
      const events = [...change.events];
      let next = events.reduce(foldRun, run);
      if (revert && next.phase === 'gathering') {
        const planned = plannedEvent(revert, rules, world.clock.now());
        events.push(planned);
        next = foldRun(next, planned);
      }
      const step = advance(next, rules, world.clock.now(), again);
      owes = owesItsParent(next) && step.events.some((e) => e.kind === 'ended');
      if (owes) return { ...change, events };
      // Results leave the other shards of the stage or wave under way: only what follows after it is handed over.
      const results = change.events.some((e) => e.kind === 'observed' || e.kind === 'applied');
      const before = results ? openShards(run) : [];
      handovers = step.handovers.filter((h) => !before.some((b) => b.stage === h.stage && b.shard === h.shard));
      return { ...change, events: [...events, ...step.events] };
    });
    if (settled.ok && handovers.length > 0) {
      const jobs = handovers.map((h) => jobFor(settled.run, h, again === 'none' ? '' : `-${mark || world.random(4)}`));
      // The ledger has it: when the courier is away, `tick` hands it over once it is back.
      await world.queue.add(jobs).catch((error) => world.log('handing over a run', error, { runId }));
    }
    if (!settled.ok || !owes || !rules) return settled;
    await tellParent(settled.run, world);
    const { now } = world.clock;
    const end = (run: Run) => ({ events: advance(run, rules, now()).events, result: undefined });
    const ended = await world.ledger.transact(runId, end);
    return { ...settled, run: ended.ok ? ended.run : settled.run };
  };
  return {
    settle: (runId, decide) => settle(runId, decide),
    proceed: async (runId, again, mark) => {
      await settle(runId, () => ({ events: [], result: undefined }), again, mark);
    },
  };
};

/** A shard handed over anew is a job of its own: the one whose worker died may still stand in the courier's books. */
const jobFor = (run: Run, { stage, shard }: Handover, unique: string): Job => {
  const delivery = (run.deliveries.get(shardKey(stage, shard)) ?? 0) + 1;
  const zone = shardsOf(run, stage)[shard]?.zone;
  return {
    ...{ id: `${run.id}-${stage}-${shard}-${delivery}${unique}`, runId: run.id, stage, shard, delivery },
    ...(zone !== undefined && { zone }),
  };
};

/** The runbook and the policy's terms for a run; a run whose runbook is gone can only be cancelled. */
const rulesFor = (run: Run, world: World): Rules => {
  const { request, targets } = run.opened;
  const runbook: Pick<Runbook, 'command' | 'rollout'> = world.runbooks.get(request.runbook) ?? {
    command: request.runbook,
    rollout: { canary: 1, batch: { count: 1 }, stopAfterFailures: 1 },
  };
  const write = world.runbooks.get(request.runbook)?.verbs.write ?? request.verb;
  const terms = termsFor(targets.map(asTarget), write, world.config);
  return { runbook, terms: terms.ok ? terms.value : NOBODY };
};

/** What holds when the policies changed under a run so that nothing fits any more: nobody can approve. */
const NOBODY: Terms = {
  requirement: { kind: 'approval', approvers: [], selfApproval: false },
  expiresMs: 60_000,
  allowed: [[]],
};

/** A target as the ledger remembers it, for policies: they look at names and labels only. */
const asTarget = (t: Run['opened']['targets'][number]): Target => ({
  ...t,
  host: t.name,
  port: 22,
  user: '',
  become: 'none',
});

const revertPlan = async (run: Run, world: World): Promise<Plan | undefined> => {
  const { mode, runbook } = run.opened.request;
  if (mode !== 'revert' || run.planned || run.opened.parent === undefined) return undefined;
  const parent = await world.ledger.run(run.opened.parent);
  return parent ? revertPlanOf(parent, new Set(run.opened.targets.map((t) => t.name))) : { runbook, targets: [] };
};
