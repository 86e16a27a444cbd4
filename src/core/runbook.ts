import type { Expression } from './expression.js';
import type { KernelRange } from './kernel-range.js';
import type { Severity } from './outcome.js';
import type { ParamSpecs } from './params.js';

/** A runbook, read, checked and typed: all that the engine knows of an incident family. */
export interface Runbook {
  /** Its name and slash command: `tcp`. */
  readonly command: string;
  /** The words for reading and for changing: `verify` and `fix`, `audit` and `fix`, `check` alone. */
  readonly verbs: { readonly read: string; readonly write?: string };
  readonly title: string;
  readonly symptoms: readonly string[];
  readonly params: ParamSpecs;
  readonly facts: readonly RunbookFact[];
  readonly checks: readonly RunbookCheck[];
  readonly changes: readonly RunbookChange[];
  readonly rollout: Rollout;
  /** Said before and after a change: how the symptom stands. */
  readonly proof?: Template;
  /** Who will undo a change (configuration management, an image): told with the plan where it is not empty. */
  readonly undoneBy?: Template;
  readonly knowledge: string;
}

export interface RunbookFact {
  readonly name: string;
  readonly type: string;
  /** As written, with placeholders for params and secrets. */
  readonly args: unknown;
}

export interface RunbookCheck {
  readonly name: string;
  /** Judged once for every item of that list of a fact; `item` is the variable's name. */
  readonly each?: { readonly item: string; readonly fact: string; readonly path: readonly string[] };
  readonly severity: Severity;
  /** Skipped where this does not hold. */
  readonly when?: Expression;
  readonly expect: Expression;
  readonly otherwise: Template;
  /** For the person who reads a failure: what happens if nothing is done, what mends it for good, what helps now. */
  readonly advice: Readonly<Partial<Record<'consequence' | 'cure' | 'stopgap', Template>>>;
  /** Where the rule comes from: a kernel version, a man page, a measurement. */
  readonly rule: string;
  /** What a fact that is not there makes of the check. */
  readonly absent: 'error' | 'skip';
  /** Kernels that the rule was measured on or is documented for, by the fact of that name; and what the check is elsewhere. */
  readonly kernel?: { readonly range: KernelRange; readonly fact: string; readonly outside: Outside };
}

/** On a kernel that a rule is not known for: judged and said to be inferred, skipped, or an error. */
export type Outside = 'infer' | 'skip' | 'error';

export interface RunbookChange {
  readonly name: string;
  readonly type: string;
  readonly args: unknown;
  readonly when: Expression;
  /** Names of the facts (the runbook's own, or added for the change) that planning reads, in the type's order. */
  readonly needs: readonly string[];
}

export interface Rollout {
  readonly canary: number;
  /** Targets of a batch after the canary: a number, or a share of all in percent. */
  readonly batch: { readonly count: number } | { readonly percent: number };
  readonly stopAfterFailures: number;
}

/** Text with expressions in braces; `parts` alternate text and expression. */
export interface Template {
  readonly texts: readonly string[];
  readonly expressions: readonly Expression[];
}
