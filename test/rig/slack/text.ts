import type { Block } from './limits.js';
import type { Message } from './workspace.js';

/** Our own bold is taken off; what others wrote stays as it is. */
const plainly = (text: string): string =>
  text
    .replace(/\*(\d+ hosts?)\*/gu, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');

const blockText = (block: Block): string => {
  switch (block.type) {
    case 'section':
      return [block.text, ...(block.fields ?? [])].flatMap((t) => (t ? [plainly(t.text)] : [])).join('\n');
    case 'header':
      return block.text.text;
    case 'context':
      return block.elements.map((e) => plainly(e.text)).join('  ');
    case 'actions':
      return block.elements.map((b) => `[${b.text.text}]`).join(' ');
    case 'divider':
      return '---';
  }
};

/** One message as a person reads it: its blocks, or its text when it has none, and its files by name. */
export const messageText = (message: Message): string =>
  [
    ...(message.blocks.length > 0 ? message.blocks.map(blockText) : message.text ? [plainly(message.text)] : []),
    ...(message.files ?? []).map((f) => `(${f.name}, ${f.content.length} characters)`),
  ].join('\n');

/** A channel's messages as plain text: those of a thread stand under its first, marked with `└`. */
export const threadText = (messages: readonly Message[]): string => {
  const shown = messages.filter((m) => !m.ephemeralTo);
  const indented = (m: Message) => `  └ ${messageText(m).replaceAll('\n', '\n    ')}`;
  return shown
    .filter((m) => !m.thread || m.thread === m.ts)
    .flatMap((root) => [messageText(root), ...shown.filter((m) => m.thread === root.ts && m !== root).map(indented)])
    .join('\n');
};
