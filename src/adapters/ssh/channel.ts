import type { Client, ClientChannel } from 'ssh2';
import type { Clock } from '../../engine/ports.js';
import type { Ended, ShellChannel } from '../shell/session.js';

/** Why a command could not be started on a connection. Nothing was sent to it. */
export type OpenFailure =
  /** The connection is dead, or did not answer in time. */
  | { readonly ok: false; readonly kind: 'dead' }
  /** The host allows no further channel on it (MaxSessions). */
  | { readonly ok: false; readonly kind: 'full' }
  /** The host does not run commands for this user. */
  | { readonly ok: false; readonly kind: 'refused' };

/** Starts a command on a connection; the signal, and `ms` if given, bound the wait for the host's answer. */
export const openChannel = (
  client: Client,
  command: string,
  ms: number | undefined,
  clock: Clock,
  signal: AbortSignal,
): Promise<OpenFailure | { readonly ok: true; readonly channel: ShellChannel }> =>
  new Promise((resolve) => {
    const done = new AbortController();
    let late = false;
    const dead = () => {
      late = true;
      resolve({ ok: false, kind: 'dead' });
    };
    signal.addEventListener('abort', dead, { once: true });
    done.signal.addEventListener('abort', () => signal.removeEventListener('abort', dead));
    if (ms !== undefined) void clock.sleep(ms, AbortSignal.any([signal, done.signal])).then(dead, dead);
    try {
      client.exec(command, (error, stream) => {
        done.abort();
        if (error) return resolve({ ok: false, kind: kindOf(error) });
        if (late) return stream.destroy();
        resolve({ ok: true, channel: shellChannel(stream) });
      });
    } catch {
      done.abort();
      resolve({ ok: false, kind: 'dead' });
    }
  });

const kindOf = (error: Error): OpenFailure['kind'] => {
  if ('reason' in error) return 'full';
  return /unable to exec/i.test(error.message) ? 'refused' : 'dead';
};

const shellChannel = (stream: ClientChannel): ShellChannel => {
  const exited = new Promise<Ended>((resolve) => {
    stream.on('exit', (code: number | null, signal?: string) => {
      resolve(code === null ? { signal: signal ?? 'SIGKILL' } : { code });
    });
  });
  const closed = new Promise<Ended | undefined>((resolve) => {
    stream.on('close', () => resolve(Promise.race([exited, undefined])));
  });
  return { stdin: stream, stdout: stream, stderr: stream.stderr, exited, closed, destroy: () => stream.destroy() };
};
