import type { Outcome } from '../core/outcome.js';
import type { Mode, Phase } from '../core/run.js';
import type { Reverted } from './reverts.js';

/** A run as people are shown it, in any door. Plain data; texts are untrusted and unescaped (each door escapes). */
export interface RunView {
  readonly id: string;
  readonly version: number;
  readonly mode: Mode;
  /** `tcp verify`, and the selector as asked. */
  readonly command: string;
  readonly selector: string;
  /** The params that were given: `warn=100 widen=true`. Absent when none were. */
  readonly params?: string;
  /** What the selector asked for and is no host: `web-[9,13-20], wbe-*`. Absent when all of it is there. */
  readonly unmatched?: string;
  readonly title: string;
  /** Values of the label `env` among the targets, upper case, sorted. */
  readonly environments: readonly string[];
  readonly actor: { readonly id: string; readonly name: string };
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly phase: Phase;
  /** Absent of a revert, which reads nothing before its plan. */
  readonly coverage?: { readonly total: number; readonly reached: number; readonly answered: number };
  /** Hosts still being read, folded, with the limit in ms after which they count as timed out. */
  readonly waiting?: { readonly hosts: string; readonly count: number; readonly limitMs: number };
  /** Hosts folded by what is wrong; every target is in exactly one, in order of severity. */
  readonly groups: readonly GroupView[];
  /** What the runbook's authors say; present where there is a finding and no finding has advice of its own. */
  readonly knowledge?: string;
  /** Why wanted changes are not possible, where nothing is left to plan. */
  readonly refusals?: PlanView['refusals'];
  readonly plan?: PlanView;
  readonly rollout?: RolloutView;
  readonly result?: ResultView;
  /** What can be pressed now. */
  readonly actions: readonly ActionName[];
  /** The run whose thread this one is told in. */
  readonly parent?: string;
  /** Of a run that a schedule asked for. */
  readonly audit?: AuditView;
}

export interface AuditView {
  readonly schedule: string;
  /** The time by the timetable, ms since the epoch. */
  readonly dueAt: number;
  /** Whether its channel is told. `awaited`: known once it has ended. */
  readonly told: 'yes' | 'no' | 'awaited';
  /** Nothing was read: so many times passed, the last of them at `dueAt`. */
  readonly missed?: { readonly times: number; readonly firstAt: number; readonly reason: string };
  /** What differs from the audit before; absent until it has ended, and of the first one. */
  readonly news?: AuditNews;
}

export interface AuditNews {
  /** When the audit before was due, and how many hosts it reached. */
  readonly since: number;
  readonly before: { readonly total: number; readonly reached: number };
  /** Findings that were not there before, and those that are not there any more; counted by host. */
  readonly found: Difference;
  readonly gone: Difference;
  /** Other hosts, or other checks of a host, could not be read or judged than before. */
  readonly coverageDiffers: boolean;
}

export interface Difference {
  readonly count: number;
  readonly groups: readonly { readonly hosts: string; readonly count: number; readonly text: string }[];
}

export type ActionName = 'plan' | 'details' | 'again' | 'approve' | 'deny' | 'apply' | 'cancel' | 'revert';

export type Mark = 'critical' | 'warning' | 'unknown' | 'unreachable' | 'ok';

export interface GroupView {
  readonly mark: Mark;
  readonly count: number;
  /** `web-[1-9]` */
  readonly hosts: string;
  /** One line a finding, or why the hosts could not be read. */
  readonly lines: readonly string[];
}

export interface PlanView {
  readonly digest: string;
  readonly short: string;
  /** `sre` etc. as IDs; empty when the requester's press is all that is needed. */
  readonly approvers: readonly string[];
  readonly selfApproval: boolean;
  readonly expiresAt: number;
  readonly targets: number;
  /** What changes, folded by equal change: `running  net.ipv4.tcp_tw_reuse 2 → 1`. */
  readonly effects: readonly { readonly text: string; readonly count: number; readonly hosts: string }[];
  /** Why some hosts with findings get no change. */
  readonly refusals: readonly { readonly text: string; readonly count: number; readonly hosts: string }[];
  /** `canary web-1, then 25 % at a time, stops at the first failure` */
  readonly rollout: string;
  readonly decided?: {
    /** `confirmed`: by the requester, where no approval is asked for. */
    readonly verdict: 'approved' | 'confirmed' | 'denied' | 'expired';
    readonly actor?: { readonly id: string; readonly name: string };
    readonly at: number;
  };
}

export interface RolloutView {
  readonly done: number;
  readonly total: number;
  readonly canary: { readonly hosts: string; readonly state: 'waiting' | 'changing' | 'changed' | 'failed' };
  /** Milliseconds left, from the pace so far; absent until the canary is done. */
  readonly etaMs?: number;
  readonly halted?: string;
}

export interface ResultView {
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
  /** Hosts by outcome and reason, folded, for all outcomes but ok and changed. */
  readonly groups: readonly {
    readonly outcome: Outcome;
    readonly count: number;
    readonly hosts: string;
    readonly reason: string;
  }[];
  /** Of the failed ones: how many were put back at once, and how many could not be. */
  readonly takenBack: number;
  readonly notTakenBack: number;
  /** Who took back what of this run since. */
  readonly reverts: readonly Reverted[];
  /** How the symptom was judged before and after: `ports usable 9 % → 94 %`, or a check's own words. */
  readonly proof: readonly string[];
}
