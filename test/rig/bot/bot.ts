import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../../bin/runbolt.js', import.meta.url));

/** What a finished program left. */
export interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the built program to its end. */
export const runbolt = async (
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string; readonly input?: string } = {},
): Promise<Finished> => {
  return startProgram(args, options).ended;
};

/** A program on its way. */
export interface Started {
  /** What it has said on standard error so far. */
  err(): string;
  signal(name: NodeJS.Signals): void;
  readonly ended: Promise<Finished>;
}

export const startProgram = (
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string; readonly input?: string } = {},
): Started => {
  const child = start(args, options);
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => err.push(chunk));
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(options.input ?? '');
  const text = (chunks: readonly Buffer[]) => Buffer.concat(chunks).toString();
  return {
    err: () => text(err),
    signal: (name) => void child.kill(name),
    ended: once(child, 'close').then(([code]) => ({
      code: typeof code === 'number' ? code : null,
      out: text(out),
      err: text(err),
    })),
  };
};

/** A program that stays: the bot, or the demo. */
export class Bot {
  private constructor(
    readonly child: ChildProcess,
    private readonly said: () => string,
  ) {}

  /** Resolves when it has said that it is ready; fails with what it said when it ends before. */
  static async start(
    args: readonly string[],
    options: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string },
  ): Promise<Bot> {
    const child = start(args, options);
    let said = '';
    const ready = new Promise<void>((resolve, reject) => {
      const hear = (chunk: unknown) => {
        said += String(chunk);
        if (/\bis ready\b/.test(said)) resolve();
      };
      child.stdout?.on('data', hear);
      child.stderr?.on('data', hear);
      child.on('close', (code) => reject(new Error(`ended with ${code} before it was ready: ${said}`)));
    });
    child.stdin?.end();
    await ready;
    return new Bot(child, () => said);
  }

  get output(): string {
    return this.said();
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill(signal);
    await gone;
  }
}

const start = (
  args: readonly string[],
  { env = {}, cwd }: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string },
): ChildProcess => {
  const { PATH = '', HOME = '/root' } = process.env;
  return spawn(process.execPath, [PROGRAM, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH, HOME, ...env },
    ...(cwd !== undefined && { cwd }),
  });
};
