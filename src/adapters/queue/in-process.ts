import type { Logger } from 'pino';
import type { Job, Queue } from '../../engine/ports.js';
import { running } from './running.js';

/** After the signal, a handler has this long to end before its job is given up, ms. */
const ABORT_MS = 2_000;

/** A courier in memory, for a process that does all by itself and ends: the CLI without a bot. */
export const inProcessQueue = ({
  concurrency,
  logger,
}: {
  readonly concurrency: number;
  readonly logger: Logger;
}): Queue => {
  const jobs = running();
  const seen = new Set<string>();
  const waiting: Job[] = [];
  let active = 0;
  let closed = false;
  let start: ((job: Job) => Promise<void>) | undefined;

  const next = (): void => {
    while (start && !closed && active < concurrency) {
      const job = waiting.shift();
      if (!job) return;
      active += 1;
      void start(job).finally(() => {
        active -= 1;
        next();
      });
    }
  };

  return {
    async add(list) {
      // Nobody is left to work on it; the ledger has it.
      if (closed) return;
      for (const job of list) {
        if (seen.has(job.id)) continue;
        seen.add(job.id);
        waiting.push(job);
      }
      setImmediate(next);
    },

    async work(handler, onLost) {
      start = async (job) => {
        try {
          await jobs.run(job, handler);
        } catch (error) {
          logger.error({ err: error, job: job.id, runId: job.runId }, 'a job was lost');
          onLost(job);
        }
      };
      next();
    },

    async schedule() {
      return [];
    },

    async depth() {
      return [{ waiting: waiting.length, active }];
    },

    async close(graceMs) {
      closed = true;
      const timer = setTimeout(() => jobs.abort(ABORT_MS), graceMs);
      await jobs.idle();
      clearTimeout(timer);
    },
  };
};
