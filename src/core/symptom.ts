import { RE2JS } from 're2js';

/**
 * A symptom as a runbook lists it: words of an error message (whole words, in any case and spacing), or `/regexp/` (RE2,
 * in any case). With `!` in front it acquits: a line that has it is no symptom of this runbook.
 */
export interface Symptom {
  readonly text: string;
  readonly acquits: boolean;
  /** How much it says: letters and digits that must be there. */
  readonly strength: number;
  /** Whether a line, as `foldLine` makes it, has it. */
  find(line: string): boolean;
}

/** A line made comparable: lower case, one kind of quotes and dashes, single spaces. */
export const foldLine = (line: string): string =>
  line
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[‘’‚`´]/gu, "'")
    .replace(/[“”„«»]/gu, '"')
    .replace(/[‐-―−]/gu, '-')
    .replace(/\s+/gu, ' ')
    .trim();

/** Reads a symptom; `problem` says why it is none. */
export const readSymptom = (
  text: string,
): { readonly ok: true; readonly value: Symptom } | { readonly ok: false; readonly problem: string } => {
  const acquits = text.startsWith('!');
  const body = acquits ? text.slice(1).trim() : text.trim();
  const pattern = /^\/(.+)\/$/su.exec(body)?.[1];
  if (pattern === undefined) {
    const words = foldLine(body);
    const strength = lettersIn(words);
    if (strength < 3) return { ok: false, problem: 'says too little: give at least three letters or digits' };
    return { ok: true, value: { text, acquits, strength, find: (line) => hasWords(line, words) } };
  }
  try {
    const compiled = RE2JS.compile(pattern, RE2JS.CASE_INSENSITIVE);
    if (compiled.matcher('').find()) return { ok: false, problem: 'matches every line' };
    const strength = lettersIn(pattern.replace(/\\.|\[[^\]]*\]|\{[^}]*\}|\(\?[^)]*\)/gu, ''));
    return { ok: true, value: { text, acquits, strength, find: (line) => compiled.matcher(line).find() } };
  } catch (error) {
    return { ok: false, problem: `is no regular expression of RE2: ${error instanceof Error ? error.message : error}` };
  }
};

const lettersIn = (text: string): number => text.replace(/[^\p{L}\p{N}]/gu, '').length;

const WORD = /[\p{L}\p{N}]/u;

/** Whether the words stand in the line as whole words. */
const hasWords = (line: string, words: string): boolean => {
  const open = WORD.test(words.at(0) ?? '');
  const close = WORD.test(words.at(-1) ?? '');
  for (let at = line.indexOf(words); at !== -1; at = line.indexOf(words, at + 1)) {
    const before = open && at > 0 && WORD.test(line[at - 1] ?? '');
    const after = close && WORD.test(line[at + words.length] ?? '');
    if (!before && !after) return true;
  }
  return false;
};
