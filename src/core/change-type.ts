import type { z } from 'zod';
import type { Reading } from './fact-type.js';

/**
 * One consequence of a step that the approver sees: the running value, what boot will set, a file added, edited, removed,
 * or given another mode or owner (`sets`), a script that runs and the one that takes it back.
 */
export type Effect =
  | { readonly kind: 'running'; readonly subject: string; readonly from: string; readonly to: string }
  | { readonly kind: 'boot'; readonly subject: string; readonly from: string; readonly to: string }
  | { readonly kind: 'adds'; readonly file: string; readonly content: string }
  | { readonly kind: 'edits'; readonly file: string; readonly line: number; readonly from: string; readonly to: string }
  | { readonly kind: 'sets'; readonly subject: string; readonly from: string; readonly to: string }
  | { readonly kind: 'removes'; readonly file: string }
  | { readonly kind: 'runs'; readonly script: string; readonly revert: string }
  | { readonly kind: 'note'; readonly text: string };

/**
 * One planned step on one target. `env` is all the scripts need as data, what was observed included (old values, hashes
 * of files), so that the digest covers it and the guard can compare it on the host.
 */
export interface Step {
  readonly change: string;
  readonly type: string;
  readonly title: string;
  readonly env: Readonly<Record<string, string>>;
  readonly effects: readonly Effect[];
  /** What to put into configuration management so that it lasts on the next machine too: an Ansible task. */
  readonly lasting?: string;
  /** The same as lines of cloud-init user data, for machines that an image or a scaling group brings up. */
  readonly userData?: string;
  /**
   * IP addresses of which the inventory has no host any more, where the step would be wrong if it had: it is proposed only
   * once the inventory has confirmed it.
   */
  readonly gone?: readonly string[];
}

/** A step as its change type plans it. */
export type PlannedStep = Omit<Step, 'change' | 'type'>;

/** What planning one change for one target came to: steps in the order they are applied, at least one. */
export type Planned =
  | { readonly kind: 'steps'; readonly steps: readonly PlannedStep[] }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'refused'; readonly reason: string };

/** No step, and why. */
export const refused = (reason: string): Planned => ({ kind: 'refused', reason });

/**
 * The host's side of a change: POSIX sh programs, each a file of its own run by `sh` as root, with the step's `env` set
 * and `$BACKUP` an empty private directory of this step; the exit status is the answer (0 yes). A `return` at the top
 * level is not portable: use `exit`. What they print on standard output is
 * kept as the reason when they fail.
 *
 * - `guard`: is everything still as observed? 0 yes; anything else is drift. Changes nothing.
 * - `apply`: makes the change; saves into `$BACKUP` whatever revert needs first. Safe to fail half-way.
 * - `verify`: 0 when the change is in force and will last.
 * - `revert`: brings back every byte, mode and owner from `$BACKUP`; also after a half-done apply; 0 when it did. Must
 *   not overwrite what somebody else changed since (answers non-zero and says so). `$LATER`: the step directories (`env`,
 *   `backup`) of later attempts that stand on the host, a line each; whatever is theirs is said to be.
 */
export interface HostScripts {
  readonly guard: string;
  readonly apply: string;
  readonly verify: string;
  readonly revert: string;
}

/** A fact that planning reads: one to be gathered for it, or one that the runbook declares under that name. */
export type Need = { readonly type: string; readonly args: unknown } | { readonly type: string; readonly fact: string };

/**
 * A kind of change. `needs` names the facts that planning reads; the loader adds what the runbook does not declare to its
 * gathering, and hands their readings to `plan` in the same order. `earlier` are the steps of this type that are planned
 * for the target already: all guards run before the first of them is applied, and each is applied to what they leave.
 */
export interface ChangeType<Args = unknown> {
  readonly name: string;
  readonly summary: string;
  readonly args: z.ZodType<Args>;
  readonly scripts: HostScripts;
  needs(args: Args): readonly Need[];
  plan(args: Args, readings: readonly Reading[], earlier?: readonly PlannedStep[]): Planned;
}
