import { AsyncLocalStorage } from 'node:async_hooks';
import { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';

/**
 * The programs that are started within a call. The SDK runs a `credential_process` by `exec`, without a limit and without
 * handing it out; Node tells of each process on its channel `child_process`.
 */
export class Programs {
  private readonly here = new AsyncLocalStorage<true>();
  private readonly started = new Set<ChildProcess>();
  private ended = false;

  async within<T>(call: () => Promise<T>): Promise<T> {
    const note = (message: unknown) => {
      if (!this.here.getStore() || typeof message !== 'object' || message === null || !('process' in message)) return;
      const { process: child } = message;
      if (!(child instanceof ChildProcess)) return;
      this.started.add(child);
      child.once('exit', () => this.started.delete(child));
      // The SDK runs a program that failed a second time.
      if (this.ended) child.once('spawn', () => kill(child));
    };
    subscribe('child_process', note);
    try {
      return await this.here.run(true, call);
    } finally {
      unsubscribe('child_process', note);
      this.here.disable();
    }
  }

  /** Ends those that run, and those that are started from now on. */
  end(): void {
    this.ended = true;
    for (const child of this.started) kill(child);
  }
}

const kill = (child: ChildProcess): void => {
  // `exec` starts a shell, and what that started goes on without it.
  for (const pid of child.pid === undefined ? [] : descendants(child.pid)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
  child.kill('SIGKILL');
  for (const stream of child.stdio) stream?.destroy();
};

/** Children and theirs, where the kernel tells of them. */
const descendants = (pid: number, depth = 0): readonly number[] => {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
    return depth > 8 ? children : children.flatMap((child) => [...descendants(child, depth + 1), child]);
  } catch {
    return [];
  }
};
