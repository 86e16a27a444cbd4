import type { Runbook } from './runbook.js';
import { foldLine, readSymptom, type Symptom } from './symptom.js';
import type { Target } from './target.js';
import { cleanLine } from './text.js';

/** A runbook that a text points to, with the lines that say so. */
export interface Candidate {
  readonly runbook: string;
  /** Each symptom once, the one that says most first. */
  readonly reasons: readonly Reason[];
}

export interface Reason {
  readonly symptom: string;
  /** From 1, among the lines that were read. */
  readonly line: number;
  readonly text: string;
}

/** Lines that are read, the last ones of the text, and characters of each. */
export const MAX_LINES = 500;
const MAX_LINE = 1_000;
const MAX_TEXT = 100_000;

/** The lines of a pasted text that are looked at, made harmless; empty ones are left out. `more`: there were others. */
export const linesOf = (text: string): { readonly lines: readonly string[]; readonly more: boolean } => {
  const all = text
    .slice(-MAX_TEXT)
    .split(/\r\n|[\n\r\u0085\u2028\u2029]/u)
    .map((line) => cleanLine(line, MAX_LINE))
    .filter((line) => line !== '');
  return { lines: all.slice(-MAX_LINES), more: all.length > MAX_LINES || text.length > MAX_TEXT };
};

/**
 * The runbooks whose symptoms the lines show, the most likely first: by what its strongest symptom says, then by the
 * others.
 */
export const diagnose = (
  lines: readonly string[],
  runbooks: Iterable<Pick<Runbook, 'command' | 'symptoms'>>,
): readonly Candidate[] => {
  const folded = lines.map(foldLine);
  return [...runbooks]
    .map(({ command, symptoms }) => ({ command, found: foundIn(folded, symptoms) }))
    .filter(({ found }) => found.length > 0)
    .sort((a, b) => strengthOf(b.found) - strengthOf(a.found) || (a.command < b.command ? -1 : 1))
    .map(({ command, found }) => ({
      runbook: command,
      reasons: found.map(({ symptom, at }) => ({ symptom: symptom.text, line: at + 1, text: lines[at] ?? '' })),
    }));
};

interface Found {
  readonly symptom: Symptom;
  readonly at: number;
}

const foundIn = (folded: readonly string[], symptoms: readonly string[]): readonly Found[] => {
  const known = symptoms.flatMap((text) => {
    const read = readSymptom(text);
    return read.ok ? [read.value] : [];
  });
  const acquitting = known.filter((s) => s.acquits);
  const acquittals = folded.map((line) => acquitting.filter((s) => s.find(line)));
  return known
    .filter((s) => !s.acquits)
    .map((symptom) => ({ symptom, at: firstOf(folded, symptom, acquittals) }))
    .filter(({ at }) => at !== -1)
    .sort((a, b) => b.symptom.strength - a.symptom.strength || a.at - b.at);
};

/** Lines to either side that may belong to one report of an error: its stack, or the error once more with its fields. */
const REPORT = 10;

/** The first line that has the symptom and is not acquitted, by itself or by one near it; -1 where there is none. */
const firstOf = (folded: readonly string[], symptom: Symptom, acquittals: readonly (readonly Symptom[])[]): number => {
  const has = folded.map((line) => symptom.find(line));
  return has.findIndex((found, at) => {
    if (!found || acquittals[at]?.length !== 0) return false;
    const from = Math.max(0, at - REPORT);
    const near = acquittals.slice(from, at + REPORT + 1);
    return !near.some((by, i) => by.some((s) => s.widely || has[from + i]));
  });
};

/** The strongest counts in full; each other one adds a tenth of what it says, for it often repeats the first. */
const strengthOf = ([first, ...others]: readonly Found[]): number =>
  (first?.symptom.strength ?? 0) + others.reduce((sum, { symptom }) => sum + symptom.strength / 10, 0);

/** Names that stand free of a port or an address: `web-3`, `web-3.prod.example`, but not `redis-1:6379`. */
const NAME = /(?<![\w.@/-])([a-z0-9](?:[a-z0-9._-]{0,251}[a-z0-9])?)(?![\w@/-]|:\d)/giu;
/** Where the system's log names the host that wrote the line: after the time. */
const WRITER =
  /^(?:<\d+>)?(?:\d+ )?(?:[a-z]{3} {1,2}\d{1,2} [\d:]{8}|\d{4}-\d\d-\d\d[t ][\d:.,+z-]+) ([a-z0-9._-]+) /iu;

/**
 * Targets that the lines name as hosts they come from. A name with a port is what was connected to, not where the fault
 * shows; a name that may be any word (no digit, no dash) counts only where a log names its writer.
 */
export const hostsIn = (lines: readonly string[], targets: readonly Pick<Target, 'name'>[]): readonly string[] => {
  const known = new Map(targets.map(({ name }) => [name.toLowerCase(), name]));
  const lookUp = (word: string): string | undefined =>
    known.get(word.toLowerCase()) ?? known.get(word.toLowerCase().split('.')[0] ?? '');
  const found = new Set<string>();
  for (const line of lines) {
    const writer = lookUp(WRITER.exec(line)?.[1] ?? '');
    if (writer !== undefined) found.add(writer);
    for (const [, word = ''] of line.matchAll(NAME)) {
      const name = lookUp(word);
      if (name !== undefined && /[\d-]/u.test(name)) found.add(name);
    }
  }
  return [...found];
};
