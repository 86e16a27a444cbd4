import type { Actor, AuditOrigin } from '../core/actor.js';
import type { Result } from '../core/fault.js';
import type { Runbooks } from '../core/request.js';
import {
  nextTime,
  occurrenceKey,
  requestOf,
  type Schedule,
  schedulePrefix,
  type Times,
  timesBetween,
} from '../core/schedule.js';
import type { Answer, Engine } from './engine.js';
import type { Clock, Ledger, Occurrence, Queue } from './ports.js';

/** What carries schedules out: the courier that knows the time, and the door that everyone uses. */
export interface SchedulesWorld {
  readonly schedules: readonly Schedule[];
  readonly runbooks: Runbooks;
  readonly request: Engine['request'];
  readonly ledger: Pick<Ledger, 'opened' | 'newest' | 'open' | 'transact' | 'run'>;
  readonly queue: Pick<Queue, 'schedule'>;
  readonly clock: Clock;
  readonly log: (message: string, error: unknown) => void;
}

export interface Schedules {
  /** Hands the timetables to the courier; before it begins its work. */
  begin(): Promise<void>;
  /** Says what was missed and mends the courier's timetables; to be called every few seconds. */
  tick(): Promise<void>;
}

/** A time that comes later than this (ms) is not carried out any more: it was missed. */
const LATE_MS = 300_000;
/** How often the courier's timetables are looked after, ms. */
const MEND_MS = 60_000;
/** So long ago (ms) the courier went on to the next time at the latest: what it did not bring by then it never will. */
const GONE_ON_MS = 1_000;

/** Audits at their times: each time of a schedule becomes one run, or is recorded as missed with the reason, once. */
export const createSchedules = (world: SchedulesWorld): Schedules => {
  const { schedules, ledger, clock } = world;
  const startedAt = clock.now();
  /** Up to here everything of the schedule is recorded. */
  const settled = new Map<string, number>();
  const turns = new Map<string, Promise<void>>();
  /** What the courier was given by this process: should it forget that, what came meanwhile was missed. */
  const given = new Set<string>();
  let mendedAt = startedAt;

  /** The newest time that is recorded, and the newest audit: a record of one that was missed is none. */
  const last = async ({ name }: Schedule): Promise<{ at: number; audit: string | undefined } | undefined> => {
    const newest = await ledger.newest(schedulePrefix(name));
    if (!newest) return undefined;
    const origin = (await ledger.run(newest.runId))?.opened.origin;
    const audit = origin?.door === 'schedule' && origin.missed ? origin.previous : newest.runId;
    return { at: Date.parse(newest.key.slice(schedulePrefix(name).length)), audit };
  };

  /** From where on times of the schedule must be recorded. One that is new to the courier was not due before. */
  const since = (schedule: Schedule, newest: { at: number } | undefined): number =>
    Math.max(settled.get(schedule.name) ?? 0, newest?.at ?? (settled.has(schedule.name) ? 0 : startedAt));

  /** Records the times as missed in one record, which tells its channel. */
  const missed = async (
    schedule: Schedule,
    { count, firstAt, lastAt }: Times,
    reason: string,
    previous: string | undefined,
  ): Promise<void> => {
    const origin = { ...originOf(schedule, lastAt, previous), missed: { times: count, firstAt, reason } };
    const request = requestOf(schedule, world.runbooks);
    const { runId } = await ledger.open(occurrenceKey(schedule.name, lastAt), {
      ...{ kind: 'opened', at: clock.now(), actor: actorOf(schedule), origin },
      ...{ request: { ...request, text: `${request.text} (missed)` }, targets: [], shard: 1 },
    });
    await ledger.transact(runId, (run) => ({
      events: run.ended || run.opened.targets.length > 0 ? [] : [{ kind: 'ended', at: clock.now(), outcomes: {} }],
      result: undefined,
    }));
  };

  /** Records what was missed after `from`, up to `until`. */
  const catchUp = async (schedule: Schedule, from: number, until: number, previous: string | undefined) => {
    const times = timesBetween(schedule, from, until);
    if (!times) return;
    const why = times.firstAt < startedAt ? 'the bot was not running' : 'the queue did not bring it in time';
    await missed(schedule, times, why, previous);
  };

  const open = async (schedule: Schedule, at: number, previous: string | undefined): Promise<void> => {
    const once = { count: 1, firstAt: at, lastAt: at };
    const going = previous === undefined ? undefined : await ledger.run(previous);
    if (going && !going.ended) {
      await missed(schedule, once, 'the audit before it was still going on', previous);
      return;
    }
    const opened: Result<Answer> = await world.request(
      schedule.run,
      actorOf(schedule),
      originOf(schedule, at, previous),
      occurrenceKey(schedule.name, at),
    );
    if (!opened.ok) await missed(schedule, once, opened.fault.message, previous);
  };

  /** A time is due. One that was passed by, in this process or another, is recorded already. */
  const carryOut = async (schedule: Schedule, at: number): Promise<void> => {
    const newest = await last(schedule);
    if (newest && newest.at >= at) return;
    const now = clock.now();
    const late = now - at > LATE_MS;
    const from = Math.min(since(schedule, newest), at - 1);
    await catchUp(schedule, from, late ? now - GONE_ON_MS : at - 1, newest?.audit);
    if (!late) await open(schedule, at, newest?.audit);
    settled.set(schedule.name, late ? now - GONE_ON_MS : at);
  };

  const look = async (schedule: Schedule): Promise<void> => {
    const until = clock.now() - LATE_MS;
    const next = nextTime(schedule, settled.get(schedule.name) ?? 0);
    if (next === undefined || next > until) return;
    const newest = await last(schedule);
    const from = since(schedule, newest);
    await catchUp(schedule, from, until, newest?.audit);
    settled.set(schedule.name, Math.max(from, until));
  };

  /** One thing at a time for each schedule. */
  const inTurn = async (name: string, deed: (schedule: Schedule) => Promise<void>): Promise<void> => {
    const schedule = schedules.find((s) => s.name === name);
    if (!schedule) return;
    const turn = (turns.get(name) ?? Promise.resolve()).catch(() => undefined).then(() => deed(schedule));
    turns.set(name, turn);
    await turn;
  };

  const due = ({ schedule, at }: Occurrence): Promise<void> => inTurn(schedule, (s) => carryOut(s, at));

  const keep = async (): Promise<void> => {
    const fresh = await world.queue.schedule(schedules, due);
    for (const name of fresh) if (!given.has(name)) settled.set(name, clock.now());
    for (const { name } of schedules) given.add(name);
  };

  return {
    begin: keep,
    tick: async () => {
      if (clock.now() - mendedAt > MEND_MS) {
        mendedAt = clock.now();
        await keep();
      }
      for (const schedule of schedules) {
        await inTurn(schedule.name, look).catch((error) => world.log(`schedule ${schedule.name}`, error));
      }
    },
  };
};

const actorOf = ({ name }: Schedule): Actor => ({ id: `schedule:${name}`, name: `schedule:${name}` });

const originOf = ({ name, channel, post }: Schedule, dueAt: number, previous: string | undefined): AuditOrigin => ({
  ...{ door: 'schedule', schedule: name, channel, post, dueAt },
  ...(previous !== undefined && { previous }),
});
