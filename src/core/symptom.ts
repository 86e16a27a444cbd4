import { RE2JS } from 're2js';

/**
 * A symptom as a runbook lists it: words of an error message (whole words, in any case and spacing), or `/regexp/` (RE2,
 * in any case). With `!` in front it acquits: a line that has it is no symptom of this runbook, nor is another near it that
 * has the same symptom. With `!!`, as for a line of a stack, nothing near it is, either.
 */
export interface Symptom {
  readonly text: string;
  readonly acquits: boolean;
  /** Of one that acquits: also all that is near. */
  readonly widely: boolean;
  /** How much it says: letters and digits that must be there. Orders candidates. */
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
  const widely = text.startsWith('!!');
  const body = text.replace(/^!{0,2}/, '').trim();
  const pattern = /^\/(.+)\/$/su.exec(body)?.[1];
  if (pattern === undefined) {
    const words = foldLine(body);
    const strength = lettersIn(words);
    if (strength < 3) return { ok: false, problem: 'says too little: give at least three letters or digits' };
    return { ok: true, value: { text, acquits, widely, strength, find: (line) => hasWords(line, words) } };
  }
  try {
    const compiled = RE2JS.compile(pattern, RE2JS.CASE_INSENSITIVE);
    if (compiled.matcher('').find()) return { ok: false, problem: 'matches every line' };
    const strength = weigh(pattern);
    return { ok: true, value: { text, acquits, widely, strength, find: (line) => compiled.matcher(line).find() } };
  } catch (error) {
    return { ok: false, problem: `is no regular expression of RE2: ${error instanceof Error ? error.message : error}` };
  }
};

/** A character of a regexp that stands for itself, a group's beginning or end, an alternative, or what it repeats. */
const PIECE = /\\.|\[\^?\]?[^\]]*\]|\(\?[^):]*[:)]|[()|]|\*\??|\?\??|\+\??|\{\d+,?\d*\}\??|./gsu;

/** Letters and digits that a match of the regexp must have: of alternatives the fewest, of what may be left out none. */
const weigh = (pattern: string): number => {
  const groups: { least: number; here: number }[] = [{ least: Number.POSITIVE_INFINITY, here: 0 }];
  let last = 0;
  for (const [piece] of pattern.matchAll(PIECE)) {
    const group = groups.at(-1);
    if (!group) break;
    if (piece.startsWith('(')) groups.push({ least: Number.POSITIVE_INFINITY, here: 0 });
    else if (piece === '|') {
      group.least = Math.min(group.least, group.here);
      group.here = 0;
    } else if (piece === ')') {
      last = Math.min(group.least, group.here);
      if (groups.length > 1) groups.pop();
      const outer = groups.at(-1);
      if (outer && outer !== group) outer.here += last;
    } else if (/^(?:[*?]|\{0)/u.test(piece)) group.here -= last;
    else {
      last = piece.length <= 2 && !piece.startsWith('\\') ? lettersIn(piece) : 0;
      group.here += last;
    }
  }
  const [whole] = groups;
  return whole ? Math.max(0, Math.min(whole.least, whole.here)) : 0;
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
