import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { descendants, isAlive, namespaceOf, processesInNamespaces } from './traces.js';

const PROGRAM = fileURLToPath(new URL('../../../bin/runbolt.js', import.meta.url));

/** `runbolt demo` with a temporary directory of its own, so that it meets no other demo and shows what it leaves. */
export class DemoLine {
  readonly directory = mkdtempSync(join(tmpdir(), 'runbolt-thread-'));
  readonly child: ChildProcess;
  readonly ended: Promise<unknown>;
  out = '';
  err = '';
  private readonly pids = new Set<number>();
  private readonly namespaces = new Set<string>();

  constructor(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    const { PATH = '', HOME = '/root' } = process.env;
    this.child = spawn(process.execPath, [PROGRAM, 'demo', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH, HOME, TMPDIR: this.directory, ...environment },
    });
    this.ended = once(this.child, 'close');
    this.child.stdout?.on('data', (chunk) => {
      this.out += String(chunk);
      this.look();
    });
    this.child.stderr?.on('data', (chunk) => {
      this.err += String(chunk);
    });
  }

  /** Remembers its processes and the network namespaces that it made. */
  private look(): void {
    const own = namespaceOf(process.pid, 'net');
    for (const pid of descendants(this.child.pid ?? 0)) {
      this.pids.add(pid);
      const namespace = namespaceOf(pid, 'net');
      if (namespace !== undefined && namespace !== own) this.namespaces.add(namespace);
    }
  }

  get seen(): { readonly processes: number; readonly namespaces: number } {
    return { processes: this.pids.size, namespaces: this.namespaces.size };
  }

  /** Everything of it that is still there. */
  left(): readonly string[] {
    return [
      ...[...this.pids].filter(isAlive).map((pid) => `process ${pid}`),
      ...processesInNamespaces(this.namespaces).map((pid) => `process ${pid} in a namespace`),
      ...readdirSync(this.directory).map((name) => `file ${name}`),
    ];
  }

  async remove(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
    rmSync(this.directory, { recursive: true, force: true });
  }
}
