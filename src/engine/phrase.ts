import type { Phrase } from '../core/run.js';

/** The phrase as one sentence, for one host. */
export const fillPhrase = (phrase: Phrase): string => fill(phrase.template, phrase.values.map(show));

/** Whether two phrases say the same of two hosts, apart from their numbers. */
export const phraseKey = (phrase: Phrase): string =>
  JSON.stringify([phrase.template, phrase.values.map((v) => (typeof v === 'number' ? '#' : v))]);

/** Phrases of one key as one sentence: numbers that differ become a range, `88-91`. */
export const foldPhrases = (phrases: readonly Phrase[]): string => {
  const [first] = phrases;
  if (!first) return '';
  return fill(
    first.template,
    first.values.map((value, i) => {
      const numbers = phrases.map((p) => p.values[i]).filter((v) => typeof v === 'number');
      if (numbers.length === 0) return show(value);
      const low = Math.min(...numbers);
      const high = Math.max(...numbers);
      return low === high ? show(low) : `${show(low)}-${show(high)}`;
    }),
  );
};

const fill = (template: string, values: readonly string[]): string =>
  template.replace(/\{(\d+)\}/g, (_, n: string) => values[Number(n)] ?? '');

const show = (value: Phrase['values'][number]): string =>
  typeof value === 'number' ? value.toLocaleString('en-GB') : String(value);
