import { spawn } from 'node:child_process';
import { cleanLine, decode } from '../../core/text.js';
import type { Surroundings } from './source.js';

const LIMIT_MS = 30_000;
const MAX_OUTPUT = 16 * 1024 * 1024;
const MAX_ERRORS = 64 * 1024;

export type Printed = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly why: string };

/**
 * Runs a program without a shell and gives what it printed: within 30 s and 16 MiB, or why not, with the end of what it
 * said on standard error. Its process group is ended with it.
 */
export const runCommand = (
  [program = '', ...args]: readonly string[],
  { directory, variables }: Pick<Surroundings, 'directory' | 'variables'>,
  signal: AbortSignal,
  limitMs = LIMIT_MS,
): Promise<Printed> =>
  new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: directory,
      env: { ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      shell: false,
    });
    const printed: Buffer[] = [];
    let size = 0;
    let errors = Buffer.alloc(0);
    let stopped: string | undefined;
    const stop = (why: string) => {
      stopped ??= why;
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has ended already.
      }
      // What it started may hold its output open.
      child.stdout.destroy();
      child.stderr.destroy();
    };
    const late = setTimeout(() => stop(`it did not end within ${limitMs / 1000} s`), limitMs);
    const onAbort = () => stop('Runbolt stops');
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    const end = (result: Printed) => {
      clearTimeout(late);
      signal.removeEventListener('abort', onAbort);
      resolve(result);
    };
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_OUTPUT) stop('it printed more than 16 MiB');
      else printed.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      errors = Buffer.concat([errors, chunk]).subarray(-MAX_ERRORS);
    });
    child.on('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'ENOENT' ? 'there is no such program' : (error.code ?? error.message);
      end({ ok: false, why: `${program}: ${why}` });
    });
    child.on('close', (code, killed) => {
      const said = cleanLine(decode(errors).trim().slice(-400), 300);
      const words = said === '' ? '' : `; it said: ${said}`;
      if (stopped !== undefined) end({ ok: false, why: `${stopped}${words}` });
      else if (code !== 0) end({ ok: false, why: `it ended with ${code ?? killed}${words}` });
      else end({ ok: true, text: decode(Buffer.concat(printed)) });
    });
  });
