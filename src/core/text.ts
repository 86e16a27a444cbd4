import { stripVTControlCharacters } from 'node:util';

/** Untrusted text (remote output, people's words) made harmless and bounded, in one place. */

const CONTROLS = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu;
/** Values that a configuration or an error message gives away: `password=x`, `requirepass x`, `Authorization: Bearer x`. */
const SECRET =
  /((?:pass(?:word|wd|phrase)|secret|token|api[_-]?key)["']?\s?[=:]\s?|(?:requirepass|masterauth|insecure-password|stats auth|authorization:?(?: (?:basic|bearer))?) )[^\s,;]+/gi;
const PRIVATE_KEY = /(-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----)[\s\S]*?(?=-----END |$)/g;
const GRAPHEMES = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** One line of at most `max` characters: terminal escapes, controls and bidi marks gone, white space folded. */
export const cleanLine = (text: string, max = 300): string => {
  const bounded = text.slice(0, max * 20);
  const plain = stripVTControlCharacters(bounded)
    .replace(/[\t\r\n\v\f]+/g, ' ')
    .replace(CONTROLS, '')
    .replace(/ {2,}/g, ' ')
    .trim();
  return cut(masked(plain), max);
};

/** Text of several lines without the secret values that it gives away. */
export const masked = (text: string): string => text.replace(PRIVATE_KEY, '$1…').replace(SECRET, '$1…');

/** At most `max` characters as people count them (grapheme clusters), ending in `…` when something was left out. */
export const cut = (text: string, max: number): string => {
  if (text.length <= max) return text;
  let kept = '';
  let count = 0;
  let end = 0;
  for (const { segment } of GRAPHEMES.segment(text)) {
    if (++count > max) return `${kept}…`;
    end += segment.length;
    if (count < max) kept = text.slice(0, end);
  }
  return text;
};

/** Bytes of a host as text; what is not UTF-8 becomes U+FFFD. */
export const decode = (bytes: Uint8Array): string => new TextDecoder('utf-8').decode(bytes);
