import type { JobSchedulerJson, RepeatOptions } from 'bullmq';
import { nextTime, type Timetable } from '../../core/schedule.js';
import type { Job } from '../../engine/ports.js';
import { SCHEDULE } from './job-codec.js';

/** What BullMQ's jobs carry: a shard of a run, or the name of a schedule that is due. */
export type Carried = Job | { readonly schedule: string };

/** The part of BullMQ's queue that keeps job schedulers. */
interface Schedulers {
  getJobSchedulers(start: number, end: number): Promise<JobSchedulerJson<Carried>[]>;
  upsertJobScheduler(
    id: string,
    repeat: Omit<RepeatOptions, 'key'>,
    template: { name: string; data: Carried },
  ): Promise<unknown>;
  removeJobScheduler(id: string): Promise<boolean>;
}

/** How BullMQ finds a scheduler's next time: as everything else here does, over changes of the clock too. */
export const repeatStrategy = (after: number, { pattern, tz }: Pick<RepeatOptions, 'pattern' | 'tz'>) =>
  pattern === undefined ? undefined : nextTime({ cron: pattern, timezone: tz ?? 'UTC' }, after);

/** A scheduler whose next time lies back so far (ms) died with the worker that was to set it: it is set anew. */
const DEAD_MS = 60_000;
const ALL = 10_000;

/**
 * Keeps BullMQ's job schedulers as the timetables are. One that is right is not touched: setting it anew would drop a
 * time that is due just now. One that would pass over a time was set by other rules, of its zone or of an earlier version.
 * What is overdue at the first call is left to be worked on first. Answers with the names that were not kept so before.
 */
export const timetabler = (current: () => Schedulers) => {
  let first = true;
  return async (timetables: readonly Timetable[], now: number): Promise<readonly string[]> => {
    const fresh: string[] = [];
    const queue = current();
    const known = new Map((await queue.getJobSchedulers(0, ALL)).map((s) => [s.key, s]));
    for (const { name, cron, timezone } of timetables) {
      const kept = known.get(name);
      const same = kept?.pattern === cron && kept.tz === timezone;
      const next = kept?.next ?? 0;
      const alive = next > now - DEAD_MS && next <= (nextTime({ cron, timezone }, now + DEAD_MS) ?? next);
      if (same && (alive || (first && next <= now))) continue;
      if (!same) fresh.push(name);
      await queue.upsertJobScheduler(
        name,
        { pattern: cron, tz: timezone },
        { name: SCHEDULE, data: { schedule: name } },
      );
    }
    const wanted = new Set(timetables.map((t) => t.name));
    for (const name of known.keys()) if (!wanted.has(name)) await queue.removeJobScheduler(name);
    first = false;
    return fresh;
  };
};
