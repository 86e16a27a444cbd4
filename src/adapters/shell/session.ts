import type { Readable, Writable } from 'node:stream';
import { fault } from '../../core/fault.js';
import type { Target } from '../../core/target.js';
import type { Clock, Execution, Script } from '../../engine/ports.js';
import { CUT_CODE, payload } from './launch.js';
import { Reception } from './reception.js';
import { place, refusalOf } from './refusal.js';

/** How a program ended, in the host's own words. */
export type Ended = { readonly code: number } | { readonly signal: string };

/** A program that was started with `launchArguments`, on whatever carries its three streams. */
export interface ShellChannel {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** The program's end, as soon as it is told; never when it is not told. */
  readonly exited: Promise<Ended>;
  /** Nothing more will come; with the program's end if it was told. */
  readonly closed: Promise<Ended | undefined>;
  destroy(): void;
}

export interface SessionContext {
  readonly target: Target;
  readonly script: Script;
  readonly nonce: string;
  readonly clock: Clock;
  /** Milliseconds since the epoch at which the script was asked for; its limit counts from here. */
  readonly startedAt: number;
  readonly signal: AbortSignal;
  /** Ends the process group of the script. Takes as long as it takes; the session waits at most 4 s. */
  endGroup(group: number): Promise<void>;
}

const END_WAIT_MS = 4_000;
/** A program that ended may have left a child that holds its streams: so long they may be silent before we leave. */
const SILENCE_MS = 2_000;

/** `broken`: the channel was cut before anything was sent. */
export const converse = async (
  channel: ShellChannel,
  context: SessionContext,
): Promise<Execution | { kind: 'broken' }> => {
  const { target, script, nonce, clock, startedAt, signal } = context;
  const done = new AbortController();
  const reception = listen(channel, nonce, script.maxBytes);
  const stopped = stop(clock, startedAt + script.limitMs, AbortSignal.any([signal, done.signal]), signal);
  const ended = Promise.race([channel.closed, outlived(channel, reception, clock, done.signal)]);
  try {
    const start = await Promise.race([reception.ready, stopped, ended.then((end) => ({ end }))]);
    if (start === 'abort') return { kind: 'cancelled', sent: false };
    if (start === 'limit') return { kind: 'unreachable', fault: tooSlow(target, script.limitMs) };
    if (typeof start === 'object') {
      if (start.end === undefined) return { kind: 'broken' };
      return { kind: 'unreachable', fault: refusalOf(target, script.become, reception.noise(), describe(start.end)) };
    }
    channel.stdin.end(payload(script.text, nonce));
    const end = await Promise.race([stopped, ended]);
    if (end === 'abort' || end === 'limit') {
      await Promise.race([context.endGroup(start), clock.sleep(END_WAIT_MS, done.signal).catch(() => {})]);
      if (end === 'abort') return { kind: 'cancelled', sent: true };
      return { kind: 'timed-out', limitMs: script.limitMs, output: reception.output() };
    }
    return conclude(end, reception, context);
  } finally {
    done.abort();
    channel.destroy();
  }
};

const conclude = (end: Ended | undefined, reception: Reception, context: SessionContext): Execution => {
  const { target, nonce, clock, startedAt } = context;
  const output = reception.output();
  const durationMs = clock.now() - startedAt;
  if (end === undefined) {
    const message = `${place(target)}: the connection was lost while the script ran, so its end is not known.`;
    return { kind: 'lost', fault: fault('connection_lost', message, 'Look at the host, then run it again.'), output };
  }
  if ('signal' in end) return { kind: 'signalled', signal: end.signal, output, durationMs };
  if (end.code === CUT_CODE && output.stderr.includes(`${nonce}=cut;`)) {
    const message = `${place(target)}: only part of the script arrived, so nothing was run.`;
    return { kind: 'unreachable', fault: fault('connection_lost', message, 'Run it again.') };
  }
  return { kind: 'exited', code: end.code, output, durationMs };
};

const listen = (channel: ShellChannel, nonce: string, maxBytes: number): Reception => {
  const reception = new Reception(nonce, maxBytes);
  channel.stdout.on('data', (chunk: Buffer) => reception.stdout(chunk));
  channel.stderr.on('data', (chunk: Buffer) => reception.stderr(chunk));
  for (const stream of [channel.stdin, channel.stdout, channel.stderr]) stream.on('error', () => {});
  return reception;
};

const stop = async (clock: Clock, at: number, either: AbortSignal, asked: AbortSignal): Promise<'limit' | 'abort'> => {
  await clock.sleep(Math.max(0, at - clock.now()), either).catch(() => {});
  return asked.aborted ? 'abort' : 'limit';
};

const outlived = async (
  channel: ShellChannel,
  reception: Reception,
  clock: Clock,
  done: AbortSignal,
): Promise<Ended> => {
  const end = await channel.exited;
  for (let seen = -1; seen !== reception.chunks && !done.aborted; ) {
    seen = reception.chunks;
    await clock.sleep(SILENCE_MS, done).catch(() => {});
  }
  return end;
};

const describe = (end: Ended): string => ('code' in end ? `exit code ${end.code}` : end.signal);

const tooSlow = (target: Target, limitMs: number) =>
  fault(
    'host_timeout',
    `${place(target)}: no shell was ready within ${limitMs / 1000} s.`,
    'Check the load of the host and its login scripts, or allow more time.',
  );
