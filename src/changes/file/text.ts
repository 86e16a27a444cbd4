import { RE2JS } from 're2js';

/** Lines with their ends, so that joined they are the text again. */
const linesOf = (text: string): readonly string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
const bare = (line: string): string => line.replace(/\n$/, '');

/**
 * The text with one line ensured: as it is where a line says just that; else in the place of the one line that `match`
 * finds; else at the end. Refused where several lines match, and behind a line that ends a shell script.
 */
export const withLine = (
  path: string,
  text: string,
  { text: wanted, match }: { readonly text: string; readonly match?: string | undefined },
): { readonly text: string } | { readonly refused: string } => {
  const lines = linesOf(text);
  if (lines.some((line) => bare(line) === wanted)) return { text };
  const pattern = match === undefined ? undefined : RE2JS.compile(match);
  const found = lines.flatMap((line, i) => (pattern?.matcher(bare(line)).find() ? [i] : []));
  if (found.length > 1) {
    const where = found.slice(0, 5).map((i) => i + 1);
    return { refused: `${found.length} lines of ${path} match (${where.join(', ')}): which is meant cannot be told.` };
  }
  const [at] = found;
  if (at !== undefined)
    return { text: lines.map((line, i) => (i === at ? line.replace(/^[^\n]*/, () => wanted) : line)).join('') };
  const last = lines.findLastIndex((line) => !/^\s*(?:#.*)?$/.test(line));
  if (text.startsWith('#!') && /^\s*(?:exit|exec)\b/.test(lines[last] ?? ''))
    return { refused: `${path}:${last + 1} ends the script: a line behind it would never run.` };
  return { text: `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${wanted}\n` };
};

/** The lines in which two texts differ, numbered as in the old one; equal lines before and behind are left out. */
export const differences = (
  before: string,
  after: string,
): readonly { readonly line: number; readonly from: string; readonly to: string }[] => {
  const old = linesOf(before);
  const now = linesOf(after);
  let start = 0;
  while (start < Math.min(old.length, now.length) && old[start] === now[start]) start++;
  let end = 0;
  while (end < Math.min(old.length, now.length) - start && old[old.length - 1 - end] === now[now.length - 1 - end])
    end++;
  const removed = old.slice(start, old.length - end);
  const added = now.slice(start, now.length - end);
  return Array.from({ length: Math.max(removed.length, added.length) }, (_, i) => ({
    line: start + i + 1,
    from: shown(removed[i]),
    to: shown(added[i]),
  }));
};

const shown = (line: string | undefined): string => (line === undefined ? '(nothing)' : bare(line) || '(empty line)');
