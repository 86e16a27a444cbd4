import { describe, expect, it } from 'vitest';
import { repeatStrategy, timetabler } from '../../../../src/adapters/queue/timetabler.js';

const NOW = 1_000_000_000;
const NIGHTLY = { name: 'nightly', cron: '0 6 * * *', timezone: 'UTC' };

/** BullMQ's job schedulers, as far as they are asked, and what was done to them. */
const courier = (kept: readonly { key: string; name: string; pattern?: string; tz?: string; next: number }[]) => {
  const done: string[] = [];
  return {
    done,
    getJobSchedulers: async () => [...kept],
    upsertJobScheduler: async (id: string, { pattern, tz }: { pattern?: string; tz?: string }) => {
      done.push(`set ${id} ${pattern} ${tz}`);
    },
    removeJobScheduler: async (id: string) => done.push(`remove ${id}`) > 0,
  };
};
const nightly = (next: number) => ({ key: 'nightly', name: 'schedule', pattern: '0 6 * * *', tz: 'UTC', next });

describe('job schedulers', () => {
  it('are set when they are new or changed, which is told, and removed when they are not wanted', async () => {
    const queue = courier([
      nightly(NOW + 1),
      { key: 'old', name: 'schedule', pattern: '* * * * *', tz: 'UTC', next: 1 },
    ]);
    const keep = timetabler(() => queue);
    const weekly = { name: 'weekly', cron: '0 6 * * 1', timezone: 'UTC' };
    expect(await keep([{ ...NIGHTLY, timezone: 'Europe/Berlin' }, weekly], NOW)).toEqual(['nightly', 'weekly']);
    expect(queue.done).toEqual(['set nightly 0 6 * * * Europe/Berlin', 'set weekly 0 6 * * 1 UTC', 'remove old']);
  });

  it('that are right are let be, also when they are due just now', async () => {
    const queue = courier([nightly(NOW - 500)]);
    const keep = timetabler(() => queue);
    for (const _ of [1, 2]) expect(await keep([NIGHTLY], NOW)).toEqual([]);
    expect(queue.done).toEqual([]);
  });

  it('that are overdue are worked on first; those that stay so died with a worker, and are set anew', async () => {
    const queue = courier([nightly(NOW - 600_000)]);
    const keep = timetabler(() => queue);
    expect(await keep([NIGHTLY], NOW)).toEqual([]);
    expect(queue.done).toEqual([]);
    expect(await keep([NIGHTLY], NOW)).toEqual([]);
    expect(queue.done).toEqual(['set nightly 0 6 * * * UTC']);
  });

  it('that would pass over a time, as they were set before the rules were others, are set anew', async () => {
    const queue = courier([nightly(Date.parse('1970-01-14T06:00:00Z'))]);
    const keep = timetabler(() => queue);
    expect(await keep([NIGHTLY], NOW)).toEqual([]);
    expect(queue.done).toEqual(['set nightly 0 6 * * * UTC']);
  });

  it('go on to the time that a schedule is due at, also where the clock is set forward over it', () => {
    const daily = { pattern: '@daily', tz: 'Africa/Cairo' };
    expect(repeatStrategy(Date.parse('2026-04-22T22:00Z'), daily)).toBe(Date.parse('2026-04-23T22:00Z'));
    expect(repeatStrategy(Date.parse('2026-04-22T22:00Z'), {})).toBeUndefined();
  });
});
