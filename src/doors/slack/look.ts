import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Due } from '../../engine/ports.js';
import type { StoredBody } from './blocks.js';
import { ownerOf } from './button.js';
import type { SlackClient } from './client.js';

/** Event type of the metadata that names our messages. */
export const METADATA_TYPE = 'runbolt';
/** The most that Slack hands out at once. */
const PAGE = 999;
/** What is not among so many pages is taken for never posted: 50 calls a minute are allowed. */
const PAGES = 50;
/** Slack's clock and ours may differ by so much. */
const CLOCKS_MS = 60_000;

const metadata = z.object({
  event_type: z.literal(METADATA_TYPE),
  event_payload: z.object({ run: z.string(), key: z.string() }),
});
const message = z.object({
  ts: z.string(),
  user: z.string().optional(),
  bot_id: z.string().optional(),
  text: z.string().optional(),
  blocks: z.array(z.looseObject({ type: z.string() })).optional(),
  metadata: z.unknown().optional(),
});
const page = z.object({
  messages: z.array(message).default([]),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});
const button = z.object({ elements: z.array(z.object({ value: z.string() })) });

/** Who we are in the workspace, from auth.test. */
export interface Self {
  readonly userId: string;
  readonly botId: string | undefined;
}

const owner = (m: z.infer<typeof message>) => {
  for (const block of m.blocks ?? []) {
    const values = button.safeParse(block);
    const first = values.success ? values.data.elements[0] : undefined;
    if (first) return ownerOf(first.value);
  }
  return undefined;
};

const withoutIds = (blocks: StoredBody['blocks'] | undefined): unknown =>
  (blocks ?? []).map(({ block_id: _, ...rest }) => rest);

/** By metadata; where the workspace keeps none, by the buttons' owner, or else by the exact text and blocks. */
const isIt = (m: z.infer<typeof message>, due: Due, body: StoredBody): boolean => {
  const meta = metadata.safeParse(m.metadata);
  if (meta.success) return meta.data.event_payload.run === due.runId && meta.data.event_payload.key === due.key;
  const owned = owner(m);
  if (owned) return owned.runId === due.runId && owned.key === due.key;
  return m.text === body.text && isDeepStrictEqual(withoutIds(m.blocks), withoutIds(body.blocks));
};

/**
 * The timestamp of a message whose posting is in doubt, if it is there among all that was said since its run was opened
 * (`openedAt`, ms since the epoch). Throws what the Web API client throws.
 */
export const findPosted = async (
  client: SlackClient,
  self: Self,
  due: Due,
  body: StoredBody,
  openedAt: number,
): Promise<string | undefined> => {
  const oldest = String(Math.max(0, Math.floor((openedAt - CLOCKS_MS) / 1000)));
  let cursor: string | undefined;
  for (let n = 0; n < PAGES; n += 1) {
    const window = { channel: due.channel, oldest, limit: PAGE, include_all_metadata: true };
    const common = { ...window, ...(cursor ? { cursor } : {}) };
    const answer = due.thread
      ? await client.conversations.replies({ ...common, ts: due.thread })
      : await client.conversations.history(common);
    const { messages, response_metadata: next } = page.parse(answer);
    const own = messages.filter((m) => m.user === self.userId || (m.bot_id !== undefined && m.bot_id === self.botId));
    const found = own.find((m) => m.ts !== due.thread && isIt(m, due, body));
    if (found) return found.ts;
    cursor = next?.next_cursor;
    if (!cursor) return undefined;
  }
  return undefined;
};
