import type { QueueDepth } from '../../engine/ports.js';

/** What of BullMQ's queue says how much it holds. */
export interface Counted {
  getJobCounts(...types: ('waiting' | 'active')[]): Promise<Readonly<Record<string, number>>>;
  getJobs(
    types: 'waiting',
    start: number,
    end: number,
    asc: boolean,
  ): Promise<readonly { readonly timestamp: number }[]>;
}

export const depthOf = async (queue: Counted, zone: string | undefined): Promise<QueueDepth> => {
  const [counts, [oldest]] = await Promise.all([
    queue.getJobCounts('waiting', 'active'),
    queue.getJobs('waiting', 0, 0, true),
  ]);
  return {
    ...(zone !== undefined && { zone }),
    waiting: counts.waiting ?? 0,
    active: counts.active ?? 0,
    ...(oldest !== undefined && { oldestAt: oldest.timestamp }),
  };
};
