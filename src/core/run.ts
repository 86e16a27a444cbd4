import type { Actor, Origin } from './actor.js';
import type { Step } from './change-type.js';
import type { Reading } from './fact-type.js';
import type { Fault } from './fault.js';
import type { Outcome, Severity, VerdictKind } from './outcome.js';
import type { Plan } from './plan.js';
import type { TransportName } from './target.js';

/** How far a run may go. `verify` reads and judges; `plan` also plans; `fix` and `revert` change after a decision. */
export type Mode = 'verify' | 'plan' | 'fix' | 'revert';

export type ParamValue = string | number | boolean;

/** What was asked, after parsing. `text` is the request as typed, for showing. */
export interface Request {
  readonly runbook: string;
  readonly verb: string;
  readonly mode: Mode;
  readonly selector: string;
  readonly params: Readonly<Record<string, ParamValue>>;
  /** Names of the params that were given; the others have their defaults. */
  readonly given: readonly string[];
  readonly text: string;
}

/** A sentence with the values that vary from host to host kept apart, so that equal sentences fold: `{0} % of {1}`. */
export interface Phrase {
  readonly template: string;
  readonly values: readonly (string | number | boolean)[];
}

/** What one check says of one target, with the lines it was read from. */
export interface Verdict {
  readonly check: string;
  readonly kind: VerdictKind;
  readonly severity: Severity;
  readonly message: Phrase;
  /** Of a failure: what happens if nothing is done, what mends it for good, what helps now. */
  readonly advice?: Readonly<Partial<Record<'consequence' | 'cure' | 'stopgap', Phrase>>>;
  readonly evidence: readonly string[];
}

/** One gathering of one target, judged and planned. Times are milliseconds since the epoch. */
export interface Observation {
  readonly target: string;
  readonly at: number;
  readonly durationMs: number;
  /** Why the target was not read; absent when it was. */
  readonly missed?: { readonly outcome: 'unreachable' | 'timed-out' | 'cancelled' | 'unknown'; readonly fault: Fault };
  readonly readings: Readonly<Record<string, Reading>>;
  readonly verdicts: readonly Verdict[];
  readonly steps: readonly Step[];
  readonly refusals: readonly { readonly change: string; readonly reason: string }[];
}

/** An observation of a target that could not be read: nothing is known of it, and nothing is planned for it. */
export const missedObservation = (
  target: string,
  missed: NonNullable<Observation['missed']>,
  times: Pick<Observation, 'at' | 'durationMs'>,
): Observation => ({ target, ...times, missed, readings: {}, verdicts: [], steps: [], refusals: [] });

/** What one attempt to change one target came to, with the observation made after it. */
export interface Application {
  readonly target: string;
  readonly attempt: string;
  readonly outcome: Exclude<Outcome, 'ok'>;
  /** Whether what was done was taken back at once; `false`: it could not be; `null`: it was not tried. */
  readonly reverted: boolean | null;
  readonly reason: string;
  readonly durationMs: number;
  readonly proof?: Observation;
}

/** Whether the host may stand changed by it, in whole or in part, or nobody knows. */
const leftChanged = ({ outcome, reverted, proof }: Application): boolean => {
  if (reverted === true) return false;
  if (outcome === 'failed') return reverted === false || proof !== undefined;
  return outcome === 'changed' || outcome === 'unknown' || outcome === 'timed-out';
};

/** What a later run found when it took a change back. `nothing`: the host had nothing of it (any more). */
export interface TakenBack {
  readonly run: string;
  readonly actor: Actor;
  readonly at: number;
  readonly found: 'change' | 'nothing';
}

/** What a run did that may still stand on its hosts: a revert takes back these, and is offered while there are any. */
export const standing = (run: Run): readonly Application[] =>
  run.opened.request.mode === 'fix' && run.phase === 'ended'
    ? [...run.applications.values()].filter((a) => leftChanged(a) && !run.takenBack.has(a.target))
    : [];

/** Who must decide. `requester`: no policy asks for approval, the requester presses Apply. */
export type Requirement =
  | { readonly kind: 'requester' }
  | { readonly kind: 'approval'; readonly approvers: readonly string[]; readonly selfApproval: boolean };

/** Who decided, on which digest, and the membership (usergroup or user ID) that entitled them at that moment. */
export interface Decision {
  readonly verdict: 'approved' | 'denied';
  readonly actor: Actor;
  readonly digest: string;
  readonly through: string;
  readonly at: number;
}

