import type { Clock } from '../../engine/ports.js';
import type { AgentTask, LocalHost, RunningTask } from './hosts.js';

/** What an agent reports of a script: `code` 137 when it was stopped, -1 when a signal ended it. */
export interface Report {
  readonly status: 'Success' | 'Failed' | 'TimedOut' | 'Cancelled';
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

export interface Assignment {
  readonly commandId: string;
  readonly script: string;
  readonly workingDirectory?: string;
  /** Seconds that the script may run. */
  readonly executionTimeout: number;
}

export interface AgentOptions {
  readonly clock: Clock;
  readonly cancelled: AbortSignal;
  /** Told each time that the script is really started. */
  readonly onStart: () => void;
}

const REBOOT = 194;
const STOPPED = 137;
/** A script that asks for a reboot for ever ends here; the service has no such bound. */
const REBOOTS = 20;
/** Of both streams together; the rest is drained. */
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Runs a script as amazon-ssm-agent does (executers.go, runscript.go, pluginutil_unix.go): it waits until nothing holds
 * the script's output; a time-out or a cancel kills the process group and waits for nothing; 194 reboots the host and
 * runs the script again, its output appended; a failure is told in a last line of standard error.
 */
export const runByAgent = async (
  host: LocalHost,
  assignment: Assignment,
  { clock, cancelled, onStart }: AgentOptions,
): Promise<Report> => {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  const report = (status: Report['status'], code: number, last = ''): Report => ({
    status,
    code,
    stdout: Buffer.concat(stdout),
    stderr: Buffer.concat([...stderr, Buffer.from(last)]),
  });
  for (let reboot = 0; reboot <= REBOOTS; reboot += 1) {
    onStart();
    const end = await runOnce(host, assignment, clock, cancelled, stdout, stderr);
    if (end.kind === 'cancelled') return report('Cancelled', STOPPED);
    if (end.kind === 'timed-out') return report('TimedOut', STOPPED);
    if (end.signal !== undefined) return report('Failed', -1, `failed to run commands: signal: ${end.signal}`);
    if (end.code === 0) return report('Success', 0);
    // The agent takes a script that ends so by itself for one that it stopped.
    if (end.code === STOPPED) return report('TimedOut', STOPPED);
    if (end.code !== REBOOT) return report('Failed', end.code, `failed to run commands: exit status ${end.code}`);
  }
  return report('Failed', REBOOT, `failed to run commands: ${REBOOTS} reboots`);
};

type End =
  | { readonly kind: 'exited'; readonly code: number; readonly signal?: string }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'timed-out' };

const runOnce = async (
  host: LocalHost,
  { commandId, script, workingDirectory, executionTimeout }: Assignment,
  clock: Clock,
  cancelled: AbortSignal,
  stdout: Buffer[],
  stderr: Buffer[],
): Promise<End> => {
  if (cancelled.aborted) return { kind: 'cancelled' };
  const task = started(host, {
    commandId,
    script,
    ...(workingDirectory === undefined ? {} : { workingDirectory }),
    environment: {
      AWS_SSM_INSTANCE_ID: host.instance,
      AWS_SSM_REGION_NAME: host.region,
      SSM_COMMAND_ID: commandId,
    },
  });
  if (task instanceof Error) {
    stderr.push(Buffer.from(`${task.message}\n`));
    return { kind: 'exited', code: 1 };
  }
  const stop = new AbortController();
  const end = await Promise.race([
    exitOf(task, stdout, stderr),
    firing(cancelled, stop.signal).then((): End => ({ kind: 'cancelled' })),
    clock.sleep(executionTimeout * 1000, stop.signal).then(
      (): End => ({ kind: 'timed-out' }),
      () => new Promise<never>(() => {}),
    ),
  ]);
  stop.abort();
  if (end.kind !== 'exited') {
    task.child.stdout?.destroy();
    task.child.stderr?.destroy();
    task.kill();
  }
  return end;
};

const started = (host: LocalHost, task: AgentTask): RunningTask | Error => {
  try {
    return host.run(task);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
};

/** Resolves once `signal` fires, or never after `unless` has. */
const firing = (signal: AbortSignal, unless: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true, signal: unless });
  });

const exitOf = ({ child }: RunningTask, stdout: Buffer[], stderr: Buffer[]): Promise<End> =>
  new Promise((resolve) => {
    let kept = 0;
    const keep = (into: Buffer[]) => (chunk: Buffer) => {
      kept += chunk.length;
      if (kept <= MAX_BYTES) into.push(chunk);
    };
    child.stdout?.on('data', keep(stdout)).on('error', () => {});
    child.stderr?.on('data', keep(stderr)).on('error', () => {});
    child.once('error', () => resolve({ kind: 'exited', code: 1 }));
    child.once('close', (code, signal) => {
      resolve({ kind: 'exited', code: code ?? -1, ...(signal === null ? {} : { signal: SIGNALS[signal] ?? signal }) });
    });
  });

/** As Go's os/exec words them. */
const SIGNALS: Readonly<Record<string, string>> = {
  SIGKILL: 'killed',
  SIGTERM: 'terminated',
  SIGSEGV: 'segmentation fault',
};
