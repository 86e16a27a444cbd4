import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/core/config.js';
import { nextTime, occurrenceKey, scheduleMistakes, timesBetween } from '../../../src/core/schedule.js';
import { sampleRunbook } from '../../rig/sample-runbook.js';

const RUNBOOKS = new Map([['disk', sampleRunbook()]]);
const GOOD = { name: 'nightly', cron: '0 6 * * *', timezone: 'UTC', run: 'disk verify web-*', channel: 'C0OPS' };
const configured = (...schedules: readonly object[]) =>
  readConfig('runbolt.yaml', `schedules: ${JSON.stringify(schedules)}`, 'ops');
const mistakes = (...schedules: readonly object[]) => {
  const config = configured(...schedules);
  if (!config.ok) return config.fault.next;
  return scheduleMistakes(config.value.schedules, RUNBOOKS)
    .map((m) => `${m.line}:${m.column} ${m.message}`)
    .join('\n');
};

describe('a schedule', () => {
  it('cannot consent to what can be felt on a host', () => {
    const consenting = new Map([
      [
        'disk',
        sampleRunbook('default: false, help: "Look deeper."', 'default: false, consent: true, help: "Look deeper."'),
      ],
    ]);
    const config = configured({ ...GOOD, run: 'disk verify web-* deep=true' });
    expect(config.ok && scheduleMistakes(config.value.schedules, consenting)[0]?.message).toContain(
      'cannot consent to `deep`',
    );
    expect(config.ok && scheduleMistakes(config.value.schedules, RUNBOOKS)).toEqual([]);
  });

  it('is posted when it finds something new, in UTC, unless told otherwise', () => {
    const { timezone: _, ...rest } = GOOD;
    const config = configured(rest);
    expect(config.ok && config.value.schedules).toEqual([
      { ...GOOD, post: 'new', place: { line: 1, column: expect.any(Number) } },
    ]);
  });

  it.each(['0 6 * * *', '*/15 8-18 * * MON-FRI', '0 0 1 jan,MAR *', '0 0 L * *', '0 9 * * THU#1', '@hourly', '@daily'])(
    'may be at %s',
    (cron) => {
      expect(mistakes({ ...GOOD, cron })).toBe('');
    },
  );

  it.each([
    [{ cron: '' }, 'must be five fields'],
    [{ cron: '6 * *' }, 'must be five fields'],
    [{ cron: '0 0 6 * * *' }, 'must be five fields'],
    [{ cron: 'H 6 * * *' }, 'must be five fields'],
    [{ cron: '@reboot' }, 'must be five fields'],
    [{ cron: '61 6 * * *' }, 'has 61 where 0 to 59 is possible.'],
    [{ cron: '0 6 31 2 *' }, 'never comes: no such month has that day.'],
    [{ cron: '0 6 * * XYZ' }, 'is not a time'],
    [{ timezone: 'Mars/Olympus' }, 'must be a time zone such as UTC or Europe/Berlin'],
    [{ timezone: 'Europe/Berln' }, 'Did you mean `Europe/Berlin` or'],
    [{ timezone: '' }, 'must be a time zone'],
    [{ channel: '#ops' }, 'must be the ID of a Slack channel (C…), never a name'],
    [{ channel: 'U0BO' }, 'must be the ID of a Slack channel'],
    [{ post: 'sometimes' }, 'must be one of new, always, never'],
    [{ name: 'Night ly' }, 'must be lower-case letters, digits, _ and -'],
    [{ when: '0 6 * * *' }, '`when` is not known here'],
    [{ run: 'dsk verify web-*' }, 'There is no command `dsk`. Did you mean `disk`?'],
    [{ run: 'disk verify' }, '`disk verify` needs to know which hosts'],
    [{ run: 'disk verify web-1 warn=900' }, '`warn=900` is not possible'],
    [
      { run: 'disk fix web-*' },
      'A schedule cannot ask for `disk fix`: it changes hosts. Let `nightly` ask for `disk plan web-*`',
    ],
    [{ run: 'runbolt runs' }, '`runbolt runs` is no run of a runbook'],
  ])('that is wrong is refused with its place: %j', (change, expected) => {
    const said = mistakes({ ...GOOD, ...change });
    expect(said).toContain(expected);
    expect(said).toMatch(/^(runbolt\.yaml:)?1:\d+ /);
  });

  it('may ask for a plan', () => {
    expect(mistakes({ ...GOOD, run: 'disk plan web-*' })).toBe('');
  });

  it('has a name of its own', () => {
    expect(mistakes(GOOD, GOOD)).toContain('There are two schedules `nightly`; each needs a name of its own.');
  });
});

