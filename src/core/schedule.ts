import { CronExpressionParser } from 'cron-parser';
import { z } from 'zod';
import { didYouMean } from './nearest.js';
import { consentsIn } from './params.js';
import type { PostWhen } from './post-when.js';
import { parseRequest, type Runbooks } from './request.js';
import { inWords } from './request-words.js';
import type { Request } from './run.js';
import { wallClock } from './wall-clock.js';
import type { Mistake } from './yaml-file.js';

/** Audits on a timetable: `schedules` of `runbolt.yaml`. */

export interface Timetable {
  readonly name: string;
  readonly cron: string;
  readonly timezone: string;
}

export interface Schedule extends Timetable {
  /** The request in words, `tcp verify env=prod`. */
  readonly run: string;
  /** ID of the Slack channel that is told. */
  readonly channel: string;
  readonly post: PostWhen;
  /** Where `run` stands in the configuration file, for mistakes that only the runbooks show. */
  readonly place: { readonly line: number; readonly column: number };
}

/** Five fields: a sixth, of seconds, shifts the meaning of all others. Names of days and months are letters. */
const FIELDS = /^(?:[\dA-Z*,/#?-]+\s+){4}[\dA-Z*,/#?-]+$/i;
const NICKNAMES = ['@hourly', '@daily', '@weekly', '@monthly', '@yearly'] as const;
/** `H` stands for a number drawn at random, and is no letter of a name then. */
const RANDOM = /(?<![A-Z])H(?![A-Z])/i;

/** What is wrong with a cron expression, as the end of a sentence; undefined when it can be used. */
const cronMistake = (cron: string): string | undefined => {
  const nickname = NICKNAMES.some((name) => name === cron);
  if (!nickname && (!FIELDS.test(cron) || RANDOM.test(cron))) {
    return `must be five fields (minute hour day month weekday) such as "0 6 * * *", or ${NICKNAMES.join(', ')}`;
  }
  try {
    return nextTime({ cron, timezone: 'UTC' }, 0) === undefined ? 'never comes' : undefined;
  } catch (error) {
    return mistakeOf(error instanceof Error ? error.message : String(error));
  }
};

/** What the library says of an expression that is no time. */
const mistakeOf = (said: string): string => {
  const [, value, range] = /got value (\S+) expected range (\S+)/.exec(said) ?? [];
  if (range !== undefined) return `has ${value} where ${range.replace('-', ' to ')} is possible`;
  return /day of month definition/.test(said) ? 'never comes: no such month has that day' : `is not a time: ${said}`;
};

const isZone = (zone: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
};

/** A schedule as the configuration file has it. */
export const scheduleFile = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,39}$/, 'must be lower-case letters, digits, _ and -'),
  cron: z.string().superRefine((cron, context) => {
    const mistake = cronMistake(cron);
    if (mistake !== undefined) context.addIssue({ code: 'custom', message: mistake });
  }),
  timezone: z
    .string()
    .superRefine((zone, context) => {
      if (isZone(zone)) return;
      const near = didYouMean(zone, Intl.supportedValuesOf('timeZone'));
      context.addIssue({ code: 'custom', message: `must be a time zone such as UTC or Europe/Berlin.${near}` });
    })
    .default('UTC'),
  run: z.string().min(1).max(2000),
  channel: z.string().regex(/^[CG][A-Z0-9]{2,20}$/, 'must be the ID of a Slack channel (C…), never a name'),
  post: z.enum(['new', 'always', 'never']).default('new'),
});

/**
 * The times after `after` (ms since the epoch) at which the schedule is due, in their order, each once. One that the clock
 * is set forward over comes after the jump; one that it shows twice comes the first time, or both times where the schedule
 * is for every hour.
 */
