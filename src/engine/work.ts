import { type Fault, FaultError, fault, faultIn, ok, type Result } from '../core/fault.js';
import {
  type Application,
  missedObservation,
  type Observation,
  type Run,
  type RunEvent,
  type Stage,
  shardKey,
} from '../core/run.js';
import type { Runbook } from '../core/runbook.js';
import type { Target } from '../core/target.js';
import { isTurnOf, openTargets, STALE_MS } from './advance.js';
import { applyTo } from './apply.js';
import { ATTEMPTS, attemptId } from './attempt-script.js';
import type { Cancels } from './cancels.js';
import { collector } from './collector.js';
import type { Driver } from './drive.js';
import { observe } from './gather.js';
import type { Job } from './ports.js';
import { slots } from './slots.js';
import type { World } from './world.js';

/** A shard whose worker was lost this often is not tried again: its targets are `unknown`, and a person looks. */
const MAX_DELIVERIES = 6;

/** What a process works on at this moment. */
export interface Busy {
  readonly reading: number;
  readonly changing: number;
  readonly runs: readonly string[];
}

export interface Worker {
  /**
   * Carries out one delivered shard: writes "started", then works on its targets side by side. What is not done when
   * `signal` ends it, or was not begun when `stopping` ended, is handed out anew at once.
   */
  handle(job: Job, signal: AbortSignal): Promise<void>;
  busy(): Busy;
}

/** `stopping` ends when Runbolt stops: what is under way on a target is finished, nothing new is begun. */
export const worker = (world: World, driver: Driver, cancels: Cancels, stopping: AbortSignal): Worker => {
  const resultsOf = collector<Observation | Application>((runId, items) =>
    driver.settle(runId, () => ({ events: eventsOf(items, world.clock.now()), result: undefined })),
  );
  const berths = slots(world.concurrency);
  const active = new Set<{ readonly runId: string; readonly stage: Stage }>();

  const carryOut = async (job: Job, signal: AbortSignal): Promise<void> => {
    const { stage, shard, delivery } = job;
    const started = await world.ledger.transact(job.runId, (run) => {
      const targets = openTargets(run, stage, shard);
      const taken = (run.deliveries.get(shardKey(stage, shard)) ?? 0) >= delivery;
      if (taken || !isTurnOf(run, job) || targets.length === 0) return { events: [], result: undefined };
      const at = world.clock.now();
      const stale = at - run.touchedAt > STALE_MS;
      const taking = { kind: 'started', at, stage, shard, delivery, targets, worker: world.worker } as const;
      return { events: [taking], result: { targets, stale } };
    });
    if (!started.ok || !started.result) return;
    const {
      run,
      result: { targets: names, stale },
    } = started;
    if (run.cancelled) cancels.cancel(run.id);
    const runbook = world.runbooks.get(run.opened.request.runbook);
    const known = await knownFleet(world);
    const fleet = known.ok ? known.value : new Map<string, Target>();
    const off = cancels.of(run.id);
    const stop = AbortSignal.any([signal, off]);
    const results = resultsOf(run.id);
    const resultOf = (name: string): Promise<Observation | Application> | Observation | Application => {
      if (delivery > MAX_DELIVERIES) return givenUp(run, stage, name, world.clock.now());
      const away = known.ok ? passedOn(run, name, fleet) : known.fault;
      if (away) return withoutHost(run, stage, name, away, delivery, world.clock.now());
      if (stage === 'gather') return observeNamed(world, run, runbook, fleet, name, stop);
      const lookOnly = stale || off.aborted;
      const errand = { run, runbook, fleet, name, delivery, lookOnly, signal };
      return applyTo(world, { ...errand, mayTakeBack: () => mayTakeBack(world, run.id, name) });
    };
    const work = names.map(async (name) => {
      const leave = await berths.take(stopping);
      if (!leave) return;
      const entry = { runId: run.id, stage };
      active.add(entry);
      try {
        const result = await resultOf(name);
        if (!signal.aborted) results.add(result);
      } finally {
        active.delete(entry);
        leave();
      }
    });
    await Promise.all(work).finally(() => results.leave());
  };

  return {
    async handle(job, signal) {
      if (!stopping.aborted) await carryOut(job, signal);
      if (stopping.aborted) await driver.proceed(job.runId, { stage: job.stage, shard: job.shard });
    },
    busy: () => ({
      reading: [...active].filter((a) => a.stage === 'gather').length,
      changing: [...active].filter((a) => a.stage === 'apply').length,
      runs: [...new Set([...active].map((a) => a.runId))],
    }),
  };
};