describe('the times of a schedule', () => {
  const berlin = { name: 'n', cron: '0 6 * * *', timezone: 'Europe/Berlin' };
  const at = (text: string) => Date.parse(text);

  it('are those of its time zone, over the change of the clocks as well', () => {
    expect(nextTime(berlin, at('2026-03-28T05:00:00Z'))).toBe(at('2026-03-29T04:00:00Z'));
    expect(nextTime(berlin, at('2026-10-24T05:00:00Z'))).toBe(at('2026-10-25T05:00:00Z'));
  });

  it.each([
    // What the clock is set forward over comes after the jump.
    ['@daily', 'Africa/Cairo', '2026-04-22T22:00Z', ['2026-04-23T22:00Z', '2026-04-24T21:00Z']],
    ['30 0 * * *', 'Africa/Cairo', '2026-04-22T22:30Z', ['2026-04-23T22:30Z', '2026-04-24T21:30Z']],
    ['@daily', 'America/Santiago', '2026-09-05T04:00Z', ['2026-09-06T04:00Z', '2026-09-07T03:00Z']],
    ['@daily', 'Asia/Beirut', '2026-03-27T22:00Z', ['2026-03-28T22:00Z', '2026-03-29T21:00Z']],
    ['@daily', 'America/Havana', '2026-03-07T05:00Z', ['2026-03-08T05:00Z', '2026-03-09T04:00Z']],
    ['@weekly', 'Asia/Beirut', '2026-03-21T22:00Z', ['2026-03-28T22:00Z', '2026-04-04T21:00Z']],
    ['30 2 * * *', 'Europe/Berlin', '2026-03-28T01:30Z', ['2026-03-29T01:30Z', '2026-03-30T00:30Z']],
    ['30 2,3 * * *', 'Europe/Berlin', '2026-03-28T02:30Z', ['2026-03-29T01:30Z', '2026-03-30T00:30Z']],
    ['0,30 2,3 * * *', 'Europe/Berlin', '2026-03-28T02:30Z', ['2026-03-29T01:00Z', '2026-03-29T01:30Z']],
    ['15 2 * * *', 'Australia/Lord_Howe', '2026-10-02T15:45Z', ['2026-10-03T15:45Z', '2026-10-04T15:15Z']],
    ['30 * * * *', 'Europe/Berlin', '2026-03-29T00:30Z', ['2026-03-29T01:30Z', '2026-03-29T02:30Z']],
    // What the clock shows twice comes once, and each hour is an hour.
    ['30 2 * * *', 'Europe/Berlin', '2026-10-24T00:30Z', ['2026-10-25T00:30Z', '2026-10-26T01:30Z']],
    ['@daily', 'America/Havana', '2026-10-31T04:00Z', ['2026-11-01T04:00Z', '2026-11-02T05:00Z']],
    ['30 23 * * *', 'Africa/Cairo', '2026-10-28T20:30Z', ['2026-10-29T20:30Z', '2026-10-30T21:30Z']],
    ['30 23 * * *', 'America/Santiago', '2026-04-04T02:30Z', ['2026-04-05T02:30Z', '2026-04-06T03:30Z']],
    ['45 1 * * *', 'Australia/Lord_Howe', '2026-04-03T14:45Z', ['2026-04-04T14:45Z', '2026-04-05T15:15Z']],
    ['30 * * * *', 'Europe/Berlin', '2026-10-24T23:30Z', ['2026-10-25T00:30Z', '2026-10-25T01:30Z']],
  ])(
    'are none too few and none too many where the clock is set: %s in %s after %s',
    (cron, timezone, after, expected) => {
      const timetable = { name: 'n', cron, timezone };
      const first = nextTime(timetable, at(after)) ?? 0;
      expect([first, nextTime(timetable, first)]).toEqual(expected.map(at));
      expect(timesBetween(timetable, at(after), at(expected[1] ?? ''))).toMatchObject({ count: 2, firstAt: first });
      expect(timesBetween(timetable, at(after), first - 1)).toBeUndefined();
      expect(timesBetween(timetable, first, at(expected[1] ?? '') - 1)).toBeUndefined();
    },
  );

  it.each([
    'Africa/Cairo',
    'America/Santiago',
    'Asia/Beirut',
    'America/Havana',
    'Europe/Berlin',
    'Australia/Lord_Howe',
  ])('are as many as there are days, in %s', (timezone) => {
    for (const cron of ['@daily', '30 0 * * *', '15 2 * * *', '45 1 * * *', '59 23 * * *']) {
      const year = [at('2026-01-01T12:00Z'), at('2027-01-01T12:00Z')] as const;
      expect(timesBetween({ name: 'n', cron, timezone }, ...year)).toMatchObject({ count: 365 });
    }
  });

  it('are counted with the first and the last, after the one and up to the other', () => {
    expect(timesBetween(berlin, at('2026-07-01T04:00:00Z'), at('2026-07-04T04:00:00Z'))).toEqual({
      count: 3,
      firstAt: at('2026-07-02T04:00:00Z'),
      lastAt: at('2026-07-04T04:00:00Z'),
    });
    expect(timesBetween(berlin, at('2026-07-01T04:00:00Z'), at('2026-07-02T03:59:59Z'))).toBeUndefined();
  });

  it('are counted up to a thousand, with the last of all', () => {
    const minutely = { name: 'n', cron: '* * * * *', timezone: 'UTC' };
    const times = timesBetween(minutely, at('2025-07-01T00:00:00Z'), at('2026-07-01T00:00:30Z'));
    expect(times).toEqual({
      count: 1_000,
      firstAt: at('2025-07-01T00:01:00Z'),
      lastAt: at('2026-07-01T00:00:00Z'),
    });
  });

  it('name what became of them in the ledger', () => {
    expect(occurrenceKey('nightly', at('2026-07-02T04:00:00Z'))).toBe('schedule:nightly:2026-07-02T04:00:00.000Z');
  });
});
