import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A Node process of a test, spoken to by lines. It dies with this process. */
export interface Child {
  readonly lines: readonly string[];
  /** The first line that matches, also of those already printed. Throws when the process ends or 20 s pass before. */
  line(pattern: RegExp): Promise<string>;
  /** Ends it with SIGKILL and waits until it is gone. */
  kill(): Promise<void>;
}

export const startChild = (
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Child => {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', process.execPath, script, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const lines: string[] = [];
  let errors = '';
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const check of [...waiting]) check();
  };
  let silent = false;
  createInterface(child.stdout)
    .on('line', (line) => {
      lines.push(line);
      wake();
    })
    .on('close', () => {
      silent = true;
      wake();
    });
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const exited = once(child, 'exit');
  return {
    lines,
    line: (pattern) =>
      new Promise((resolve, reject) => {
        const end = (settle: () => void) => {
          clearTimeout(timer);
          waiting.delete(check);
          settle();
        };
        const said = () => `${lines.join('\n')}\n${errors}`.slice(-2_000);
        const timer = setTimeout(
          () => end(() => reject(new Error(`No line ${pattern} within 60 s: ${said()}`))),
          60_000,
        );
        const check = () => {
          const found = lines.find((line) => pattern.test(line));
          if (found !== undefined) end(() => resolve(found));
          else if (silent) {
            end(() => reject(new Error(`It ended without a line ${pattern}: ${said()}`)));
          }
        };
        waiting.add(check);
        check();
      }),
    async kill() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await exited;
      }
    },
  };
};