export type RunEvent =
  | {
      readonly kind: 'opened';
      readonly at: number;
      readonly actor: Actor;
      readonly origin: Origin;
      readonly request: Request;
      readonly targets: readonly {
        readonly name: string;
        readonly labels: Readonly<Record<string, string>>;
        readonly transport: TransportName;
        /** The zone whose workers alone reach it. */
        readonly zone?: string;
        /** The AWS instance that has the name; the name may pass to another one while the run is open. */
        readonly instance?: string;
      }[];
      /** What the selector asked for and is no host, as `resolve` says it. */
      readonly unmatched?: readonly string[];
      /** Most targets of a shard. */
      readonly shard: number;
      /** The run in whose thread this one goes on. */
      readonly parent?: string;
    }
  /** Written before anything is sent to these targets. `delivery` counts the times this shard was handed out. */
  | {
      readonly kind: 'started';
      readonly at: number;
      readonly stage: Stage;
      readonly shard: number;
      readonly delivery: number;
      readonly targets: readonly string[];
      /** The process that took it: machine and process ID. */
      readonly worker?: string;
    }
  | { readonly kind: 'observed'; readonly at: number; readonly observations: readonly Observation[] }
  | {
      readonly kind: 'planned';
      readonly at: number;
      readonly plan: Plan;
      readonly digest: string;
      readonly requirement: Requirement;
      readonly expiresAt: number;
      readonly waves: readonly (readonly string[])[];
      readonly stopAfterFailures: number;
    }
  | ({ readonly kind: 'decided' } & Decision)
  | { readonly kind: 'applied'; readonly at: number; readonly applications: readonly Application[] }
  /** Written before a change that did not convince is taken back: no other worker's "changed" counts from here on. */
  | { readonly kind: 'taking-back'; readonly at: number; readonly target: string }
  /** The run `by` took back what this one did on these hosts. Written after the end of this run, before that of the other. */
  | {
      readonly kind: 'reverted';
      readonly at: number;
      readonly by: string;
      readonly actor: Actor;
      readonly targets: readonly { readonly name: string; readonly found: TakenBack['found'] }[];
    }
  | { readonly kind: 'halted'; readonly at: number; readonly reason: string }
  | { readonly kind: 'cancelled'; readonly at: number; readonly actor: Actor }
  | { readonly kind: 'ended'; readonly at: number; readonly outcomes: Readonly<Record<string, Outcome>> };

/** `gather`: shard n of the run's targets. `apply`: shard n of all waves of the rollout, in their order. */
export type Stage = 'gather' | 'apply';

export type Phase = 'gathering' | 'deciding' | 'rolling-out' | 'ended';

/** A run as its events tell it. Immutable; `version` is the number of events folded. */
export interface Run {
  readonly id: string;
  readonly version: number;
  /** When its last event was written, ms since the epoch. */
  readonly touchedAt: number;
  readonly phase: Phase;
  readonly opened: Extract<RunEvent, { kind: 'opened' }>;
  readonly deliveries: ReadonlyMap<string, number>;
  readonly observations: ReadonlyMap<string, Observation>;
  readonly planned?: Extract<RunEvent, { kind: 'planned' }>;
  readonly decision?: Decision;
  readonly applications: ReadonlyMap<string, Application>;
  readonly takingBack: ReadonlySet<string>;
  readonly takenBack: ReadonlyMap<string, TakenBack>;
  readonly halted?: Extract<RunEvent, { kind: 'halted' }>;
  readonly cancelled?: Extract<RunEvent, { kind: 'cancelled' }>;
  readonly ended?: Extract<RunEvent, { kind: 'ended' }>;
}

/** Key of a shard in `Run.deliveries`. */
export const shardKey = (stage: Stage, shard: number): string => `${stage}-${shard}`;

/** The run after its first event. */
export const openRun = (id: string, opened: Extract<RunEvent, { kind: 'opened' }>): Run => ({
  id,
  version: 1,
  touchedAt: opened.at,
  phase: 'gathering',
  opened,
  deliveries: new Map(),
  observations: new Map(),
  applications: new Map(),
  takingBack: new Set(),
  takenBack: new Map(),
});

/** The run after one more event. The first observation and the first application of a target win; later ones are void. */
export const foldRun = (run: Run, event: RunEvent): Run => {
  const next = { ...run, version: run.version + 1, touchedAt: event.at };
  switch (event.kind) {
    case 'opened':
      return next;
    case 'started':
      return {
        ...next,
        deliveries: new Map(run.deliveries).set(shardKey(event.stage, event.shard), event.delivery),
      };
    case 'observed':
      return { ...next, observations: firstWins(run.observations, event.observations) };
    case 'planned':
      return { ...next, planned: event, phase: 'deciding' };
    case 'decided':
      return { ...next, decision: event, phase: event.verdict === 'approved' ? 'rolling-out' : run.phase };
    case 'applied':
      return { ...next, applications: firstWins(run.applications, event.applications.map(unlessTakenBack(run))) };
    case 'taking-back':
      return { ...next, takingBack: new Set(run.takingBack).add(event.target) };
    case 'reverted':
      return { ...next, takenBack: withReverted(run.takenBack, event) };
    case 'halted':
      return { ...next, halted: event };
    case 'cancelled':
      return { ...next, cancelled: event };
    case 'ended':
      return { ...next, ended: event, phase: 'ended' };
  }
};

const unlessTakenBack =
  (run: Run) =>
  (application: Application): Application =>
    application.outcome === 'changed' && run.takingBack.has(application.target)
      ? { ...application, outcome: 'unknown', reason: 'another worker was taking this change back' }
      : application;

const withReverted = (
  known: Run['takenBack'],
  { by, actor, at, targets }: Extract<RunEvent, { kind: 'reverted' }>,
): Run['takenBack'] =>
  new Map([...targets.map(({ name, found }) => [name, { run: by, actor, at, found }] as const), ...known]);

const firstWins = <T extends { readonly target: string }>(
  known: ReadonlyMap<string, T>,
  news: readonly T[],
): ReadonlyMap<string, T> => {
  const merged = new Map(known);
  for (const item of news) if (!merged.has(item.target)) merged.set(item.target, item);
  return merged;
};
