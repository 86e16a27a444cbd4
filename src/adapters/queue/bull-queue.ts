import { type BackendFactory, type Job as BullJob, type IQueueBackend, withBackend } from 'bullmq';
import type { Logger } from 'pino';
import type { Occurrence, Queue } from '../../engine/ports.js';
import { SCHEDULE, toJob, toOccurrence } from './job-codec.js';
import { outageLog } from './outage-log.js';
import { producers, silent } from './producers.js';
import { type Running, running } from './running.js';
import { type Carried, repeatStrategy, timetabler } from './timetabler.js';
import { succeeded, within } from './within.js';

/** A worker that has not renewed its lock for this long is taken for dead, ms; it renews it twice as often. */
const LOCK_MS = 15_000;
/** Dead workers are looked for this many times in that time. */
const LOOKS = 3;
/** Finished jobs are kept so that adding one again is not a second job. */
const KEEP = { age: 3_600, count: 5_000 } as const;
/** After the signal, a handler has this long to end before its job is given up, ms. */
const ABORT_MS = 2_000;
/** Beginning to work is given up after this long, ms: whoever begins tries again, and can be told to stop meanwhile. */
const BEGIN_LIMIT_MS = 10_000;
/** BullMQ has this long to put down what the last handler ended with; it never ends while its server is away. */
const SETTLE_MS = 3_000;
/**
 * After an error of its connection BullMQ looks for work again, and puts down what came of it, so much later, ms (not
 * 15 s).
 */
const RETRY_MS = 2_000;
/** Letting go of connections is not waited for longer than this, ms. */
const DISCONNECT_MS = 3_000;

export interface BullOptions {
  /** Name of the queue on the server; the ledger's identity keeps those of several ledgers apart. */
  readonly name: string;
  /** What is told to people when it does not answer: `Redis at HOST:PORT`. Never with credentials. */
  readonly server: string;
  /** Jobs that this process works on at once. */
  readonly concurrency: number;
  /** The zone whose jobs this process works on; without one, those without a zone. */
  readonly zone?: string;
  /** The other zones whose queues are looked at, of a process that adds to them. */
  readonly zones?: readonly string[];
  readonly logger: Logger;
  readonly lockMs?: number;
}

/** How BullMQ reaches its server: one backend, and one connection for adding and one for working. */
export interface BullConnection<B extends IQueueBackend, C> {
  readonly backend: BackendFactory<B, C>;
  readonly adding: C;
  readonly working: C;
  /** Told of each error of adding and of working. */
  readonly onError?: (error: unknown) => void;
}

/**
 * The courier on BullMQ, whatever its backend. A job whose worker died or whose handler failed is never run again by
 * BullMQ: it goes to `onLost`, and the ledger decides.
 */
export const bullQueue = <B extends IQueueBackend, C>(
  connection: BullConnection<B, C>,
  { name, server, concurrency, zone, zones = [], logger, lockMs = LOCK_MS }: BullOptions,
): Queue => {
  const { Queue: BullQueue, Worker } = withBackend(connection.backend);
  const logged = outageLog(logger, server);
  const trouble = (part: 'queue' | 'worker') => {
    const log = logged(part);
    return (error: Error): void => {
      connection.onError?.(error);
      log(error);
    };
  };
  const nameOf = (of: string | undefined): string => (of === undefined ? name : `${name}-zone-${of}`);
  const open = (of: string | undefined) => {
    const queue = new BullQueue<Carried, void>(nameOf(of), {
      connection: connection.adding,
      prefix: 'runbolt',
      skipMetasUpdate: true,
      settings: { repeatStrategy },
      defaultJobOptions: { attempts: 1, removeOnComplete: KEEP, removeOnFail: KEEP },
    });
    queue.on('error', trouble('queue'));
    return queue;
  };
  const queues = producers({ open, server, logger, onError: (error) => connection.onError?.(error) });
  const jobs: Running = running();
  let worker: InstanceType<typeof Worker<Carried, void>> | undefined;
  let due: ((occurrence: Occurrence) => Promise<void>) | undefined;
  const keep = timetabler(() => queues.of(undefined));
  const isDue = async (occurrence: Occurrence): Promise<void> => {
    if (!due) throw new Error('No schedules are kept here.');
    await due(occurrence);
  };
  const dueAgain = (occurrence: Occurrence): void => {
    isDue(occurrence).catch((error: unknown) => logger.error({ err: error, ...occurrence }, 'a schedule was missed'));
  };

  /** Whether BullMQ has ended: not when it could not for `SETTLE_MS`, and no handler runs. */
  const settled = async (ended: Promise<void>): Promise<boolean> => {
    do {
      await jobs.idle();
      if (await within(ended, SETTLE_MS)) return true;
    } while (jobs.busy());
    return false;
  };
  const endWorker = async (leaving: InstanceType<typeof Worker<Carried, void>>, graceMs: number): Promise<boolean> => {
    const done = settled(leaving.close().catch((error: unknown) => logger.warn({ err: error }, 'worker')));
    if (await within(done, graceMs)) return await done;
    jobs.abort(ABORT_MS);
    return (await within(done, ABORT_MS + SETTLE_MS)) && (await done);
  };
  const letGo = async (graceMs: number): Promise<void> => {
    const cut = worker && !(await endWorker(worker, graceMs)) ? [worker.disconnect()] : [];
    await within(Promise.allSettled([...cut, queues.close()]), DISCONNECT_MS);
  };
  let closing: Promise<void> | undefined;

  return {
    add: queues.add,

    async work(handler, onLost) {
      const carryOut = (job: BullJob<Carried, void>, signal: AbortSignal | undefined): Promise<void> =>
        job.name === SCHEDULE ? jobs.run(toOccurrence(job), isDue) : jobs.run(toJob(job.data), handler, signal);
      const begun = new Worker<Carried, void>(nameOf(zone), (job, _token, signal) => carryOut(job, signal), {
        connection: connection.working,
        prefix: 'runbolt',
        settings: { repeatStrategy },
        concurrency,
        maxStalledCount: 0,
        lockDuration: lockMs,
        stalledInterval: Math.ceil(lockMs / LOOKS),
        runRetryDelay: RETRY_MS,
        removeOnComplete: KEEP,
        removeOnFail: KEEP,
      });
      // From here on it may take jobs, which a close has to wait for.
      worker = begun;
      begun.on('error', trouble('worker'));
      begun.on('failed', (failed, error) => {
        logger.error({ err: error, job: failed?.id, ...runOf(failed?.data) }, 'a job was lost');
        if (failed?.name === SCHEDULE) dueAgain(toOccurrence(failed));
        else if (failed) onLost(toJob(failed.data));
      });
      const ready = begun.waitUntilReady();
      if (!(await within(ready, BEGIN_LIMIT_MS)) || !(await succeeded(ready))) {
        worker = undefined;
        await within(begun.close(true), DISCONNECT_MS);
        throw silent(server);
      }
    },

    async schedule(timetables, handler) {
      due = handler;
      return await keep(timetables, Date.now()).catch((error: unknown) => {
        queues.reopen();
        throw error;
      });
    },

    depth: () => queues.depths([zone, ...zones]),

    close(graceMs) {
      closing ??= letGo(graceMs);
      return closing;
    },
  };
};

const runOf = (data: Carried | undefined): { readonly runId?: string } =>
  data !== undefined && 'runId' in data ? { runId: data.runId } : {};
