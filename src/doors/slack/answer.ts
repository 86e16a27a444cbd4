import { type Fault, fault, faultIn, type Result } from '../../core/fault.js';
import type { Answer } from '../../engine/engine.js';
import { type Body, context, LIMITS, lines, pack, section } from './blocks.js';
import { mention, spoken } from './safe-text.js';

/** Lines as a message: as many sections as Slack takes, and how many lines were left out. */
export const textBody = (all: readonly string[]): Body => {
  const safe = all.map(keepIndent);
  const sections: string[][] = [[]];
  let length = 0;
  for (const line of safe) {
    if (length + line.length + 1 > LIMITS.section - 50) {
      sections.push([]);
      length = 0;
    }
    sections.at(-1)?.push(line);
    length += line.length + 1;
  }
  const blocks = sections.map((s) => s.join('\n')).filter((s) => s.trim() !== '');
  const packed = pack([], blocks, section, [], () => context('and more than fits here'));
  return { text: lines(safe, LIMITS.text) || '(nothing)', blocks: packed };
};

const keepIndent = (line: string): string => {
  const indent = /^ */u.exec(line)?.[0].slice(0, 20) ?? '';
  return indent + spoken(line, 1200);
};

/** IDs of approvers, which the policy names; Slack shows them as names. */
const APPROVER = /\b[UWS][A-Z0-9]{2,20}\b/gu;

export const faultBody = (f: Fault): Body => {
  const next = spoken(f.next, 1200);
  const named = f.code === 'not_approver' ? next.replace(APPROVER, mention) : next;
  const text = lines([`✗ ${spoken(f.message, 1500)}`, named]);
  return { text, blocks: [section(text)] };
};

/** What the person is told at once; nothing for a run, which its thread tells. */
export const answerBody = (result: Result<Answer>): Body | undefined => {
  if (!result.ok) return faultBody(result.fault);
  return result.value.kind === 'text' ? textBody(result.value.lines) : undefined;
};

/** For what should not happen: the cause goes to the log, the person is told what to do. */
export const INTERNAL: Fault = fault(
  'internal',
  'Runbolt could not take this request.',
  'Try again; if it stays so, its log has the cause.',
);

/** What the person is told of a request that was thrown out: its fault, where it has one. */
export const refused = (error: unknown): { readonly ok: false; readonly fault: Fault } => ({
  ok: false,
  fault: faultIn(error) ?? INTERNAL,
});
