import type { Clock } from '../../engine/ports.js';
import { type Report, runByAgent } from './agent.js';
import type { LocalHost } from './hosts.js';

export interface CommandPlan {
  readonly id: string;
  readonly region: string;
  readonly comment: string;
  readonly documentName: string;
  readonly documentVersion: string;
  /** Name of the document's step; the older schema 1.2 has none. */
  readonly step?: string;
  readonly parameters: Readonly<Record<string, readonly string[]>>;
  readonly hosts: readonly LocalHost[];
  readonly script: string;
  readonly workingDirectory?: string;
  /** Seconds a script may run, and seconds until it must have reached its host. */
  readonly executionTimeout: number;
  readonly deliveryTimeout: number;
  /** As given, such as `50` or `10%`, and as numbers of hosts. */
  readonly maxConcurrency: string;
  readonly maxErrors: string;
  readonly atOnce: number;
  readonly errorsAllowed: number;
  readonly bucket: string;
  readonly keyPrefix: string;
}

/** StatusDetails of an invocation, spelled as the API's enumerations are; `Status` follows from it. */
export type Details =
  | 'Pending'
  | 'Delayed'
  | 'InProgress'
  | 'Cancelling'
  | 'Success'
  | 'Failed'
  | 'Cancelled'
  | 'ExecutionTimedOut'
  | 'DeliveryTimedOut'
  | 'Terminated';

export interface Invocation {
  readonly host: LocalHost;
  details: Details;
  startedAt?: number;
  endedAt?: number;
  report?: Report;
  readonly cancel: AbortController;
}

export interface Command {
  readonly plan: CommandPlan;
  readonly requestedAt: number;
  readonly invocations: readonly Invocation[];
  /** Resolves when every invocation has ended. */
  readonly ended: Promise<void>;
}

export const hasEnded = ({ details }: Invocation): boolean =>
  !['Pending', 'Delayed', 'InProgress', 'Cancelling'].includes(details);

export interface DispatchOptions {
  readonly clock: Clock;
  /** Resolves once the host's agent takes the command: it is online, and one of its five workers is free. */
  readonly delivered: (host: LocalHost, signal: AbortSignal, onDelay: () => void) => Promise<() => void>;
  readonly onStart: (host: LocalHost) => void;
  readonly onEnd: (command: Command, invocation: Invocation) => void;
}

/** Sends a command out: as many hosts at once as it allows; beyond its allowed errors the rest is Terminated. */
export const dispatch = (plan: CommandPlan, options: DispatchOptions): Command => {
  const requestedAt = options.clock.now();
  const invocations = plan.hosts.map(
    (host): Invocation => ({ host, details: 'Pending', cancel: new AbortController() }),
  );
  let errors = 0;
  const carry = async (invocation: Invocation): Promise<void> => {
    if (invocation.cancel.signal.aborted) invocation.details = 'Cancelled';
    else if (errors > plan.errorsAllowed) invocation.details = 'Terminated';
    else await deliver(plan, invocation, options);
    if (invocation.details === 'Failed' || invocation.details === 'ExecutionTimedOut') errors += 1;
    invocation.endedAt = options.clock.now();
    options.onEnd(command, invocation);
  };
  const waiting = [...invocations];
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await carry(next);
  };
  const ended = Promise.resolve()
    .then(() => Promise.all(Array.from({ length: Math.min(plan.atOnce, invocations.length) }, lane)))
    .then(() => {});
  const command: Command = { plan, requestedAt, invocations, ended };
  return command;
};

const deliver = async (plan: CommandPlan, invocation: Invocation, options: DispatchOptions): Promise<void> => {
  const { host, cancel } = invocation;
  const late = new AbortController();
  const waiting = AbortSignal.any([cancel.signal, late.signal]);
  const deadline = options.clock.sleep(plan.deliveryTimeout * 1000, waiting).then(
    () => late.abort(),
    () => {},
  );
  let release: () => void;
  try {
    release = await options.delivered(host, waiting, () => {
      invocation.details = 'Delayed';
    });
  } catch {
    invocation.details = cancel.signal.aborted ? 'Cancelled' : 'DeliveryTimedOut';
    return;
  }
  late.abort();
  await deadline;
  invocation.details = 'InProgress';
  invocation.startedAt = options.clock.now();
  try {
    const report = await runByAgent(
      host,
      { commandId: plan.id, ...plan },
      {
        clock: options.clock,
        cancelled: cancel.signal,
        onStart: () => options.onStart(host),
      },
    );
    invocation.report = report;
    invocation.details = report.status === 'TimedOut' ? 'ExecutionTimedOut' : report.status;
  } finally {
    release();
  }
};

/** Asks for the end of those invocations that have not ended. */
export const cancel = (command: Command, instances: readonly string[]): void => {
  for (const invocation of command.invocations) {
    if (hasEnded(invocation) || (instances.length > 0 && !instances.includes(invocation.host.instance))) continue;
    invocation.details = 'Cancelling';
    invocation.cancel.abort();
  }
};

export const statusOf = (details: Details): string => {
  if (details === 'ExecutionTimedOut' || details === 'DeliveryTimedOut') return 'TimedOut';
  return details === 'Terminated' ? 'Cancelled' : details;
};
