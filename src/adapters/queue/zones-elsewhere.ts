import type { Queue } from '../../engine/ports.js';

/** A courier whose process works alone, but hands jobs of a zone to the zone's workers. */
export const zonesElsewhere = (alone: Queue, shared: Queue): Queue => ({
  ...alone,
  add: async (jobs) => {
    const far = jobs.filter((job) => job.zone !== undefined);
    await Promise.all([
      alone.add(jobs.filter((job) => job.zone === undefined)),
      ...(far.length > 0 ? [shared.add(far)] : []),
    ]);
  },
  close: async (graceMs) => {
    await alone.close(graceMs);
    await shared.close(0);
  },
});
