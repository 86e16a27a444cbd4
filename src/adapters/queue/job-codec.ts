import { z } from 'zod';
import type { Job, Occurrence } from '../../engine/ports.js';

const schema = z.object({
  id: z.string(),
  runId: z.string(),
  stage: z.enum(['gather', 'apply']),
  shard: z.number().int().min(0),
  delivery: z.number().int().min(0),
  zone: z.string().optional(),
});

/** A job as it came from the queue's server. Throws when it is none: others may write there. */
export const toJob = (data: unknown): Job => {
  const { zone, ...job } = schema.parse(data);
  return { ...job, ...(zone !== undefined && { zone }) };
};

/** The job's ID as BullMQ takes it: not an integer, no colon. */
export const bullJobId = (job: Job): string => `job-${encodeURIComponent(job.id)}`;

/** The name that BullMQ's jobs of schedules have; those of runs are named by their stage. */
export const SCHEDULE = 'schedule';

const scheduled = z.object({
  data: z.object({ schedule: z.string() }),
  opts: z.object({ prevMillis: z.int().min(0) }),
});

/** The time that a job of a schedule stands for: BullMQ keeps it to count on from. Throws when it is none. */
export const toOccurrence = (job: unknown): Occurrence & { readonly id: string } => {
  const { data, opts } = scheduled.parse(job);
  return {
    schedule: data.schedule,
    at: opts.prevMillis,
    id: `${data.schedule} ${new Date(opts.prevMillis).toISOString()}`,
  };
};
