import type { Actor } from '../../core/actor.js';
import { type ExitCode, exitCodeOf, type Fault, fault } from '../../core/fault.js';
import { exitCodeOfRun } from './exit-code.js';
import type { Glimpse, Line } from './line.js';

/** The terminal, as far as a request needs one. */
export interface Terminal {
  readonly out: (text: string) => void;
  /** Progress and faults. */
  readonly err: (text: string) => void;
  /** Asks a yes-or-no question; undefined where nobody can answer (no terminal). */
  readonly confirm?: (question: string, signal: AbortSignal) => Promise<boolean>;
  /** Standard input to its end; of a long one the last characters. */
  readonly input?: () => Promise<string>;
}

export interface Asked {
  readonly text: string;
  readonly actor: Actor;
  readonly key: string;
  readonly json: boolean;
  /** The option that named whose hosts are meant, a space before it; empty where none did. */
  readonly fleet: string;
  /** Digest of the plan that may be applied without asking; at least its first 8 hex digits. */
  readonly apply?: string;
}

/** Hex digits of a digest that name a plan. */
const SHORTEST = 8;

/** Carries one request through to its end and prints the answer. Resolves with the exit code. */
export const ask = async (line: Line, asked: Asked, terminal: Terminal, signal: AbortSignal): Promise<ExitCode> => {
  const answer = await line.request(asked.text, asked.actor, asked.key);
  if (!answer.ok) return tell(answer.fault, asked.json, terminal);
  if (answer.value.kind === 'text') {
    terminal.out(asked.json ? JSON.stringify({ lines: answer.value.lines }) : answer.value.lines.join('\n'));
    return 0;
  }
  const { runId } = answer.value;
  const cancel = () => {
    terminal.err(`cancelling ${runId}: hosts that are being changed are finished first`);
    line.press({ action: 'cancel', runId }, asked.actor, `${asked.key}-cancel`).catch(() => undefined);
  };
  if (signal.aborted) cancel();
  else signal.addEventListener('abort', cancel, { once: true });
  let seen: Glimpse | undefined;
  let refused: Fault | undefined;
  let shown = '';
  let decided = false;
  do {
    seen = await line.next(runId, seen?.version ?? 0, new AbortController().signal);
    if (!seen) return tell(fault('internal', `The run ${runId} cannot be read.`, 'See the log.'), asked.json, terminal);
    if (seen.phase !== 'ended' && seen.progress !== shown) {
      shown = seen.progress;
      terminal.err(shown);
    }
    if (seen.digest !== null && !decided) {
      decided = true;
      refused = await decide(line, asked, runId, seen, seen.digest, terminal, signal);
      if (refused) await line.press({ action: 'deny', runId, digest: seen.digest }, asked.actor, `${asked.key}-deny`);
    }
  } while (seen.phase !== 'ended');
  signal.removeEventListener('abort', cancel);
  const document = await line.document(runId);
  if (!document)
    return tell(fault('internal', `The run ${runId} cannot be read.`, 'See the log.'), asked.json, terminal);
  terminal.out(asked.json ? JSON.stringify(document, null, 2) : seen.text);
  if (!asked.json && seen.undo) terminal.out(`undo: runbolt revert ${runId}${asked.fleet}`);
  if (refused) {
    terminal.err(`${refused.message}\n${refused.next}`);
    return refused.code === 'not_allowed' && terminal.confirm ? 1 : exitCodeOf(refused);
  }
  return exitCodeOfRun(document);
};

/** Applies the plan where the person said so; otherwise says why it is not applied. */
const decide = async (
  line: Line,
  asked: Asked,
  runId: string,
  seen: Glimpse,
  digest: string,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Fault | undefined> => {
  const how = `To apply exactly this plan: ${asked.text}${asked.fleet} --apply ${digest.slice(0, 16)}`;
  const named = asked.apply?.replaceAll('·', '').toLowerCase();
  if (named !== undefined && named.length < SHORTEST) {
    const short = `${asked.apply} is too short to name a plan: nothing was changed.`;
    return fault('approval_digest', short, `Give at least ${SHORTEST} digits. ${how}`);
  }
  if (named !== undefined && !digest.startsWith(named)) {
    const other = `The plan is ${digest.slice(0, 16)}, not ${asked.apply}: nothing was changed.`;
    return fault('approval_digest', other, how);
  }
  if (asked.apply === undefined) {
    if (!asked.json) terminal.err(seen.text);
    const yes = terminal.confirm && (await terminal.confirm('Apply this plan?', signal));
    if (yes === undefined) return fault('not_allowed', 'Nothing was changed: the plan was not confirmed.', how);
    if (!yes) return fault('not_allowed', 'Nothing was changed.', how);
  }
  const pressed = await line.press({ action: 'apply', runId, digest }, asked.actor, `${asked.key}-apply`);
  return pressed.ok ? undefined : pressed.fault;
};

/** Prints a fault in the form that was asked for. */
export const tell = (f: Fault, json: boolean, terminal: Pick<Terminal, 'out' | 'err'>): ExitCode => {
  if (json) terminal.out(JSON.stringify({ fault: f }));
  else terminal.err(`${f.message}\n${f.next}`);
  return exitCodeOf(f);
};
