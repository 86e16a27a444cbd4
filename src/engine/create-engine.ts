import type { Actor, Origin } from '../core/actor.js';
import { FaultError, ok, type Result } from '../core/fault.js';
import { parseRequest, type Query } from '../core/request.js';
import { type Run, shardKey } from '../core/run.js';
import { answer } from './answers.js';
import { auditOf } from './audit.js';
import { canceller } from './cancel.js';
import { cancels } from './cancels.js';
import { decideOn } from './decide.js';
import { documentOf } from './document.js';
import { type Driver, driver } from './drive.js';
import type { Answer, Engine, Press } from './engine.js';
import { asAnswer, follower, reverter } from './follow.js';
import { nextView } from './next-view.js';
import { openRun } from './open-run.js';
import type { Job, Queue } from './ports.js';
import { reportOf } from './report.js';
import { unknownRun } from './unknown-run.js';
import { viewOf } from './view-of.js';
import { type Busy, worker } from './work.js';
import type { World } from './world.js';
import { zoneWatch } from './zone-watch.js';

/** The engine with the parts that only the composition root drives. */
export interface RunningEngine extends Engine {
  /** Works on what the courier brings. */
  readonly handle: Parameters<Queue['work']>[0];
  /** A job's worker died: hands the shard out anew when the ledger says that it is not done. */
  readonly lost: (job: Job) => void;
  /** Takes up every run that had not ended when the last process did. */
  recover(): Promise<void>;
  /** Ends plans that have expired and takes up runs that stand still; to be called every few seconds. */
  tick(): Promise<void>;
  run(runId: string): Promise<Run | undefined>;
  /** Begins nothing new on any target; what is taken and not begun is handed out anew. */
  drain(): void;
  /** What this process works on now. */
  busy(): Busy;
  /** Stops listening for cancels of other processes. */
  close(): void;
}

export const createEngine = (world: World): RunningEngine => {
  const runs = driver(world);
  const switches = cancels();
  const stopping = new AbortController();
  const { handle, busy } = worker(world, runs, switches, stopping.signal);
  const zones = zoneWatch(world, runs);
  const unsubscribe = world.ledger.subscribe((runId) => {
    world.ledger.run(runId).then(
      (run) => {
        if (run?.cancelled && run.phase !== 'ended') switches.cancel(runId);
        if (run?.phase === 'ended') switches.end(runId);
      },
      (error) => world.log('looking at a run', error, { runId }),
    );
  });
  const view = async (runId: string) => {
    const run = await world.ledger.run(runId);
    const runbook = run && world.runbooks.get(run.opened.request.runbook);
    if (!run) return undefined;
    const audit = await auditOf(run, runbook, world.ledger);
    return { ...viewOf(run, runbook, world.config.limits.gatherMs, world.clock.now()), ...(audit && { audit }) };
  };
  const report = async (runId: string) => {
    const run = await world.ledger.run(runId);
    return run && reportOf(run, world.runbooks.get(run.opened.request.runbook));
  };
  const eachUnfinished = async (deed: (run: Run) => Promise<void>, first?: (run: Run) => Promise<boolean>) => {
    for (const runId of await world.ledger.unfinished()) {
      try {
        const run = await world.ledger.run(runId);
        if (run && !(await first?.(run)) && world.takesUp(run)) await deed(run);
      } catch (error) {
        world.log('taking up a run', error, { runId });
      }
    }
  };
  const cancel = canceller(world, runs, switches);
  const follow = follower(world, runs);
  const revert = reverter(world, runs);
  const asked = async (query: Query, actor: Actor, door: Origin['door']): Promise<Result<Answer>> => {
    const runId = 'runId' in query ? query.runId : undefined;
    if (runId !== undefined && query.kind === 'cancel') return cancel(runId, actor);
    if (runId !== undefined && (query.kind === 'show' || query.kind === 'status')) {
      const text = await report(runId);
      return text === undefined ? unknownRun(runId) : ok({ kind: 'text', lines: text.split('\n') });
    }
    const lines = await answer(world, query, door);
    return lines.ok ? ok({ kind: 'text', lines: lines.value }) : lines;
  };
  const pressed = async (press: Press, actor: Actor, key: string): Promise<Result<Answer>> => {
    switch (press.action) {
      case 'cancel':
        return cancel(press.runId, actor);
      case 'plan':
      case 'again':
      case 'revert':
        return follow(press, actor, key);
      default: {
        const decided = await decideOn(world, runs, press, actor);
        return decided.ok ? ok({ kind: 'run', runId: decided.value.runId, fresh: false }) : decided;
      }
    }
  };
  return {
    request: (text, actor, origin, key) =>
      faultAsAnswer(async () => {
        const parsed = parseRequest(text, world.runbooks);
        if (!parsed.ok) return parsed;
        if (parsed.value.kind === 'revert' && parsed.value.runId !== undefined) {
          return revert(parsed.value.runId, { actor, origin, key });
        }
        if (parsed.value.kind !== 'run') return asked(parsed.value, actor, origin.door);
        return asAnswer(await openRun(world, runs, parsed.value.request, { actor, origin, key }));
      }),
    press: (press, actor, key) => faultAsAnswer(() => pressed(press, actor, key)),
    view,
    next: (runId, after, signal) => nextView(world, view, runId, after, signal),
    document: async (runId) => {
      const run = await world.ledger.run(runId);
      return run && documentOf(run, world.runbooks.get(run.opened.request.runbook));
    },
    report,
    handle: (job, signal) => handle(job, signal),
    lost: (job) => {
      handOutAnew(world, runs, job, stopping.signal).catch((error) =>
        world.log(`handing out ${job.id} anew`, error, { runId: job.runId }),
      );
    },
    recover: async () => {
      await eachUnfinished((run) => runs.proceed(run.id, 'all'));
    },
    tick: async () => {
      await eachUnfinished(async (run) => {
        const silence = world.clock.now() - run.touchedAt;
        const patience = patienceMs(run, world.config.limits);
        const still = silence > patience;
        // Of all processes and ticks only the first hands over anew, and again when the silence has doubled.
        const mark = `still-${run.version}-${Math.floor(Math.log2(silence / patience))}`;
        if (still) await runs.proceed(run.id, 'all', mark);
        else if (run.phase === 'deciding' || silence > HANDOVER_MS) await runs.proceed(run.id);
      }, zones.look());
    },
    run: (runId) => world.ledger.run(runId),
    drain: () => stopping.abort(),
    busy,
    close: unsubscribe,
  };
};