/** Records that a target is being taken back, unless its result is recorded already. */
const mayTakeBack = async (world: World, runId: string, target: string, tries = 1): Promise<boolean> => {
  try {
    return await takingBack(world, runId, target);
  } catch (error) {
    if (faultIn(error)?.code !== 'ledger_unreachable' || tries === TAKE_BACK_TRIES) throw error;
    await world.clock.sleep(TAKE_BACK_PAUSE_MS);
    return mayTakeBack(world, runId, target, tries + 1);
  }
};

/** A ledger that is away is asked again for this long: a change that did harm stands meanwhile. */
const TAKE_BACK_TRIES = 10;
const TAKE_BACK_PAUSE_MS = 1_000;

const takingBack = async (world: World, runId: string, target: string): Promise<boolean> => {
  const asked = await world.ledger.transact(runId, (run) =>
    run.applications.has(target)
      ? { events: [], result: false }
      : { events: [{ kind: 'taking-back' as const, at: world.clock.now(), target }], result: true },
  );
  return asked.ok && asked.result;
};

const eventsOf = (items: readonly (Observation | Application)[], at: number): readonly RunEvent[] => {
  const observations = items.flatMap((item) => ('verdicts' in item ? [item] : []));
  const applications = items.flatMap((item) => ('attempt' in item ? [item] : []));
  return [
    ...(observations.length > 0 ? [{ kind: 'observed' as const, at, observations }] : []),
    ...(applications.length > 0 ? [{ kind: 'applied' as const, at, applications }] : []),
  ];
};

const unknown = (name: string, reason: Fault, at: number): Observation =>
  missedObservation(name, { outcome: 'unknown', fault: reason }, { at, durationMs: 0 });

const givenUp = (run: Run, stage: Stage, name: string, at: number): Observation | Application => {
  const reason = `Runbolt failed ${MAX_DELIVERIES} times at this; see its log`;
  if (stage === 'gather') return unknown(name, fault('internal', `${reason}.`, 'Ask again.'), at);
  const attempt = attemptId(run.id, name);
  const where = `${reason}, and ${ATTEMPTS}/${attempt} on the host`;
  return { target: name, attempt, outcome: 'unknown', reverted: null, reason: where, durationMs: 0 };
};

/** The fleet by name, or why it is not known: an inventory that cannot be read is no smaller fleet. */
const knownFleet = async (world: World): Promise<Result<ReadonlyMap<string, Target>>> => {
  try {
    return ok(new Map((await world.inventory.targets()).map((t) => [t.name, t])));
  } catch (error) {
    if (error instanceof FaultError) return { ok: false, fault: error.fault };
    throw error;
  }
};

/** A name that stands for another instance than when the run was opened: that one was never asked for, nor approved. */
const passedOn = (run: Run, name: string, fleet: ReadonlyMap<string, Target>): Fault | undefined => {
  const was = run.opened.targets.find((target) => target.name === name)?.instance;
  const now = fleet.get(name);
  if (was === undefined || !now || now.aws?.instance === was) return undefined;
  const other = now.aws ? `now names ${now.aws.instance}` : 'now names a host that is none';
  return fault(
    'host_unresolved',
    `${name} was the instance ${was} when this was asked for, and ${other}.`,
    'Ask again.',
  );
};

/** Nothing was sent in this delivery; in an earlier one something may have been. */
const withoutHost = (
  run: Run,
  stage: Stage,
  name: string,
  reason: Fault,
  delivery: number,
  at: number,
): Observation | Application => {
  if (stage === 'gather') return unknown(name, reason, at);
  const attempt = attemptId(run.id, name);
  const outcome = delivery > 1 ? 'unknown' : 'unreachable';
  return { target: name, attempt, outcome, reverted: null, reason: reason.message, durationMs: 0 };
};

const observeNamed = async (
  world: World,
  run: Run,
  runbook: Runbook | undefined,
  fleet: ReadonlyMap<string, Target>,
  name: string,
  signal: AbortSignal,
): Promise<Observation> => {
  const at = world.clock.now();
  const { request } = run.opened;
  const target = fleet.get(name);
  if (!runbook) {
    const gone = fault('runbook_invalid', `The runbook ${request.runbook} is not there any more.`, 'Ask again.');
    return unknown(name, gone, at);
  }
  if (!target) {
    return unknown(name, fault('host_unresolved', `${name} is not in the inventory any more.`, 'Ask again.'), at);
  }
  try {
    const gatherer = { ...world, limitMs: world.config.limits.gatherMs };
    return await observe(gatherer, { target, fleet: [...fleet.values()], runbook, request }, signal);
  } catch (error) {
    world.log('observing a host', error, { runId: run.id, target: name });
    return unknown(name, fault('internal', `${name} was not judged: a mistake in Runbolt.`, 'See its log.'), at);
  }
};