function* timesAfter({ cron, timezone }: Pick<Timetable, 'cron' | 'timezone'>, after: number): Generator<number> {
  const clock = wallClock(timezone);
  const walls = CronExpressionParser.parse(cron, { tz: 'UTC', currentDate: new Date(clock.earliestWall(after)) });
  const hourly = walls.fields.hour.values.length === 24;
  let last = after;
  let waiting: readonly number[] = [];
  for (const date of walls) {
    const wall = date.getTime();
    const sure = waiting.filter((at) => at < clock.earliestInstant(wall));
    yield* sure;
    last = sure.at(-1) ?? last;
    const instants = clock.instantsOf(wall);
    const found = [...waiting, ...(hourly ? instants : instants.slice(0, 1))].filter((at) => at > last);
    waiting = [...new Set(found)].sort((a, b) => a - b);
  }
  yield* waiting;
}

/** The first time after `after` (ms since the epoch) that the schedule is due. Undefined when it never is again. */
export const nextTime = (timetable: Pick<Timetable, 'cron' | 'timezone'>, after: number): number | undefined => {
  const next = timesAfter(timetable, after).next();
  return next.done ? undefined : next.value;
};

/** Times at which a schedule was due; milliseconds since the epoch. */
export interface Times {
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

/** More times than these are not counted: that many and more. */
export const MOST_TIMES = 1_000;

/** The times at which the schedule was due after `after`, up to `until` inclusive; undefined when there is none. */
export const timesBetween = (timetable: Timetable, after: number, until: number): Times | undefined => {
  let found: Times | undefined;
  for (const at of timesAfter(timetable, after)) {
    if (at > until) break;
    if (found?.count === MOST_TIMES) return { ...found, lastAt: lastTime(timetable, until) };
    found = { count: (found?.count ?? 0) + 1, firstAt: found?.firstAt ?? at, lastAt: at };
  }
  return found;
};

const HOUR_MS = 3_600_000;

/** The last time up to `until` of a schedule that was due before: looked for in an hour, a day, and so on back. */
const lastTime = (timetable: Timetable, until: number): number => {
  for (let span = HOUR_MS; ; span *= 24) {
    let last: number | undefined;
    for (const at of timesAfter(timetable, until - span)) {
      if (at > until) break;
      last = at;
    }
    if (last !== undefined) return last;
  }
};

/** What a schedule asks for. Throws for one that `scheduleMistakes` refuses. */
export const requestOf = ({ name, run }: Pick<Schedule, 'name' | 'run'>, runbooks: Runbooks): Request => {
  const parsed = parseRequest(run, runbooks);
  if (!parsed.ok || parsed.value.kind !== 'run') throw new Error(`The schedule ${name} asks for no run.`);
  return parsed.value.request;
};

/** Mistakes in what the schedules ask for. A schedule looks and may plan; it neither approves nor applies. */
export const scheduleMistakes = (schedules: readonly Schedule[], runbooks: Runbooks): readonly Mistake[] =>
  schedules.flatMap(({ name, run, place }): Mistake[] => {
    const parsed = parseRequest(run, runbooks);
    if (!parsed.ok) return [{ ...place, message: `${parsed.fault.message} ${parsed.fault.next}` }];
    if (parsed.value.kind !== 'run') {
      return [{ ...place, message: `\`${run}\` is no run of a runbook, which is what a schedule asks for.` }];
    }
    const { runbook, verb, mode, params } = parsed.value.request;
    const [consent] = consentsIn(params, runbooks.get(runbook)?.params ?? {});
    if (consent !== undefined) {
      return [{ ...place, message: `A schedule cannot consent to \`${consent}\`: a person must be there to say it.` }];
    }
    if (mode === 'verify' || mode === 'plan') return [];
    const instead = `Let \`${name}\` ask for \`${inWords(parsed.value.request, 'plan')}\`; people press for the change.`;
    return [{ ...place, message: `A schedule cannot ask for \`${runbook} ${verb}\`: it changes hosts. ${instead}` }];
  });

/** The ledger's key of what became of a schedule at a time: one run, or one record that it was missed. */
export const occurrenceKey = (name: string, at: number): string =>
  `${schedulePrefix(name)}${new Date(at).toISOString()}`;

/** How all keys of a schedule begin. */
export const schedulePrefix = (name: string): string => `schedule:${name}:`;
