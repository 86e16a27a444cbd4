import { describe, expect, it } from 'vitest';
import type { AuditOrigin } from '../../../src/core/actor.js';
import { failure, ok } from '../../../src/core/fault.js';
import { foldRun, openRun, type Run, type RunEvent } from '../../../src/core/run.js';
import type { Schedule } from '../../../src/core/schedule.js';
import type { Occurrence } from '../../../src/engine/ports.js';
import { createSchedules, type SchedulesWorld } from '../../../src/engine/schedules.js';
import { opened } from '../../rig/sample-run.js';
import { sampleRunbook } from '../../rig/sample-runbook.js';

const NIGHTLY: Schedule = {
  ...{ name: 'nightly', cron: '0 6 * * *', timezone: 'UTC', run: 'disk verify web-*', channel: 'C0OPS' },
  ...{ post: 'new', place: { line: 1, column: 1 } },
};
const RUNBOOKS = new Map([['disk', sampleRunbook()]]);
const at = (text: string) => Date.parse(`2026-07-${text}:00Z`);
const originOf = (run: Run): AuditOrigin => {
  if (run.opened.origin.door !== 'schedule') throw new Error('not asked by a schedule');
  return run.opened.origin;
};

/** The record that outlives processes. */
class Records {
  readonly runs = new Map<string, Run>();
  readonly keys = new Map<string, string>();

  open = async (key: string, event: Extract<RunEvent, { kind: 'opened' }>) => {
    const known = this.keys.get(key);
    if (known !== undefined) return { runId: known, fresh: false };
    const runId = `r${this.runs.size + 1}`;
    this.keys.set(key, runId);
    this.runs.set(runId, openRun(runId, event));
    return { runId, fresh: true };
  };

  end(runId: string, when: number): void {
    const run = this.runs.get(runId);
    if (run) this.runs.set(runId, foldRun(run, { kind: 'ended', at: when, outcomes: {} }));
  }

  /** `06-01T06:00 run`, `06-02T06:00 missed 1: the bot was not running` */
  get told(): readonly string[] {
    return [...this.runs.values()].map((run) => {
      const { dueAt, missed } = originOf(run);
      const time = new Date(dueAt).toISOString().slice(8, 16);
      return missed ? `${time} missed ${missed.times}: ${missed.reason}` : `${time} run`;
    });
  }

  readonly ledger: SchedulesWorld['ledger'] = {
    open: this.open,
    opened: async (key) => this.keys.get(key),
    run: async (id) => this.runs.get(id),
    newest: async (prefix) => {
      const found = [...this.keys].filter(([key]) => key.startsWith(prefix)).at(-1);
      return found && { key: found[0], runId: found[1] };
    },
    transact: async (runId, decide) => {
      const run = this.runs.get(runId);
      if (!run) throw new Error(`no run ${runId}`);
      const { events, result } = decide(run);
      const next = events.reduce(foldRun, run);
      this.runs.set(runId, next);
      return { ok: true, result, run: next };
    },
  };
}

/** A process that carries schedules out from `now` on. `fresh`: the courier did not know them. */
const start = async (
  records: Records,
  {
    now,
    fresh = false,
    ends = true,
    schedule = NIGHTLY,
  }: { now: number; fresh?: boolean; ends?: boolean; schedule?: Schedule },
) => {
  const time = { now };
  let bring: ((o: Occurrence) => Promise<void>) | undefined;
  let forgotten = false;
  const errors: unknown[] = [];
  const asked: { text: string; actor: string }[] = [];
  let answer: () => ReturnType<SchedulesWorld['request']> | undefined = () => undefined;
  const schedules = createSchedules({
    ...{ schedules: [schedule], runbooks: RUNBOOKS, ledger: records.ledger },
    request: async (text, actor, origin, key) => {
      const other = answer();
      if (other) return other;
      asked.push({ text, actor: actor.id });
      const { runId, fresh: first } = await records.open(key, opened(3, { at: time.now, actor, origin }));
      if (ends) records.end(runId, time.now);
      return ok({ kind: 'run', runId, fresh: first });
    },
    queue: {
      schedule: async (_, due) => {
        const unknown = forgotten || (fresh && bring === undefined);
        bring = due;
        forgotten = false;
        return unknown ? ['nightly'] : [];
      },
    },
    clock: { now: () => time.now, sleep: async () => undefined },
    log: (_, error) => errors.push(error),
  });
  await schedules.begin();
  return {
    ...{ time, errors, asked },
    tick: () => schedules.tick(),
    due: (when: number) => bring?.({ schedule: 'nightly', at: when }),
    forget: () => {
      forgotten = true;
    },
    answers: (with_: typeof answer) => {
      answer = with_;
    },
  };
};

