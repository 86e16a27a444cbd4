/**
 * A line as the words that a POSIX shell makes of it, quotes and backslashes resolved and a `#` outside of quotes ending
 * it, as Python's shlex does; undefined when a quote does not end. Nothing is expanded.
 */
export const words = (line: string): readonly string[] | undefined => {
  const found: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let i = 0; i < line.length; i++) {
    const c = line.charAt(i);
    const next = line.charAt(i + 1);
    if (quote === "'" || (quote === '"' && !(c === '\\' && /["\\]/.test(next)))) {
      if (c === quote) quote = '';
      else word = `${word ?? ''}${c}`;
    } else if (c === '\\') {
      if (next === '') return undefined;
      word = `${word ?? ''}${next}`;
      i++;
    } else if (c === '"' || c === "'") {
      quote = c;
      word ??= '';
    } else if (c === '#') {
      break;
    } else if (/\s/.test(c)) {
      if (word !== undefined) found.push(word);
      word = undefined;
    } else word = `${word ?? ''}${c}`;
  }
  if (quote !== '') return undefined;
  return word === undefined ? found : [...found, word];
};