/** An inventory that cannot be read rejects with its fault: that is the answer, in the user's words. */
const faultAsAnswer = async (deed: () => Promise<Result<Answer>>): Promise<Result<Answer>> => {
  try {
    return await deed();
  } catch (error) {
    if (error instanceof FaultError) return { ok: false, fault: error.fault };
    throw error;
  }
};

/** A run in which nothing was written for longer than its work may take has lost its worker. */
const patienceMs = (run: Run, { gatherMs, applyMs }: World['config']['limits']): number =>
  2 * gatherMs + (run.phase === 'rolling-out' ? 5 * (applyMs + 10_000) : 0) + 30_000;

/** A shard that the courier was not given within this long is offered to it again, ms. */
const HANDOVER_MS = 3_000;

/** Hands a shard out anew, a little later each time; not when a newer delivery of it is under way. */
const handOutAnew = async (world: World, runs: Driver, job: Job, stopping: AbortSignal): Promise<void> => {
  await world.clock.sleep(Math.min(100 * 2 ** job.delivery, 10_000));
  for (let tries = 1; ; tries += 1) {
    try {
      return await openAnew(world, runs, job);
    } catch (error) {
      if (tries === LEDGER_TRIES || stopping.aborted) throw error;
      await world.clock.sleep(LEDGER_PAUSE_MS, stopping).catch(() => undefined);
    }
  }
};

/** A ledger that is away may be why the job was lost: it is asked again for a minute; after that `tick` finds the run. */
const LEDGER_TRIES = 30;
const LEDGER_PAUSE_MS = 2_000;

const openAnew = async (world: World, runs: Driver, { runId, stage, shard, delivery }: Job): Promise<void> => {
  const run = await world.ledger.run(runId);
  if (!run || (run.deliveries.get(shardKey(stage, shard)) ?? 0) > delivery) return;
  await runs.proceed(runId, { stage, shard });
};
