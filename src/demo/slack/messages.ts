import { z } from 'zod';

/** What the demo reads of a message in the local Slack. Blocks of other kinds are kept by their type only. */

const text = z.object({ type: z.string(), text: z.string() });
const element = z.looseObject({
  type: z.string(),
  text: z.union([text, z.string()]).optional(),
  action_id: z.string().optional(),
  block_id: z.string().optional(),
  value: z.string().optional(),
  url: z.string().optional(),
});
const block = z.looseObject({
  type: z.string(),
  block_id: z.string().optional(),
  text: text.optional(),
  fields: z.array(text).optional(),
  accessory: element.optional(),
  elements: z.array(element).optional(),
});
const message = z.object({
  ts: z.string(),
  thread_ts: z.string().optional(),
  user: z.string().optional(),
  app_id: z.string().optional(),
  text: z.string().optional(),
  blocks: z.array(block).optional(),
  /** The one person who sees it, for an ephemeral message. */
  ephemeral_to: z.string().optional(),
  files: z.array(z.looseObject({ name: z.string().optional(), title: z.string().nullish() })).optional(),
});

export type SlackText = z.infer<typeof text>;
export type SlackElement = z.infer<typeof element>;
export type SlackBlock = z.infer<typeof block>;
export type SlackMessage = z.infer<typeof message>;

export const messageList = z.object({ messages: z.array(message) });
export const postedMessage = z.object({ ok: z.literal(true), message: z.object({ ts: z.string() }) });

export interface Button {
  readonly label: string;
  readonly actionId: string | undefined;
  readonly blockId: string | undefined;
  readonly value: string | undefined;
}

export const labelOf = (one: SlackElement): string =>
  typeof one.text === 'string' ? one.text : (one.text?.text ?? '');

/** The buttons of a message, in reading order. Links are not among them: nothing is sent when one is opened. */
export const buttonsOf = (one: SlackMessage): readonly Button[] =>
  (one.blocks ?? []).flatMap((part) =>
    [
      ...(part.accessory === undefined ? [] : [part.accessory]),
      ...(part.type === 'actions' ? (part.elements ?? []) : []),
    ]
      .filter((candidate) => candidate.type === 'button' && candidate.url === undefined)
      .map((button) => ({
        label: labelOf(button),
        actionId: button.action_id,
        blockId: part.block_id,
        value: button.value,
      })),
  );
