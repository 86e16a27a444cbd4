import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

/** Why no private host can be made here; undefined when one can. */
export const noPrivateHost = (): string | undefined =>
  spawnSync('unshare', ['-m', '-n', 'true']).status === 0 ? undefined : 'needs root: unshare -m -n is refused';

/** A mount, network and pid namespace with an empty /var/lib and a writable copy of /etc: a host to change for real. */
export class PrivateHost {
  private constructor(
    private readonly child: ChildProcess,
    private readonly pid: number,
  ) {}

  static async start(): Promise<PrivateHost> {
    const script = `mount --make-rprivate / && mount -t tmpfs none /var/lib && mkdir /tmp/.e.$$ && \
mount -t tmpfs none /tmp/.e.$$ && cp -a /etc/. /tmp/.e.$$ 2>/dev/null; mount --move /tmp/.e.$$ /etc; rmdir /tmp/.e.$$; \
ip link set lo up; echo ready; exec sleep 1000`;
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'unshare', '-m', '-n', 'sh', '-c', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (child.stdout) await once(child.stdout, 'data');
    if (child.pid === undefined) throw new Error('unshare did not start');
    return new PrivateHost(child, child.pid);
  }

  /** Runs a script on the host by `sh -s`, in a process group of its own. */
  run(script: string): { code: number | null; stdout: Buffer } {
    const done = spawnSync('nsenter', [...this.enter(), 'sh', '-s'], { input: script, maxBuffer: 1 << 24 });
    return { code: done.status, stdout: done.stdout };
  }

  /** The same without waiting for it. */
  spawn(script: string): ChildProcess {
    const child = spawn('nsenter', [...this.enter(), 'sh', '-s'], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    child.stdin?.end(script);
    return child;
  }

  async stop(): Promise<void> {
    this.child.kill('SIGKILL');
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
  }

  private enter(): readonly string[] {
    return ['-t', String(this.pid), '-m', '-n'];
  }
}
