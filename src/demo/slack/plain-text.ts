import { BOT_USER, CHANNELS, PEOPLE } from './workspace.js';

/** Slack's mrkdwn as a person reads it in a terminal. */

const NAMES: ReadonlyMap<string, string> = new Map([
  ...Object.entries(PEOPLE).map(([name, id]) => [id, `@${name}`] as const),
  ...Object.entries(CHANNELS).map(([name, id]) => [id, `#${name}`] as const),
  [BOT_USER, '@runbolt'],
]);

/** `@ana`, `#ops`, or the ID itself when it is nobody of the demo. */
export const nameOf = (id: string): string => NAMES.get(id) ?? id;

const reference = (inside: string): string => {
  const [target = '', label] = inside.split('|', 2);
  if (target.startsWith('!date^')) return label ?? '';
  if (target.startsWith('!subteam^')) return label ?? `@${target.slice('!subteam^'.length)}`;
  if (target.startsWith('!')) return `@${target.slice(1)}`;
  if (target.startsWith('@') || target.startsWith('#'))
    return NAMES.get(target.slice(1)) ?? (label === undefined ? target : `${target.charAt(0)}${label}`);
  return label ?? target;
};

/** Opening and closing marks stand at the edges of words, so `web-*` and `tcp_tw_reuse` stay as they are. */
const EMPHASIS = /(^|[\s(])([*_~])(?=\S)([^\n]*?\S)\2(?=$|[\s.,;:!?)])/gm;

/** C0, C1 and bidirectional controls, but not line ends: nothing that is shown moves the cursor. */
const CONTROLS = /[\p{Cf}\p{Cs}]|(?!\n)\p{Cc}/gu;

/** References resolved, emphasis and fences taken off, entities decoded, control characters gone. */
export const plainText = (mrkdwn: string): string =>
  mrkdwn
    .replace(/<([^<>\n]+)>/g, (_whole, inside: string) => reference(inside))
    .replace(/```\n?/g, '')
    .replace(/`([^`\n]+)`/g, '$1')
    .replace(EMPHASIS, '$1$3')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replace(CONTROLS, '');
