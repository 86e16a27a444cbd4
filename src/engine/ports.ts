import type { Fault, FaultCode, Result } from '../core/fault.js';
import type { Found } from '../core/inventory.js';
import type { Run, RunEvent, Stage } from '../core/run.js';
import type { Timetable } from '../core/schedule.js';
import type { Target } from '../core/target.js';

/** All that the engine needs of the world. Adapters implement these; the engine names no product. */

/** Milliseconds since the epoch, and timers that end with the signal. */
export interface Clock {
  now(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Unpredictable lower-case hex of `bytes` bytes. */
export type RandomHex = (bytes: number) => string;

/** A POSIX sh program to run on a target, over standard input, as root when `become` is sudo. */
export interface Script {
  readonly text: string;
  /** Wall-clock bound in ms, connecting included. After it the remote process group is ended. */
  readonly limitMs: number;
  /** Bytes of each stream that are kept; the rest is drained and dropped. */
  readonly maxBytes: number;
  readonly become: 'none' | 'sudo';
}

/**
 * What became of a script. `unreachable`: surely nothing ran. `lost`: it was sent (in full or in part) and its end was not
 * seen, so whether it ran is unknown. `timed-out`: sent, and the limit passed. Output is raw bytes, hostile until cleaned.
 */
export type Execution =
  | { readonly kind: 'exited'; readonly code: number; readonly output: Output; readonly durationMs: number }
  | { readonly kind: 'signalled'; readonly signal: string; readonly output: Output; readonly durationMs: number }
  | { readonly kind: 'timed-out'; readonly limitMs: number; readonly output: Output; readonly fault?: Fault }
  | { readonly kind: 'lost'; readonly fault: Fault; readonly output: Output }
  | { readonly kind: 'cancelled'; readonly sent: boolean }
  | { readonly kind: 'unreachable'; readonly fault: Fault };

export interface Output {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  /** True when either stream was longer than `maxBytes`. */
  readonly cut: boolean;
}

/** How bytes reach a target. Never throws for a host's or network's sake: every end is an `Execution`. */
export interface Transport {
  execute(target: Target, script: Script, signal: AbortSignal): Promise<Execution>;
  /** Ends pooled connections. */
  close(): Promise<void>;
}

/** One hand-over of one shard of a run's targets. `id` is unique per delivery; adding the same id twice is one job. */
export interface Job {
  readonly id: string;
  readonly runId: string;
  readonly stage: Stage;
  readonly shard: number;
  readonly delivery: number;
  /** The zone whose workers alone may have it. */
  readonly zone?: string;
}

/** A schedule is due: its name, and the time (ms since the epoch) by its timetable, also when it comes late. */
export interface Occurrence {
  readonly schedule: string;
  readonly at: number;
}

/** How much there is to do for the workers of one zone, or for those without one. */
export interface QueueDepth {
  readonly zone?: string;
  /** Jobs that no worker has taken. */
  readonly waiting: number;
  /** Jobs that are worked on. */
  readonly active: number;
  /** When the oldest of the waiting was handed over, ms since the epoch. */
  readonly oldestAt?: number;
}

/**
 * The courier. It may lose a job when its worker dies (never run twice on its own); the ledger knows and hands out anew.
 */
export interface Queue {
  add(jobs: readonly Job[]): Promise<void>;
  /**
   * Starts working: on the jobs of the zone that the courier was opened for, on those without one otherwise. `onLost` is
   * told of jobs whose worker died or whose handler threw. Rejects when the courier's server does not answer; then
   * nothing has begun, and it may be called again.
   */
  work(handler: (job: Job, signal: AbortSignal) => Promise<void>, onLost: (job: Job) => void): Promise<void>;
  /**
   * Sees to it that these schedules are due by their timetables, and no others; to be called at the start, before
   * `work`, and now and then, which mends what a killed process left. Each time comes to one of all processes, late when
   * none was there; it comes once more when its worker died or `due` rejected. Resolves with the names that
   * were not kept so before. In memory none is ever due.
   */
  schedule(
    timetables: readonly Timetable[],
    due: (occurrence: Occurrence) => Promise<void>,
  ): Promise<readonly string[]>;
  /**
   * How much there is to do, in all processes: for a zone's worker in its zone, else in every one that is known. Rejects
   * when the courier's server does not answer.
   */
  depth(): Promise<readonly QueueDepth[]>;
  /**
   * Rejects while the courier's server, which has come back, may lose what it is given, and says how to mend that. Absent
   * where no server of its own can come back as another.
   */
  fit?(): Promise<void>;
  /** Stops taking jobs, aborts what still runs after `graceMs`, and lets go of connections. */
  close(graceMs: number): Promise<void>;
}

/** What a decision on a run wants recorded. `claim` locks targets for the run's changes; ending the run frees them. */
export interface Change<T> {
  readonly events: readonly RunEvent[];
  readonly claim?: readonly string[];
  readonly result: T;
}

export type Transacted<T> =
  | { readonly ok: true; readonly result: T; readonly run: Run }
  | { readonly ok: false; readonly target: string; readonly heldBy: string };

export interface RunSummary {
  readonly id: string;
  readonly at: number;
  readonly command: string;
  readonly actor: string;
  readonly phase: Run['phase'];
  readonly outcomes: Readonly<Partial<Record<string, number>>>;
}

/** The append-only record. What it has accepted is never lost; everything else is a projection of it. */
export interface Ledger {
  /**
   * Opens a run once for each `key` (a delivery's own ID): the same key again answers with the first run and `fresh`
   * false. Durable when it resolves.
   */
  open(key: string, opened: Extract<RunEvent, { kind: 'opened' }>): Promise<{ runId: string; fresh: boolean }>;
  /** The run that this key opened, if any. */
  opened(key: string): Promise<string | undefined>;
  /**
   * Decides on a run, one decision at a time for each run: reads it, calls the pure `decide`, appends its events in one
   * transaction. Nothing is appended when a claimed target is held by another run that has not ended.
   */
  transact<T>(runId: string, decide: (run: Run) => Change<T>): Promise<Transacted<T>>;
  run(runId: string): Promise<Run | undefined>;
  /** The run opened last of those whose key begins so. */
  newest(keyPrefix: string): Promise<{ readonly runId: string; readonly key: string } | undefined>;
  /** Newest first. */
  runs(limit: number): Promise<readonly RunSummary[]>;
  /** Runs that have not ended, oldest first. */
  unfinished(): Promise<readonly string[]>;
  /**
   * Deletes at most `limit` runs that ended before `before` (ms since the epoch), with their messages, and says how many;
   * none where another process leads. Runs that something still needs are kept.
   */
  expire(before: number, limit: number): Promise<number>;
  /** Calls back after each append of any process, at least once, with the run's ID. Returns the unsubscriber. */
  subscribe(listener: (runId: string) => void): () => void;
  readonly outbox: Outbox;
  readonly workers: Workers;
  close(): Promise<void>;
}

/** Signs of life of the workers on one ledger, told by its own clock. */
export interface Workers {
  /** Says that this worker lives; to be called every few seconds. */
  alive(id: string, zone?: string): Promise<void>;
  /** How long ago (ms) a worker of the zone, or one without a zone, gave a sign of life; undefined: none is known. */
  silence(zone: string | undefined): Promise<number | undefined>;
}

/** What one message of a run's thread must say. `body` is the door's own JSON; `key` is unique in the run. */
export interface Message {
  readonly key: string;
  /** Position in the thread; a message is not delivered before those of lower order in the same run. */
  readonly order: number;
  readonly body: unknown;
}

/** A message that is not yet as it should be. `ts` is Slack's name of it once posted. */
export interface Due {
  readonly runId: string;
  readonly key: string;
  readonly channel: string;
  /** The thread to post in; absent for the message that opens the thread. */
  readonly thread?: string;
  readonly body: unknown;
  /** Grows with each change of the body; handed back in `delivered`. */
  readonly revision: number;
  readonly ts?: string;
  /** True when an earlier attempt to post it may have succeeded unseen: look before you post. */
  readonly inDoubt: boolean;
  readonly attempts: number;
}

/** The messages that threads must show, kept with the ledger so that none is lost and none is sent twice. */
export interface Outbox {
  /**
   * Runs `deliver` while this process is the one of all on this ledger that delivers; until then it stands by. The signal
   * that `deliver` gets ends with `signal`, and when another process may take over: then it stands by again. Resolves when
   * `signal` has ended, and `deliver` with it.
   */
  lead(deliver: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void>;
  /** Runs with events that no `put` has covered yet. */
  stale(): Promise<readonly string[]>;
  /** Records what the run's thread must say at this version of the run. Only the newest body of a key is kept. */
  put(
    runId: string,
    version: number,
    place: { channel: string; thread?: string },
    messages: readonly Message[],
  ): Promise<void>;
  /** Undelivered messages whose time has come, oldest first, at most one of each run's new posts (its next in order). */
  due(now: number, limit: number): Promise<readonly Due[]>;
  /** When the next message becomes due that is not due at `now`, if one does by itself. */
  nextDue(now: number): Promise<number | undefined>;
  /**
   * Written before a new message is posted: from here on it is in doubt until `delivered`, and not due before `settled`,
   * when the call will have ended. Rejects when this process does not lead (any more): then nothing may be posted.
   */
  posting(runId: string, key: string, settled: number): Promise<void>;
  delivered(runId: string, key: string, revision: number, ts: string): Promise<void>;
  /** Not delivered; try again at `retryAt`. `surely` when Slack answered that it was not accepted, so it is not in doubt. */
  failed(runId: string, key: string, retryAt: number, surely: boolean): Promise<void>;
  /** Gives up on the run's thread (channel gone, bot removed): its messages are no longer due. */
  abandon(runId: string, reason: FaultCode): Promise<void>;
  abandoned(runId: string): Promise<boolean>;
  /** The run whose thread this is, newest first. */
  runsOfThread(channel: string, ts: string): Promise<readonly string[]>;
  /** Channel and timestamp of the message that opens the run's thread, once posted. */
  threadOf(runId: string): Promise<{ channel: string; ts: string } | undefined>;
}

/** Which people a user or usergroup ID stands for. */
export interface People {
  /**
   * The one of `ids` through which the actor is entitled now, if any. Guests and outsiders never are. Rejects with a
   * FaultError when who could say does not answer: then nothing may be decided, and it can be asked again.
   */
  entitled(actorId: string, ids: readonly string[]): Promise<string | undefined>;
}

/** The fleet as configured. Reads anew at each call; a source that fails is a fault, never a smaller fleet. */
export interface Inventory {
  /** Rejects with a FaultError where a source cannot be read or two hosts have one name. */
  targets(): Promise<readonly Target[]>;
  /** The same fleet with where it was found. Absent where there is nothing to tell. */
  survey?(): Promise<Survey>;
  /**
   * Confirms that no host is at these addresses but those of the fleet, which came from here: by other questions than the
   * fleet was listed by. Else the fault says why not. Absent where the fleet is written down.
   */
  confirmGone?(addresses: readonly string[], fleet: readonly Target[], signal: AbortSignal): Promise<Result<void>>;
}

/** What was found, where, and how old that is. */
export interface Survey {
  readonly found: readonly Found[];
  readonly sources: readonly SurveyedSource[];
}

export interface SurveyedSource {
  /** `hosts.ini`, `ec2 eu-west-1`. */
  readonly name: string;
  readonly hosts: number;
  readonly notes: readonly string[];
  /** When it was read, for a source whose answers are kept for a while. */
  readonly readAt?: number;
  /** Why it could not be read since: what it answered at `readAt` is shown, and used for nothing else. */
  readonly failure?: Fault;
}
