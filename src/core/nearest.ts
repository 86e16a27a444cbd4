import { distance } from 'fastest-levenshtein';

/**
 * The known words nearest to a misspelt one, best first: at most `limit`, and none that differs in more than a third of
 * its letters (or two, for short words).
 */
export const nearest = (word: string, known: Iterable<string>, limit = 3): readonly string[] => {
  const wanted = word.toLowerCase();
  return [...known]
    .map((candidate) => ({ candidate, far: distance(wanted, candidate.toLowerCase()) }))
    .filter(({ candidate, far }) => far <= Math.max(2, Math.floor(Math.max(wanted.length, candidate.length) / 3)))
    .filter(({ candidate, far }) => far < Math.max(wanted.length, candidate.length))
    .sort((a, b) => a.far - b.far)
    .slice(0, limit)
    .map(({ candidate }) => candidate);
};

/** ` Did you mean \`verify\`?`, or nothing when no known word is near. */
export const didYouMean = (word: string, known: Iterable<string>): string => {
  const near = nearest(word, known);
  return near.length === 0 ? '' : ` Did you mean ${near.map((n) => `\`${n}\``).join(' or ')}?`;
};
