import type { Actor, Origin } from '../core/actor.js';
import type { Result } from '../core/fault.js';
import type { RunDocument } from './document.js';
import type { RunView } from './view.js';

/** What the doors can ask of Runbolt. The same calls, policy and words for Slack, the CLI and whatever comes later. */
export interface Engine {
  /**
   * A request in words: `tcp verify web-* warn=70`, `runbolt targets web-*`. Durable when it resolves with a run. `key`
   * names the delivery: the same key again answers with the same run.
   */
  request(text: string, actor: Actor, origin: Origin, key: string): Promise<Result<Answer>>;
  /** A press in a run's thread. `digest` is the plan that the button showed. */
  press(press: Press, actor: Actor, key: string): Promise<Result<Answer>>;
  view(runId: string): Promise<RunView | undefined>;
  /** The view once it is newer than `after`, at once when it already is; undefined when there is no such run. */
  next(runId: string, after: number, signal: AbortSignal): Promise<RunView | undefined>;
  /** The run as one document for machines. */
  document(runId: string): Promise<RunDocument | undefined>;
  /** The complete report: every target with checks, evidence and facts, as text. */
  report(runId: string): Promise<string | undefined>;
}

export type Press = DecisionPress | FollowPress | CancelPress;

/** A decision on the plan that the button showed. */
export interface DecisionPress {
  readonly action: 'approve' | 'deny' | 'apply';
  readonly runId: string;
  readonly digest: string;
}

/** A new run in the thread of this one: plan the fix, ask again, take the changes back. */
export interface FollowPress {
  readonly action: 'plan' | 'again' | 'revert';
  readonly runId: string;
}

export interface CancelPress {
  readonly action: 'cancel';
  readonly runId: string;
}

/** A run was opened (or found by its key), or an answer that needs no run: help, a list, a status. */
export type Answer =
  | { readonly kind: 'run'; readonly runId: string; readonly fresh: boolean }
  | { readonly kind: 'text'; readonly lines: readonly string[] };
