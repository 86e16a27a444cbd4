import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { userInfo } from 'node:os';
import { fault } from '../../core/fault.js';
import type { Target } from '../../core/target.js';
import type { Clock, Execution, Script, Transport } from '../../engine/ports.js';
import { endArguments, launchArguments } from '../shell/launch.js';
import { place } from '../shell/refusal.js';
import { converse, type Ended, type ShellChannel } from '../shell/session.js';

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Scripts on this machine, each in a session of its own and without Runbolt's environment, which holds its tokens. */
export const localTransport = (clock: Clock): Transport => {
  const closing = new AbortController();
  const running = new Set<Promise<Execution>>();
  return {
    async execute(target, script, signal) {
      const run = execute(target, script, AbortSignal.any([signal, closing.signal]), clock);
      running.add(run);
      try {
        return await run;
      } finally {
        running.delete(run);
      }
    },
    async close() {
      closing.abort();
      await Promise.allSettled(running);
    },
  };
};

const execute = async (target: Target, script: Script, signal: AbortSignal, clock: Clock): Promise<Execution> => {
  if (signal.aborted) return { kind: 'cancelled', sent: false };
  const startedAt = clock.now();
  const nonce = randomBytes(16).toString('hex');
  const seconds = Math.ceil(script.limitMs / 1000) + 1;
  const channel = start(launchArguments(script.become, nonce, seconds));
  const end = await converse(channel, {
    ...{ target, script, nonce, clock, startedAt, signal },
    endGroup: async (group) => {
      if (group < 2) return;
      const ender = start(endArguments(script.become, group));
      ender.stdout.resume();
      ender.stderr.resume();
      await ender.closed;
    },
  });
  if (end.kind !== 'broken') return end;
  const message = `${place(target)}: no shell could be started.`;
  return { kind: 'unreachable', fault: fault('shell_unusable', message, 'Check that `sh` is in /bin.') };
};

/** As login sets it. A user ID without a name, which a container may run under, has no home either. */
const whoRuns = (): Readonly<Record<string, string>> => {
  try {
    const { username, homedir } = userInfo();
    return { HOME: homedir, USER: username, LOGNAME: username };
  } catch {
    return { HOME: '/' };
  }
};

const start = ([program = 'sh', ...rest]: readonly string[]): ShellChannel => {
  const env = { PATH, ...whoRuns() };
  const child = spawn(program, rest, { env, cwd: '/', detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    ...ends(child),
    destroy: () => leave(child),
  };
};

const ends = (child: ChildProcess): Pick<ShellChannel, 'exited' | 'closed'> => {
  const exited = new Promise<Ended>((resolve) => {
    child.on('exit', (code, signal) => resolve(code === null ? { signal: signal ?? 'SIGKILL' } : { code }));
  });
  const closed = new Promise<Ended | undefined>((resolve) => {
    child.on('error', () => resolve(undefined));
    child.on('close', () => resolve(Promise.race([exited, undefined])));
  });
  return { exited, closed };
};

/** Lets go of the streams, so that a child left behind keeps neither us nor itself waiting. */
const leave = (child: ChildProcess): void => {
  child.stdin?.destroy();
  child.stdout?.destroy();
  child.stderr?.destroy();
  child.unref();
};
