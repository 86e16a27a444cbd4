import { z } from 'zod';
import type { Job } from '../../engine/ports.js';

const schema = z.object({
  id: z.string(),
  runId: z.string(),
  stage: z.enum(['gather', 'apply']),
  shard: z.number().int().min(0),
  delivery: z.number().int().min(0),
});

/** A job as it came from the queue's server. Throws when it is none: others may write there. */
export const toJob = (data: unknown): Job => schema.parse(data);

/** The job's ID as BullMQ takes it: not an integer, no colon. */
export const bullJobId = (job: Job): string => `job-${encodeURIComponent(job.id)}`;
