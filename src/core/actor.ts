import type { PostWhen } from './post-when.js';

/**
 * Who asks or presses: `slack:U123`, `cli:ana`, `schedule:nightly`. Identity is the ID, never a display name; `name` is
 * only for showing.
 */
export interface Actor {
  readonly id: string;
  readonly name: string;
}

/** Where a run was asked for, and so where its thread is told. `cli`: the answer goes to whoever waits there. */
export type Origin =
  | { readonly door: 'slack'; readonly channel: string; readonly thread?: string; readonly responseUrl?: string }
  | { readonly door: 'cli' }
  | AuditOrigin;

/** A schedule was due. */
export interface AuditOrigin {
  readonly door: 'schedule';
  readonly schedule: string;
  /** Channel that is told, and when. */
  readonly channel: string;
  readonly post: PostWhen;
  /** The time by the timetable, ms since the epoch. */
  readonly dueAt: number;
  /** The run that was recorded of this schedule before. */
  readonly previous?: string;
  /** Nothing was read: so many times passed, the last of them at `dueAt`. */
  readonly missed?: { readonly times: number; readonly firstAt: number; readonly reason: string };
}
