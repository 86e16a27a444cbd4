import type { Actor, Origin } from '../core/actor.js';
import { failure, ok, type Result } from '../core/fault.js';
import { parseRequest, type Query } from '../core/request.js';
import { type Request, type Run, shardKey } from '../core/run.js';
import { answer } from './answers.js';
import { cancels } from './cancels.js';
import { decideOn } from './decide.js';
import { documentOf } from './document.js';
import { type Driver, driver } from './drive.js';
import type { Answer, Engine, FollowPress } from './engine.js';
import { openRevert, openRun } from './open-run.js';
import type { Job, Queue } from './ports.js';
import { reportOf } from './report.js';
import { strangerFault } from './stranger.js';
import type { RunView } from './view.js';
import { actionsOf, viewOf } from './view-of.js';
import { worker } from './work.js';
import type { World } from './world.js';

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
  /** Stops listening for cancels of other processes. */
  close(): void;
}

export const createEngine = (world: World): RunningEngine => {
  const runs = driver(world);
  const switches = cancels();
  const handle = worker(world, runs, switches);
  const unsubscribe = world.ledger.subscribe((runId) => {
    world.ledger.run(runId).then(
      (run) => {
        if (run?.cancelled && run.phase !== 'ended') switches.cancel(runId);
        if (run?.phase === 'ended') switches.forget(runId);
      },
      (error) => world.log(`looking at run ${runId}`, error),
    );
  });
  const view = async (runId: string) => {
    const run = await world.ledger.run(runId);
    const runbook = run && world.runbooks.get(run.opened.request.runbook);
    return run && viewOf(run, runbook, world.config.limits.gatherMs, world.clock.now());
  };
  const report = async (runId: string) => {
    const run = await world.ledger.run(runId);
    return run && reportOf(run, world.runbooks.get(run.opened.request.runbook));
  };
  const eachUnfinished = async (deed: (run: Run) => Promise<void>) => {
    for (const runId of await world.ledger.unfinished()) {
      try {
        const run = await world.ledger.run(runId);
        if (run && world.takesUp(run)) await deed(run);
      } catch (error) {
        world.log(`taking up run ${runId}`, error);
      }
    }
  };
  const cancel = async (runId: string, actor: Actor): Promise<Result<Answer>> => {
    if (!(await world.ledger.run(runId))) return unknownRun(runId);
    const stranger = await strangerFault(world, actor);
    if (stranger) return { ok: false, fault: stranger };
    const settled = await runs.settle(runId, (run) => ({
      events: run.phase === 'ended' || run.cancelled ? [] : [{ kind: 'cancelled', at: world.clock.now(), actor }],
      result: run.phase === 'ended',
    }));
    if (settled.ok && settled.result)
      return failure('run_ended', `The run ${runId} has ended.`, 'Nothing is left to cancel.');
    switches.cancel(runId);
    return ok({
      kind: 'text',
      lines: [`${runId} is being cancelled: hosts that are being changed are finished first.`],
    });
  };
  const asked = async (query: Query, actor: Actor): Promise<Result<Answer>> => {
    const runId = 'runId' in query ? query.runId : undefined;
    if (runId !== undefined && query.kind === 'cancel') return cancel(runId, actor);
    if (runId !== undefined && (query.kind === 'show' || query.kind === 'status')) {
      const text = await report(runId);
      return text === undefined ? unknownRun(runId) : ok({ kind: 'text', lines: text.split('\n') });
    }
    const lines = await answer(world, query);
    return lines.ok ? ok({ kind: 'text', lines: lines.value }) : lines;
  };
  const open = async (request: Request, actor: Actor, origin: Origin, key: string, parent?: string) => {
    const opened = await openRun(world, runs, request, { actor, origin, key, ...(parent !== undefined && { parent }) });
    return asAnswer(opened);
  };
  const follow = async (press: FollowPress, actor: Actor, key: string) => {
    const parent = await world.ledger.run(press.runId);
    if (!parent) return unknownRun(press.runId);
    const { request, origin } = parent.opened;
    const known = await world.ledger.opened(key);
    if (known !== undefined) return ok({ kind: 'run' as const, runId: known, fresh: false });
    if (!actionsOf(parent).includes(press.action)) {
      return failure('run_ended', `This run does not offer \`${press.action}\` now.`, 'Ask for a new run.');
    }
    if (press.action === 'revert') return asAnswer(await openRevert(world, runs, parent, { actor, origin, key }));
    if (press.action === 'again') return open(request, actor, origin, key, press.runId);
    const write = world.runbooks.get(request.runbook)?.verbs.write;
    if (write === undefined)
      return failure('verb_unknown', `\`${request.runbook}\` changes nothing.`, 'See its findings.');
    const text = `${request.runbook} ${write} ${request.selector}`;
    return open({ ...request, verb: write, mode: 'fix', text }, actor, origin, key, press.runId);
  };
  return {
    request: async (text, actor, origin, key) => {
      const parsed = parseRequest(text, world.runbooks);
      if (!parsed.ok) return parsed;
      return parsed.value.kind === 'run' ? open(parsed.value.request, actor, origin, key) : asked(parsed.value, actor);
    },
    press: async (press, actor, key) => {
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
    },
    view,
    next: (runId, after, signal) => nextView(world, view, runId, after, signal),
    document: async (runId) => {
      const run = await world.ledger.run(runId);
      return run && documentOf(run, world.runbooks.get(run.opened.request.runbook));
    },
    report,
    handle: (job, signal) => handle(job, signal),
    lost: (job) => {
      handOutAnew(world, runs, job).catch((error) => world.log(`handing out ${job.id} anew`, error));
    },
    recover: async () => {
      await eachUnfinished((run) => runs.proceed(run.id, 'all'));
    },
    tick: () =>
      eachUnfinished(async (run) => {
        const silence = world.clock.now() - run.touchedAt;
        const still = silence > patienceMs(run, world.config.limits);
        if (run.phase === 'deciding' || silence > HANDOVER_MS) await runs.proceed(run.id, still ? 'all' : 'none');
      }),
    run: (runId) => world.ledger.run(runId),
    close: unsubscribe,
  };
};

