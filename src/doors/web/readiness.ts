import { z } from 'zod';

/** Whether a process can do its work, and each part that it needs for that. */
export const readiness = z.object({
  ready: z.boolean(),
  parts: z.record(z.string(), z.object({ ready: z.boolean(), reason: z.string().optional() })),
});

export type Readiness = z.infer<typeof readiness>;