describe('a schedule', () => {
  it('asks at its time as itself, through the door of everyone, once for each time', async () => {
    const records = new Records();
    const bot = await start(records, { now: at('01T05:00'), fresh: true });
    const other = await start(records, { now: at('01T05:00') });
    for (const one of [bot, other]) one.time.now = at('01T06:00') + 400;
    await Promise.all([bot.due(at('01T06:00')), bot.due(at('01T06:00')), other.due(at('01T06:00'))]);
    for (const one of [bot, other]) await one.tick();
    expect([...bot.asked, ...other.asked].slice(0, 1)).toEqual([
      { text: 'disk verify web-*', actor: 'schedule:nightly' },
    ]);
    expect([...records.keys.keys()]).toEqual(['schedule:nightly:2026-07-01T06:00:00.000Z']);
    expect(records.told).toEqual(['01T06:00 run']);
  });

  it('knows the audit before', async () => {
    const records = new Records();
    const bot = await start(records, { now: at('01T05:00'), fresh: true });
    for (const day of ['01T06:00', '02T06:00']) {
      bot.time.now = at(day) + 50;
      await bot.due(at(day));
    }
    expect(originOf(records.runs.get('r2') ?? openRun('', opened(1))).previous).toBe('r1');
  });

  it('that comes a little late is carried out all the same', async () => {
    const records = new Records();
    const bot = await start(records, { now: at('01T06:04') });
    await bot.due(at('01T06:00'));
    await bot.tick();
    expect(records.told).toEqual(['01T06:00 run']);
  });

  it('is carried out once more by the courier when the ledger was away, and then as if nothing had been', async () => {
    const records = new Records();
    const bot = await start(records, { now: at('01T06:00'), fresh: true });
    bot.answers(() => Promise.reject(new Error('away')));
    await expect(bot.due(at('01T06:00'))).rejects.toThrow('away');
    bot.answers(() => undefined);
    await bot.due(at('01T06:00'));
    expect(records.told).toEqual(['01T06:00 run']);
  });

  it('does not begin while its audit before is going on', async () => {
    const records = new Records();
    const bot = await start(records, { now: at('01T06:00'), fresh: true, ends: false });
    await bot.due(at('01T06:00'));
    bot.time.now = at('02T06:00');
    await bot.due(at('02T06:00'));
    expect(records.told).toEqual(['01T06:00 run', '02T06:00 missed 1: the audit before it was still going on']);
  });
});

describe('an audit that goes on for days', () => {
  it('lets none begin beside it, however often one is due', async () => {
    const records = new Records();
    const bot = await start(records, { now: at('01T06:00'), fresh: true, ends: false });
    for (const day of ['01T06:00', '02T06:00', '03T06:00', '04T06:00']) {
      bot.time.now = at(day);
      await bot.due(at(day));
    }
    expect(records.told).toEqual([
      '01T06:00 run',
      ...['02', '03', '04'].map((day) => `${day}T06:00 missed 1: the audit before it was still going on`),
    ]);
    records.end('r1', at('04T07:00'));
    bot.time.now = at('05T06:00');
    await bot.due(at('05T06:00'));
    expect(records.told.at(-1)).toBe('05T06:00 run');
  });

  it('is what the next one is compared with, however many were missed between', async () => {
    const records = new Records();
    const bot = await start(records, { now: at('01T06:00'), fresh: true });
    await bot.due(at('01T06:00'));
    bot.answers(() => Promise.resolve(failure('selector_empty', 'No host is named so.', 'Look.')));
    for (let day = 2; day <= 26; day++) {
      const when = at(`${String(day).padStart(2, '0')}T06:00`);
      bot.time.now = when;
      await bot.due(when);
    }
    bot.answers(() => undefined);
    bot.time.now = at('27T06:00');
    await bot.due(at('27T06:00'));
    expect(records.told).toHaveLength(27);
    expect(originOf(records.runs.get('r27') ?? openRun('', opened(1))).previous).toBe('r1');
  });
});

