import { stripVTControlCharacters } from 'node:util';

/**
 * The one place where text that we did not write is made fit for Slack. What hosts, people and files say is untrusted: it
 * must not mention, link, format or reorder anything, nor break a limit or a character.
 */

const CONTROL = /(?!\n)\p{Cc}/gu;
const INVISIBLE = /[\u061C\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF\u{E0000}-\u{E007F}]/gu;
const LONE_SURROGATE = /\p{Surrogate}/gu;
const GRAPHEMES = new Intl.Segmenter('en', { granularity: 'grapheme' });
/** Cleaning may shrink a text; so much more than the limit is looked at, and the rest never. */
const LOOK_AHEAD = 8;
const CUT = '…';

/** Removes ANSI sequences, control characters but newlines, bidirectional and invisible characters, half characters. */
export const clean = (text: string): string =>
  stripVTControlCharacters(text)
    .replaceAll('\r\n', '\n')
    .replaceAll('\t', ' ')
    .replace(CONTROL, '')
    .replace(INVISIBLE, '')
    .replace(LONE_SURROGATE, '\uFFFD');

/** The same on one line: a host cannot forge a second one. */
const oneLine = (text: string): string => clean(text.replace(/[\n\u0085\u2028\u2029]/gu, ' ')).trim();

const cut = (text: string, max: number, show: (character: string) => string): string => {
  const whole = show(text);
  if (whole.length <= max) return whole;
  let shown = '';
  let safe = '';
  for (const { segment } of GRAPHEMES.segment(text)) {
    shown += show(segment);
    if (shown.length > max) return safe + CUT;
    if (shown.length <= max - CUT.length) safe = shown;
  }
  return shown;
};

/** As much of the cleaned text as can be shown, and one more character so that it is seen when something is left out. */
const head = (text: string, max: number, cleaned: (text: string) => string): string =>
  cleaned(text.slice(0, max * LOOK_AHEAD)).slice(0, max + 1);

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const escapeEach = (text: string): string => text.replace(/[&<>]/gu, (c) => ESCAPES[c] ?? c);

const LOOKALIKES: Readonly<Record<string, string>> = { '*': '∗', _: 'ˍ', '~': '∼' };
/** A pair that Slack would take for bold, italic or struck: not inside a word, nothing blank just inside. */
const PAIR = /(?<![\p{L}\p{N}])([*_~])(?=\S)([^\n]*?\S)\1(?![\p{L}\p{N}])/gu;
const unformat = (text: string): string =>
  text
    .replaceAll('`', 'ˋ')
    .replace(PAIR, (_, mark: string, inner: string) => `${LOOKALIKES[mark]}${inner}${LOOKALIKES[mark]}`);

/** For mrkdwn, on one line, at most `max` characters as sent (escapes counted), cut on whole characters. */
export const mrkdwn = (text: string, max: number): string => cut(unformat(head(text, max, oneLine)), max, escapeEach);

/** For mrkdwn with its newlines kept; for texts of runbooks, not of hosts. */
export const mrkdwnLines = (text: string, max: number): string =>
  cut(unformat(head(text, max, clean).trim()), max, escapeEach);

/** For what the engine itself says: like mrkdwn, but its own `code` stays code where the backticks pair up. */
export const spoken = (text: string, max: number): string => {
  const line = head(text, max, oneLine);
  const parts = line.split('`');
  const paired = parts.length % 2 === 1 && parts.every((part, i) => part !== '' || i === 0 || i === parts.length - 1);
  const shown = parts.map((part, i) => (i % 2 === 1 ? escapeEach(part) : escapeEach(unformat(part)))).join('`');
  return paired && shown.length <= max ? shown : mrkdwn(text, max);
};

const ANGLES: Readonly<Record<string, string>> = { '<': '‹', '>': '›' };

/** For plain_text, on one line, at most `max` characters. Angle brackets become lookalikes, so nothing can parse them. */
export const plain = (text: string, max: number): string =>
  cut(head(text, max, oneLine), max, (c) => c.replace(/[<>]/gu, (a) => ANGLES[a] ?? a));

/** Where Slack's own markup could begin: `<@U1>`, `<!here>`, `<#C1>`, `<https://…>`. */
const MARKUP = /<(?=[@#!]|[a-z]{1,20}:)/giu;

/**
 * For plain_text that people decide on, such as a line of a file: every character as it is, shell redirections and
 * backticks included, since plain_text has no formatting; only where markup could begin does a lookalike stand.
 */
export const exact = (text: string, max: number): string =>
  cut(head(text, max, oneLine).replace(MARKUP, '‹'), max, (c) => c);

const USER = /^[UW][A-Z0-9]{1,20}$/u;
const USERGROUP = /^S[A-Z0-9]{1,20}$/u;

/** A mention of a user or usergroup ID as Slack writes it; anything else as harmless text. */
export const mention = (id: string): string => {
  const bare = id.replace(/^slack:/u, '');
  if (USER.test(bare)) return `<@${bare}>`;
  return USERGROUP.test(bare) ? `<!subteam^${bare}>` : mrkdwn(id, 80);
};

/** How a time of day (ms since the epoch) is written in a message, with its day where that is not plain. */
export type TimeOfDay = (ms: number, withDay?: boolean) => string;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export const utcTime: TimeOfDay = (ms, withDay = false) => {
  const date = new Date(ms);
  const day = withDay ? `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ` : '';
  return `${day}${date.toISOString().slice(11, 16)} UTC`;
};

/** In Slack's own form: it shows the reader's zone. Workspaces that do not know the form show it raw. */
export const localTime: TimeOfDay = (ms, withDay = false) =>
  `<!date^${Math.floor(ms / 1000)}^${withDay ? '{date_short_pretty} ' : ''}{time}|${utcTime(ms, withDay)}>`;

const NAMED: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>' };

/**
 * What a person pasted, line by line, without Slack's own markup: links by their label, mentions by their ID, straight
 * quotes.
 */
export const pasted = (text: string): string =>
  text
    .replace(/<([@#!])([^>|]+)(?:\|[^>]*)?>/gu, '$1$2')
    .replace(/<[^>|]+\|([^>]+)>/gu, '$1')
    .replace(/<([^>]+)>/gu, '$1')
    .replace(/&(?:amp|lt|gt);/gu, (e) => NAMED[e] ?? e)
    .replace(/[“”„]/gu, '"')
    .replace(/[‘’]/gu, "'");

/** What a person typed: the same on one line. The lines of an error that is to be diagnosed are kept. */
export const typed = (text: string): string => {
  const words = pasted(text).trim();
  return /^(?:\/?runbolt\s+)?diagnose(?!\S)/u.test(words) ? words : words.replace(/\s+/gu, ' ');
};