/** A run in which nothing was written for longer than its work may take has lost its worker. */
const patienceMs = (run: Run, { gatherMs, applyMs }: World['config']['limits']): number =>
  2 * gatherMs + (run.phase === 'rolling-out' ? 5 * (applyMs + 10_000) : 0) + 30_000;

/** A shard that the courier was not given within this long is offered to it again, ms. */
const HANDOVER_MS = 3_000;

/** Hands a shard out anew, a little later each time; not when a newer delivery of it is under way. */
const handOutAnew = async (world: World, runs: Driver, { runId, stage, shard, delivery }: Job): Promise<void> => {
  await world.clock.sleep(Math.min(100 * 2 ** delivery, 10_000));
  const run = await world.ledger.run(runId);
  if (!run || (run.deliveries.get(shardKey(stage, shard)) ?? 0) > delivery) return;
  await runs.proceed(runId, { stage, shard });
};

const unknownRun = (runId: string) => failure('run_unknown', `There is no run \`${runId}\`.`, 'Runs: `runbolt runs`.');

const asAnswer = (opened: Result<{ runId: string; fresh: boolean }>): Result<Answer> =>
  opened.ok ? ok({ kind: 'run', ...opened.value }) : opened;

/** Waits for the run to change. A change between the look and the wait is not missed: the listener is there first. */
const nextView = async (
  world: World,
  view: Engine['view'],
  runId: string,
  after: number,
  signal: AbortSignal,
): Promise<RunView | undefined> => {
  let wake = (): void => undefined;
  const unsubscribe = world.ledger.subscribe((changed) => {
    if (changed === runId) wake();
  });
  const stop = (): void => wake();
  signal.addEventListener('abort', stop);
  try {
    for (;;) {
      const changed = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const seen = await view(runId);
      if (!seen || seen.version > after || signal.aborted) return seen;
      await changed;
    }
  } finally {
    unsubscribe();
    signal.removeEventListener('abort', stop);
  }
};
