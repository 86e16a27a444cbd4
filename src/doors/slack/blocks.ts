import { z } from 'zod';

/** Slack's limits with a margin, so that no rounding of theirs can hurt. */
export const LIMITS = { blocks: 45, chars: 11_000, section: 2900, header: 140, text: 3000, context: 1800 } as const;

export type Block =
  | {
      readonly type: 'section';
      readonly text:
        | { readonly type: 'mrkdwn'; readonly text: string; readonly verbatim: true }
        | { readonly type: 'plain_text'; readonly text: string; readonly emoji: false };
    }
  | {
      readonly type: 'header';
      readonly text: { readonly type: 'plain_text'; readonly text: string; readonly emoji: false };
    }
  | {
      readonly type: 'context';
      readonly elements: readonly { readonly type: 'mrkdwn'; readonly text: string; readonly verbatim: true }[];
    }
  | { readonly type: 'actions'; readonly block_id: string; readonly elements: readonly ButtonElement[] };

export interface ButtonElement {
  readonly type: 'button';
  readonly text: { readonly type: 'plain_text'; readonly text: string; readonly emoji: false };
  readonly action_id: string;
  readonly value: string;
  readonly style?: 'primary' | 'danger';
}

/** What a message says: `text` for notifications and readers without blocks. Kept as JSON in the outbox. */
export interface Body {
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** A body as it comes back from the outbox. */
export const storedBody = z.object({ text: z.string(), blocks: z.array(z.looseObject({ type: z.string() })) });
export type StoredBody = z.infer<typeof storedBody>;

/** A section of lines that were made safe before; `text` must be within the limit of a section. */
export const section = (text: string): Block => ({ type: 'section', text: { type: 'mrkdwn', text, verbatim: true } });

/** A section that formats nothing, for text to be read exactly; within the limit of a section as well. */
export const plainSection = (text: string): Block => ({
  type: 'section',
  text: { type: 'plain_text', text, emoji: false },
});

export const context = (text: string): Block => ({
  type: 'context',
  elements: [{ type: 'mrkdwn', text, verbatim: true }],
});

export const header = (text: string): Block => ({
  type: 'header',
  text: { type: 'plain_text', text, emoji: false },
});

/** Lines as one section: those that do not pack any more are counted. Each line was made safe and bounded before. */
export const lines = (all: readonly string[], max: number = LIMITS.section): string => {
  const kept: string[] = [];
  let length = 0;
  for (const line of all) {
    length += line.length + 1;
    if (length > max - 20) break;
    kept.push(line);
  }
  return kept.length < all.length ? [...kept, `and ${all.length - kept.length} more`].join('\n') : kept.join('\n');
};

/**
 * Head and tail whole, and as many of the items between as Slack takes, drawn only as far; what is left out is counted by
 * `more`.
 */
export const pack = <T>(
  head: readonly Block[],
  items: readonly T[],
  draw: (item: T) => Block,
  tail: readonly Block[],
  more: (left: number) => Block,
): readonly Block[] => {
  const size = (blocks: readonly Block[]): number => JSON.stringify(blocks).length;
  const room = LIMITS.chars - size(head) - size(tail) - 300;
  const kept: Block[] = [];
  let used = 0;
  for (const item of items) {
    const block = draw(item);
    used += size([block]);
    if (used > room || head.length + kept.length + tail.length + 2 > LIMITS.blocks) break;
    kept.push(block);
  }
  const left = items.length - kept.length;
  return [...head, ...kept, ...(left > 0 ? [more(left)] : []), ...tail];
};
