import { fault } from '../core/fault.js';
import type { Application, Observation, Run, Stage } from '../core/run.js';
import { shardKey } from '../core/run.js';
import type { Runbook } from '../core/runbook.js';
import type { Target } from '../core/target.js';
import { openTargets } from './advance.js';
import { applyTo } from './apply.js';
import { ATTEMPTS } from './attempt-script.js';
import type { Driver } from './drive.js';
import { observe } from './gather.js';
import type { Job } from './ports.js';
import type { World } from './world.js';

/** A shard whose worker was lost this often is not tried again: its targets are `unknown`, and a person looks. */
const MAX_DELIVERIES = 6;

/** Milliseconds that results are collected for, so that a shard is few writes and a hung host delays no other. */
const FLUSH_MS = 40;

/** Carries out one delivered shard: writes "started", then works on its targets side by side. */
export const worker = (world: World, driver: Driver, cancels: Cancels) => async (job: Job, signal: AbortSignal) => {
  const started = await world.ledger.transact(job.runId, (run) => {
    const targets = openTargets(run, job.stage, job.shard);
    const taken = (run.deliveries.get(shardKey(job.stage, job.shard)) ?? 0) >= job.delivery;
    if (taken || run.phase === 'ended' || targets.length === 0) return { events: [], result: undefined };
    const { stage, shard, delivery } = job;
    return { events: [{ kind: 'started', at: world.clock.now(), stage, shard, delivery, targets }], result: targets };
  });
  if (!started.ok || !started.result) return;
  const { run, result: names } = started;
  if (job.delivery > MAX_DELIVERIES) return giveUp(world, driver, run, job.stage, names);
  const runbook = world.runbooks.get(run.opened.request.runbook);
  const fleet = new Map((await world.inventory.targets()).map((t) => [t.name, t]));
  const stop = AbortSignal.any([signal, cancels.of(run.id)]);
  if (run.cancelled) cancels.cancel(run.id);
  if (job.stage === 'gather') {
    const flush = batcher<Observation>((observations) =>
      driver.settle(run.id, () => ({
        events: [{ kind: 'observed', at: world.clock.now(), observations }],
        result: undefined,
      })),
    );
    await Promise.all(
      names.map(async (name) => flush.add(await observeNamed(world, run, runbook, fleet.get(name), name, stop))),
    );
    await flush.end();
  } else {
    const flush = batcher<Application>((applications) =>
      driver.settle(run.id, () => ({
        events: [{ kind: 'applied', at: world.clock.now(), applications }],
        result: undefined,
      })),
    );
    await Promise.all(
      names.map(async (name) => flush.add(await applyTo(world, run, runbook, fleet.get(name), name, stop))),
    );
    await flush.end();
  }
};

const giveUp = async (world: World, driver: Driver, run: Run, stage: Stage, names: readonly string[]) => {
  const at = world.clock.now();
  const reason = `Runbolt failed ${MAX_DELIVERIES} times at this; see its log`;
  const next = stage === 'apply' ? `Look at ${ATTEMPTS} on the host.` : 'Ask again.';
  const missed = { outcome: 'unknown' as const, fault: fault('internal', `${reason}.`, next) };
  const nothing = { readings: {}, verdicts: [], steps: [], refusals: [] };
  const observations = names.map((target) => ({ target, at, durationMs: 0, missed, ...nothing }));
  const applications = names.map((target) => ({
    target,
    attempt: `${run.id}-${target}`,
    outcome: 'unknown' as const,
    reverted: false,
    reason,
    durationMs: 0,
  }));
  await driver.settle(run.id, () => ({
    events: [
      stage === 'gather'
        ? { kind: 'observed' as const, at, observations }
        : { kind: 'applied' as const, at, applications },
    ],
    result: undefined,
  }));
};

const observeNamed = async (
  world: World,
  run: Run,
  runbook: Runbook | undefined,
  target: Target | undefined,
  name: string,
  signal: AbortSignal,
): Promise<Observation> => {
  const missing = !runbook
    ? fault('runbook_invalid', `The runbook ${run.opened.request.runbook} is not there any more.`, 'Ask again.')
    : fault('host_unresolved', `${name} is not in the inventory any more.`, 'Ask again.');
  const nothing = { readings: {}, verdicts: [], steps: [], refusals: [] };
  const at = world.clock.now();
  if (!runbook || !target) {
    return { target: name, at, durationMs: 0, missed: { outcome: 'unknown', fault: missing }, ...nothing };
  }
  try {
    const gatherer = { ...world, limitMs: world.config.limits.gatherMs };
    return await observe(gatherer, target, runbook, run.opened.request.params, signal);
  } catch (error) {
    world.log(`observing ${name}`, error);
    const broken = fault('internal', `${name} could not be judged because of a mistake in Runbolt.`, 'See the log.');
    return { target: name, at, durationMs: 0, missed: { outcome: 'unknown', fault: broken }, ...nothing };
  }
};

/** Collects what comes within a moment and writes it together; `end` resolves when all is written. */
const batcher = <T>(write: (items: readonly T[]) => Promise<unknown>) => {
  let pending: T[] = [];
  let writing: Promise<unknown> = Promise.resolve();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = (): Promise<unknown> => {
    clearTimeout(timer);
    timer = undefined;
    if (pending.length === 0) return writing;
    const items = pending;
    pending = [];
    writing = writing.then(() => write(items));
    writing.catch(() => undefined);
    return writing;
  };
  return {
    add: (item: T): void => {
      pending.push(item);
      timer ??= setTimeout(() => void flush(), FLUSH_MS);
    },
    end: async (): Promise<void> => {
      await flush();
    },
  };
};

/** The cancel switches of runs that this process works on. */
export interface Cancels {
  of(runId: string): AbortSignal;
  cancel(runId: string): void;
  forget(runId: string): void;
}

export const cancels = (): Cancels => {
  const switches = new Map<string, AbortController>();
  const get = (runId: string): AbortController => {
    const known = switches.get(runId) ?? new AbortController();
    switches.set(runId, known);
    return known;
  };
  return {
    of: (runId) => get(runId).signal,
    cancel: (runId) => get(runId).abort(),
    forget: (runId) => void switches.delete(runId),
  };
};
