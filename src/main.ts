import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { z } from 'zod';
import { deeds } from './composition/deeds.js';
import { onRefusal, refusalWish } from './composition/on-refusal.js';
import { errorRecord } from './core/error-record.js';
import type { Terminal } from './doors/cli/ask.js';
import { printable } from './doors/cli/printable.js';
import { runProgram } from './doors/cli/program.js';

/** How long what is left over may go on after the end of a command, ms. */
const LEFT_OVER_MS = 2_000;

/** The program: reads the command line and the environment, and ends the process with the exit code. */
export const main = async (): Promise<void> => {
  // What the AWS SDK says of its own coming releases is for who builds with it.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const ending = new AbortController();
  let signals = 0;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      ending.abort();
      if (++signals > 1) process.exit(130);
    });
  }
  process.on('unhandledRejection', (error) => {
    process.stderr.write(`a mistake in Runbolt: ${JSON.stringify(errorRecord(error))}\n`);
  });
  // Who reads no further (`| head`) is no mistake; the command goes on to its end.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const terminal = processTerminal();
  const argv = process.argv.slice(2);
  try {
    const code = await runProgram(argv, version(), deeds(process.env, terminal, ending.signal), terminal);
    const wish = refusalWish(argv, process.env.RUNBOLT_ON_REFUSAL);
    process.exitCode = await onRefusal(code, wish, terminal, ending.signal);
  } catch (error) {
    terminal.err(`A mistake in Runbolt: ${error instanceof Error ? error.message : String(error)}`);
    terminal.err('Set RUNBOLT_LOG=debug to see where, and tell its makers.');
    if (process.env.RUNBOLT_LOG === 'debug') process.stderr.write(`${error instanceof Error ? error.stack : ''}\n`);
    process.exitCode = 3;
  }
  // Written is all by then. What a library still waits for must not keep the process.
  setTimeout(() => process.exit(), LEFT_OVER_MS).unref();
};

const processTerminal = (): Terminal => ({
  out: (text) => void process.stdout.write(`${printable(text)}\n`),
  err: (text) => void process.stderr.write(`${printable(text)}\n`),
  ...(process.stdin.isTTY && process.stderr.isTTY && { confirm }),
  input,
});

const MAX_INPUT = 150_000;

const input = async (): Promise<string> => {
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) text = (text + String(chunk)).slice(-MAX_INPUT);
  return text;
};

const confirm = async (question: string, signal: AbortSignal): Promise<boolean> => {
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await prompt.question(`${question} [y/N] `, { signal })).trim());
  } catch {
    return false;
  } finally {
    prompt.close();
  }
};

const version = (): string => {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
};