describe('a missed audit', () => {
  it('is said when the bot starts again, once, by whichever process notices it first', async () => {
    const records = new Records();
    const bot = await start(records, { now: at('01T05:00'), fresh: true });
    bot.time.now = at('01T06:00');
    await bot.due(at('01T06:00'));
    const later = await start(records, { now: at('02T07:00') });
    const other = await start(records, { now: at('02T07:00') });
    for (const one of [later, other, later, other]) await one.tick();
    expect(records.told).toEqual(['01T06:00 run', '02T06:00 missed 1: the bot was not running']);
    expect([...records.runs.values()].every((run) => run.ended)).toBe(true);
  });

  it('is said also when it was the first of all, which the courier brings too late', async () => {
    const records = new Records();
    const bot = await start(records, { now: at('01T07:00') });
    await bot.tick();
    expect(records.told).toEqual([]);
    await bot.due(at('01T06:00'));
    await bot.tick();
    expect(records.told).toEqual(['01T06:00 missed 1: the bot was not running']);
    expect(bot.asked).toEqual([]);
  });

  it('and those after it are one record', async () => {
    const records = new Records();
    const bot = await start(records, { now: at('01T05:00'), fresh: true });
    bot.time.now = at('01T06:00');
    await bot.due(at('01T06:00'));
    const later = await start(records, { now: at('05T12:00') });
    await Promise.all([later.due(at('02T06:00')), later.tick()]);
    await later.tick();
    expect(records.told).toEqual(['01T06:00 run', '05T06:00 missed 4: the bot was not running']);
  });

  it('is said with the reason when the run cannot be opened', async () => {
    const records = new Records();
    const bot = await start(records, { now: at('01T06:00'), fresh: true });
    bot.answers(async () => failure('selector_empty', 'No host is named `web-*`.', 'Look at `targets`.'));
    await bot.due(at('01T06:00'));
    await bot.due(at('01T06:00'));
    await bot.tick();
    expect(records.told).toEqual(['01T06:00 missed 1: No host is named `web-*`.']);
  });

  it('is noticed while the bot runs when the queue does not bring it, and said before the next', async () => {
    const records = new Records();
    const bot = await start(records, { now: at('01T05:00'), fresh: true });
    bot.time.now = at('01T06:04');
    await bot.tick();
    expect(records.told).toEqual([]);
    bot.time.now = at('01T06:06');
    await bot.tick();
    bot.time.now = at('02T06:00');
    await bot.due(at('02T06:00'));
    expect(records.told).toEqual(['01T06:00 missed 1: the queue did not bring it in time', '02T06:00 run']);
    expect(bot.errors).toEqual([]);
  });

  it('is said where the queue forgot the schedule meanwhile', async () => {
    const records = new Records();
    const bot = await start(records, { now: at('01T05:00'), fresh: true });
    bot.time.now = at('01T06:03');
    bot.forget();
    await bot.tick();
    bot.time.now = at('01T06:09');
    await bot.tick();
    expect(records.told).toEqual(['01T06:00 missed 1: the queue did not bring it in time']);
  });

  it('between two that were carried out is said with the second', async () => {
    const records = new Records();
    const bot = await start(records, { now: at('01T05:00'), fresh: true });
    bot.time.now = at('01T06:00');
    await bot.due(at('01T06:00'));
    bot.time.now = at('03T06:00');
    await bot.due(at('03T06:00'));
    expect(records.told).toEqual([
      '01T06:00 run',
      '02T06:00 missed 1: the queue did not bring it in time',
      '03T06:00 run',
    ]);
  });

  it('is not said of times before the schedule was there, or before its timetable was changed', async () => {
    const records = new Records();
    const first = await start(records, { now: at('01T05:00'), fresh: true });
    first.time.now = at('01T06:00');
    await first.due(at('01T06:00'));
    const later = await start(records, {
      ...{ now: at('02T12:00'), fresh: true },
      schedule: { ...NIGHTLY, cron: '0 9 * * *' },
    });
    await later.tick();
    expect(records.told).toEqual(['01T06:00 run']);
  });

  it('is not said twice when the process died between the record and its end', async () => {
    const records = new Records();
    const { transact } = records.ledger;
    records.ledger.transact = () => Promise.reject(new Error('killed'));
    const bot = await start(records, { now: at('01T07:00') });
    await expect(bot.due(at('01T06:00'))).rejects.toThrow('killed');
    records.ledger.transact = transact;
    await bot.due(at('01T06:00'));
    expect(records.told).toHaveLength(1);
  });
});
