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
    [{ cron: '61 6 * * *' }, 'is not a time: Constraint error, got value 61'],
    [{ cron: '0 6 31 2 *' }, 'is not a time'],
    [{ cron: '0 6 * * XYZ' }, 'is not a time'],
    [{ timezone: 'Mars/Olympus' }, 'must be a time zone such as UTC or Europe/Berlin'],
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
