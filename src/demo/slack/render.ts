import { labelOf, type SlackBlock, type SlackMessage, type SlackText } from './messages.js';
import { nameOf, plainText } from './plain-text.js';

/** A thread of the local Slack as plain text: replies indented, buttons as `[Approve]`. */
export const renderThread = (messages: readonly SlackMessage[]): string =>
  messages.map((message, index) => renderMessage(message, index === 0 ? '' : '  ')).join('\n');

/** One message, every line behind `indent`. */
const renderMessage = (message: SlackMessage, indent = ''): string => {
  const audience = message.ephemeral_to === undefined ? '' : ` (only ${nameOf(message.ephemeral_to)} sees this)`;
  const blocks = message.blocks ?? [];
  const body = blocks.length > 0 ? blocks.flatMap(blockLines) : plainText(message.text ?? '').split('\n');
  const files = (message.files ?? []).map((file) => `(file: ${plainText(file.title ?? file.name ?? 'unnamed')})`);
  return [`${nameOf(message.user ?? 'unknown')}:${audience}`, ...[...body, ...files].map((line) => `  ${line}`)]
    .map((line) => `${indent}${line}`.trimEnd())
    .join('\n');
};

const blockLines = (block: SlackBlock): readonly string[] => {
  switch (block.type) {
    case 'divider':
      return ['---'];
    case 'context':
      return (block.elements ?? []).map(labelOf).join(' ').split('\n').map(plainText);
    case 'actions':
      return [(block.elements ?? []).map((button) => `[${plainText(labelOf(button))}]`).join('  ')];
    default:
      return [
        ...(block.text === undefined ? [] : textLines(block.text)),
        ...(block.fields ?? []).flatMap(textLines),
        ...(block.accessory?.type === 'button' ? [`[${plainText(labelOf(block.accessory))}]`] : []),
        ...(block.text === undefined && block.fields === undefined ? [`(${plainText(block.type)})`] : []),
      ];
  }
};

/** plain_text has no references and no emphasis. */
const textLines = (text: SlackText): readonly string[] =>
  (text.type === 'mrkdwn' ? plainText(text.text) : text.text.replace(/[\p{Cf}\p{Cs}]|(?!\n)\p{Cc}/gu, '')).split('\n');
