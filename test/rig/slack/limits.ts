import { z } from 'zod';

/** Slack's documented limits on a message, and the total that raises `msg_blocks_too_long` (bolt-js#2509). */
const TOTAL_CHARS = 13_200;
const TEXT_CHARS = 40_000;
const BLOCKS = 50;

const plain = (max: number) =>
  z.strictObject({
    type: z.literal('plain_text'),
    text: z.string().min(1).max(max),
    emoji: z.boolean().optional(),
  });

const text = (max: number) =>
  z.discriminatedUnion('type', [
    plain(max),
    z.strictObject({
      type: z.literal('mrkdwn'),
      text: z.string().min(1).max(max),
      verbatim: z.boolean().optional(),
    }),
  ]);

const id = z.string().min(1).max(255).optional();

const confirm = z.strictObject({
  title: plain(100),
  text: text(300),
  confirm: plain(30),
  deny: plain(30),
  style: z.enum(['primary', 'danger']).optional(),
});

const button = z.strictObject({
  type: z.literal('button'),
  text: plain(75),
  action_id: id,
  value: z.string().max(2000).optional(),
  url: z.string().max(3000).optional(),
  style: z.enum(['primary', 'danger']).optional(),
  confirm: confirm.optional(),
  accessibility_label: z.string().max(75).optional(),
});

const block = z.discriminatedUnion('type', [
  z
    .strictObject({
      type: z.literal('section'),
      block_id: id,
      text: text(3000).optional(),
      fields: z.array(text(2000)).min(1).max(10).optional(),
      accessory: button.optional(),
      expand: z.boolean().optional(),
    })
    .refine((s) => s.text !== undefined || s.fields !== undefined, 'a section needs text or fields'),
  z.strictObject({ type: z.literal('header'), block_id: id, text: plain(150) }),
  z.strictObject({ type: z.literal('divider'), block_id: id }),
  z.strictObject({ type: z.literal('context'), block_id: id, elements: z.array(text(3000)).min(1).max(10) }),
  z.strictObject({ type: z.literal('actions'), block_id: id, elements: z.array(button).min(1).max(25) }),
]);

const unique = (ids: readonly (string | undefined)[]): boolean => {
  const given = ids.filter((i) => i !== undefined);
  return new Set(given).size === given.length;
};

const blocks = z
  .array(block)
  .max(BLOCKS)
  .refine((all) => unique(all.map((b) => b.block_id)), 'block_id is not unique')
  .refine(
    (all) => all.every((b) => b.type !== 'actions' || unique(b.elements.map((e) => e.action_id))),
    'action_id is not unique in its block',
  );

export type Block = z.infer<typeof block>;
export type Button = z.infer<typeof button>;

export type Checked =
  | { readonly ok: true; readonly blocks: readonly Block[] }
  | { readonly ok: false; readonly error: string; readonly why: string };

/** What Slack would say of a message with this text and these blocks: Slack's own error code, and why in words. */
export const checkMessage = (messageText: string | undefined, raw: unknown): Checked => {
  if (messageText !== undefined && messageText.length > TEXT_CHARS)
    return { ok: false, error: 'msg_too_long', why: `text of ${messageText.length} characters` };
  const parsed = blocks.safeParse(raw ?? []);
  if (!parsed.success) return { ok: false, error: 'invalid_blocks', why: z.prettifyError(parsed.error) };
  const total = JSON.stringify(parsed.data).length;
  if (total > TOTAL_CHARS) return { ok: false, error: 'msg_blocks_too_long', why: `${total} characters in all` };
  if (parsed.data.length === 0 && !messageText) return { ok: false, error: 'no_text', why: 'neither text nor blocks' };
  return { ok: true, blocks: parsed.data };
};
