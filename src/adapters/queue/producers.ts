import type { Logger } from 'pino';
import { FaultError, fault } from '../../core/fault.js';
import type { Job, QueueDepth } from '../../engine/ports.js';
import { type Counted, depthOf } from './depth.js';
import { bullJobId } from './job-codec.js';
import { within } from './within.js';

/** Adding is given up after this long, ms; should it still succeed later, the same ID is the same job. */
const ADD_LIMIT_MS = 5_000;
/** How long the server may take to say how much it holds, ms. */
const DEPTH_LIMIT_MS = 2_500;

interface Added {
  readonly name: string;
  readonly data: Job;
  readonly opts: { readonly jobId: string; readonly lifo: boolean };
}

/** The part of BullMQ's queue that jobs are added to and counted in. */
interface Producer extends Counted {
  add(name: string, data: Job, opts: Added['opts']): Promise<unknown>;
  addBulk(jobs: Added[]): Promise<unknown>;
  close(): Promise<void>;
}

export interface ProducersOptions<P> {
  /** Opens the queue of a zone, or that of the jobs without one. */
  readonly open: (zone: string | undefined) => P;
  /** What is told to people when it does not answer: `Redis at HOST:PORT`. */
  readonly server: string;
  readonly logger: Logger;
  /** Told of each error of adding. */
  readonly onError: (error: unknown) => void;
}

/** The queues that were needed so far: that of the jobs without a zone, and those of zones. */
export const producers = <P extends Producer>({ open, server, logger, onError }: ProducersOptions<P>) => {
  const opened = new Map<string | undefined, P>();
  let closed = false;

  const of = (zone: string | undefined): P => {
    if (closed) throw silent(server);
    const queue = opened.get(zone) ?? open(zone);
    opened.set(zone, queue);
    return queue;
  };
  /** On PostgreSQL one whose first look at its server failed answers with that for ever: after a failure it is another. */
  const reopen = (): void => {
    for (const queue of opened.values()) queue.close().catch((error) => logger.debug({ err: error }, 'queue'));
    opened.clear();
  };
  const addTo = async (queue: P, jobs: readonly Job[]): Promise<void> => {
    // What is handed out anew goes first: its run waits for it.
    const [only, ...more] = jobs.map((job) => ({
      ...{ name: job.stage, data: job },
      opts: { jobId: bullJobId(job), lifo: job.delivery > 1 },
    }));
    if (only && more.length === 0) await queue.add(only.name, only.data, only.opts);
    else if (only) await queue.addBulk([only, ...more]);
  };
  const addAll = async (jobs: readonly Job[]): Promise<void> => {
    const zones = new Set(jobs.map((job) => job.zone));
    const inZone = (zone: string | undefined) => jobs.filter((job) => job.zone === zone);
    await Promise.all([...zones].map((zone) => addTo(of(zone), inZone(zone))));
  };

  return {
    of,
    reopen,

    async add(jobs: readonly Job[]): Promise<void> {
      const added = addAll(jobs).catch((error: unknown) => {
        onError(error);
        logger.error({ err: error, server }, 'jobs were not taken');
        reopen();
        throw notTaken(server);
      });
      if (!(await within(added, ADD_LIMIT_MS))) throw notTaken(server);
      await added;
    },

    async depths(zones: readonly (string | undefined)[]): Promise<readonly QueueDepth[]> {
      const depths = Promise.all(zones.map(async (zone) => await depthOf(of(zone), zone))).catch((error: unknown) => {
        logger.debug({ err: error, server }, 'queue depth');
        reopen();
        throw silent(server);
      });
      if (!(await within(depths, DEPTH_LIMIT_MS))) throw silent(server);
      return await depths;
    },

    /** Nothing is opened any more; resolves when all have let go of their connections, however that went. */
    async close(): Promise<void> {
      closed = true;
      await Promise.allSettled([...opened.values()].map((queue) => queue.close()));
    },
  };
};

/** The server did not answer; nothing was begun. */
export const silent = (server: string): FaultError =>
  new FaultError(
    fault(
      'queue_unreachable',
      `${server} does not answer.`,
      'Start it; what was accepted is in the ledger and goes on.',
    ),
  );

const notTaken = (server: string): FaultError =>
  new FaultError(
    fault(
      'queue_unreachable',
      `${server} did not take the jobs.`,
      'Start it, or see `/readyz` for why it refuses; what was accepted is in the ledger.',
    ),
  );
