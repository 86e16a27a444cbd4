import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Removes a directory when this process has ended, by whatever it ended. */
export interface Keeper {
  /** Removes it now. */
  end(): Promise<void>;
}

/**
 * A shell that waits for the end of a pipe which only this process holds open: the kernel closes it when the process
 * dies, also by SIGKILL, and then the shell removes the directory.
 */
export const removedWithUs = (directory: string): Keeper => {
  const script = 'trap "" INT TERM HUP; cat >/dev/null; rm -rf -- "$1"';
  const child = spawn('sh', ['-c', script, 'runbolt-keeper', directory], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  child.on('error', () => undefined);
  child.unref();
  return {
    end: async () => {
      child.ref();
      const gone = once(child, 'exit');
      child.stdin.end();
      await gone;
    },
  };
};
