import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Why no rooms can be made here; undefined when they can. */
export const roomsMissing = (): string | undefined => {
  if (process.getuid?.() !== 0) return 'needs root, for mount namespaces';
  try {
    execFileSync('unshare', ['--mount', 'true'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'unshare --mount is not possible here';
  }
};

/**
 * Hosts that are this machine with a /run and a /var/lib of their own: their processes can be looked at, and what they
 * leave is under `directory`.
 */
export class Rooms {
  readonly directory = mkdtempSync(join(tmpdir(), 'runbolt-rooms-'));

  lib(name: string): string {
    return join(this.directory, name, 'lib');
  }

  run(name: string): string {
    return join(this.directory, name, 'run');
  }

  /** Starts a program in the room, in a process group of its own. */
  start(name: string, program: readonly string[], env: NodeJS.ProcessEnv = process.env): ChildProcess {
    mkdirSync(this.lib(name), { recursive: true });
    mkdirSync(this.run(name), { recursive: true });
    const enter = 'mount --bind "$1" /var/lib && mount --bind "$2" /run && shift 2 && exec "$@"';
    const words = ['--mount', 'sh', '-c', enter, 'room', this.lib(name), this.run(name), ...program];
    return spawn('unshare', words, { detached: true, env, stdio: ['pipe', 'pipe', 'pipe'] });
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
