import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { failure, ok, type Result } from '../../core/fault.js';
import { type Machine, whereIs } from '../machine.js';
import { type NamespaceMode, unshareArguments } from './ability.js';

/** Where a room is. */
export interface Place {
  /** Process ID of the room's init, as this process sees it. */
  readonly pid: number;
  /** Arguments of `nsenter` that put a program into the room, without rights over the machine's clock and devices. */
  readonly entry: readonly string[];
}

/** An init process with namespaces of its own. Nothing of it outlives `stop`, its own end, or the end of this process. */
export interface Room extends Place {
  /** The process that holds the room, for messages over its channel. */
  readonly child: ChildProcess;
  /** Resolves when every process of the room is gone. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

export interface RoomPlan {
  readonly name: string;
  readonly mode: NamespaceMode;
  readonly machine: Machine;
  /** POSIX sh, the room's init. It prints `ready` when all is up, and has to end with `WAIT_FOR_PARENT`. */
  readonly script: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Opens a channel for messages and handles on file descriptor 3. */
  readonly channel?: boolean;
  readonly signal: AbortSignal;
  readonly onComplaint: (line: string) => void;
}

/** Wall-clock bound on a room's start, in ms. */
export const START_LIMIT_MS = 20_000;

/**
 * First and last lines of every room's script. Descriptor 9 is a pipe from the parent: at its end the init ends, and the
 * kernel ends all else in the process namespace. So a parent that dies before `--pdeathsig` is armed is seen as well.
 */
export const PREAMBLE = `set -eu
read -r outer rest < /proc/self/stat
echo "pid $outer"
exec 9<&0 < /dev/null
`;
export const WAIT_FOR_PARENT = `exec sh -c 'cat <&9 > /dev/null & wait "$!"' init\n`;

/** Starts a room and resolves when it is ready. Faults: `demo_unavailable` with what its script complained of. */
export const startRoom = async (plan: RoomPlan): Promise<Result<Room>> => {
  const child = spawn(
    whereIs(plan.machine, 'setpriv') ?? 'setpriv',
    [...unshareArguments(plan.mode), 'sh', '-c', PREAMBLE + plan.script],
    {
      cwd: '/',
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe', ...(plan.channel ? (['ipc'] as const) : [])],
      env: { PATH: plan.machine.searchPath, LC_ALL: 'C', ...plan.environment },
    },
  );
  child.stdin?.on('error', () => {});
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => resolve());
  });
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  const complaints: string[] = [];
  let pid = 0;
  const ready = new Promise<boolean>((resolve) => {
    if (child.stdout !== null)
      createInterface(child.stdout).on('line', (line) => {
        const told = /^pid (\d+)$/.exec(line)?.[1];
        if (told !== undefined) pid = Number(told);
        if (line === 'ready') resolve(true);
      });
    if (child.stderr !== null)
      createInterface(child.stderr).on('line', (line) => {
        if (complaints.push(line.slice(0, 300)) > 20) complaints.shift();
        plan.onComplaint(line.slice(0, 300));
      });
    ended.then(
      () => resolve(false),
      () => resolve(false),
    );
  });
  const onAbort = (): void => {
    child.kill('SIGKILL');
  };
  plan.signal.addEventListener('abort', onAbort, { once: true });
  if (plan.signal.aborted) onAbort();
  const timer = setTimeout(onAbort, START_LIMIT_MS);
  const up = await ready;
  clearTimeout(timer);
  if (!up || pid === 0) {
    await stop();
    plan.signal.removeEventListener('abort', onAbort);
    return failure(
      'demo_unavailable',
      `${plan.name} of the demo did not start: ${complaints.join(' ') || 'it ended without a word'}.`,
      'Try the demo as root, with node outside of /tmp.',
    );
  }
  ended.then(
    () => plan.signal.removeEventListener('abort', onAbort),
    () => {},
  );
  return ok({ pid, child, entry: entryOf(pid, plan.mode), ended, stop });
};

export const entryOf = (pid: number, mode: NamespaceMode): readonly string[] => {
  const user = mode === 'user' ? ['-U', '--preserve-credentials'] : [];
  return ['-t', String(pid), ...user, '-m', '-n', '-p', '-u', '-i', '--', ...CONFINED];
};

/** Namespaces do not cover these: what a host's root did with them would reach the machine. */
const CONFINED = ['setpriv', '--bounding-set=-sys_time,-sys_module,-sys_rawio,-sys_boot,-mknod,-syslog'] as const;

/** One word of POSIX sh that stands for exactly this text. */
export const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
