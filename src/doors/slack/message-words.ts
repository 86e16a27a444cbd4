import { z } from 'zod';
import { pasted } from './safe-text.js';

const text = z.string().optional().catch(undefined);
const attachment = z.object({
  ...{ pretext: text, title: text, text, fallback: text },
  fields: z
    .array(z.object({ value: text }))
    .optional()
    .catch(undefined),
  blocks: z.unknown().optional(),
});
const message = z.object({
  text,
  attachments: z.array(attachment).optional().catch(undefined),
  blocks: z.unknown().optional(),
});

/** Levels of nested blocks that are looked into. */
const DEPTH = 6;
const MAX = 100_000;

/** What stands in a message, line by line: its text, or what its blocks say where it has none, and its attachments. */
export const messageWords = (said: unknown): string => {
  const read = message.safeParse(said);
  if (!read.success) return '';
  const { attachments = [] } = read.data;
  const parts = [
    read.data.text || wordsIn(read.data.blocks, DEPTH),
    ...attachments.flatMap((a) => {
      const own = [a.pretext, a.title, a.text, ...(a.fields ?? []).map((f) => f.value)].filter(Boolean);
      return own.length > 0 ? own : [a.fallback || wordsIn(a.blocks, DEPTH)];
    }),
  ];
  const lines = parts.flatMap((part) => pasted((part ?? '').slice(0, MAX)).split('\n'));
  return [...new Set(lines)].join('\n');
};

const rest = z.unknown().optional();
const node = z.looseObject({ type: text, text: rest, elements: rest, fields: rest });

/** Texts of blocks: pieces of one line of rich text joined, all else on lines of its own. */
const wordsIn = (blocks: unknown, depth: number): string => {
  if (typeof blocks === 'string') return blocks;
  if (depth === 0) return '';
  if (Array.isArray(blocks)) return blocks.map((b) => wordsIn(b, depth - 1)).join('\n');
  const read = node.safeParse(blocks);
  if (!read.success) return '';
  const { type, elements } = read.data;
  const inLine = type === 'rich_text_section' || type === 'rich_text_preformatted' || type === 'rich_text_quote';
  const pieces = Array.isArray(elements) ? elements.map((e) => wordsIn(e, depth - 1)) : [];
  return [wordsIn(read.data.text, depth - 1), pieces.join(inLine ? '' : '\n'), wordsIn(read.data.fields, depth - 1)]
    .filter((part) => part !== '')
    .join('\n');
};
