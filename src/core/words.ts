/**
 * The words of a request: split at white space, except inside of quotes, which are taken off. A quote that is not
 * closed is a character.
 */
export const wordsOf = (text: string): readonly string[] =>
  Array.from(text.matchAll(WORD), ([word]) => word.replace(QUOTED, (_, ...parts) => insideOf(parts)));

/** A word as it is written so that it is read as one. */
export const asWord = (word: string): string => {
  if (word !== '' && !/[\s"'“”‘’]/u.test(word)) return word;
  return word.includes('"') ? `'${word}'` : `"${word}"`;
};

/** Slack's clients write curly quotes. */
const QUOTED = /"([^"]*)"|'([^']*)'|[“”]([^“”]*)[“”]|[‘’]([^‘’]*)[‘’]/gu;
const WORD = new RegExp(`(?:${QUOTED.source}|\\S)+`, 'gu');

const insideOf = (parts: readonly unknown[]): string => {
  const inside = parts.slice(0, 4).find((part) => typeof part === 'string');
  return typeof inside === 'string' ? inside : '';
};
