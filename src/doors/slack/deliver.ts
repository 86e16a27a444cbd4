import type { Clock, Due, Outbox } from '../../engine/ports.js';
import { type StoredBody, storedBody } from './blocks.js';
import { CALL_MS, type SlackClient } from './client.js';
import { findPosted, METADATA_TYPE, type Self } from './look.js';
import { BODY_REFUSED, failureOf, MESSAGE_GONE, type SlackFailure } from './slack-errors.js';

/** What came of bringing one message to what it must say. */
export type Delivered =
  | { readonly kind: 'done'; readonly ts: string }
  /** `surely`: nothing was posted. */
  | { readonly kind: 'failed'; readonly failure: SlackFailure; readonly surely: boolean };

/** What delivering needs. */
export interface Courier {
  readonly client: SlackClient;
  readonly self: Self;
  readonly clock: Clock;
  readonly outbox: Pick<Outbox, 'posting'>;
  /** When the run was opened, ms since the epoch. */
  readonly openedAt: (runId: string) => Promise<number>;
}

const update = async (client: SlackClient, due: Due, body: StoredBody, ts: string): Promise<void> => {
  await client.chat.update({
    channel: due.channel,
    ts,
    text: body.text,
    blocks: body.blocks,
    parse: 'none',
    link_names: false,
  });
};

const post = async (client: SlackClient, due: Due, body: StoredBody): Promise<string | undefined> => {
  const answer = await client.chat.postMessage({
    channel: due.channel,
    text: body.text,
    blocks: body.blocks,
    unfurl_links: false,
    unfurl_media: false,
    metadata: { event_type: METADATA_TYPE, event_payload: { run: due.runId, key: due.key } },
    ...(due.thread ? { thread_ts: due.thread } : {}),
  });
  return answer.ts;
};

/** Calls again with the text alone when Slack does not take the blocks: what must be said is said. */
const withFallback = async <T>(body: StoredBody, call: (body: StoredBody) => Promise<T>): Promise<T> => {
  try {
    return await call(body);
  } catch (error) {
    const failure = failureOf(error);
    if (failure.kind !== 'refused' || !BODY_REFUSED.has(failure.code) || body.blocks.length === 0) throw error;
    return await call({ text: body.text, blocks: [] });
  }
};

/** Posts or updates one message. A post that may have been accepted before is looked for first. Never throws for Slack. */
export const deliver = async ({ client, self, clock, outbox, openedAt }: Courier, due: Due): Promise<Delivered> => {
  const stored = storedBody.safeParse(due.body);
  if (!stored.success) {
    return { kind: 'failed', failure: { kind: 'refused', code: 'body_unreadable' }, surely: !due.inDoubt };
  }
  const body = stored.data;
  let surely = !due.inDoubt;
  try {
    const known =
      due.ts ?? (due.inDoubt ? await findPosted(client, self, due, body, await openedAt(due.runId)) : undefined);
    if (known !== undefined) {
      await withFallback(body, (b) => update(client, due, b, known));
      return { kind: 'done', ts: known };
    }
    surely = true;
    const ts = await withFallback(body, async (b) => {
      await outbox.posting(due.runId, due.key, clock.now() + CALL_MS);
      return await post(client, due, b);
    });
    if (ts) return { kind: 'done', ts };
    return { kind: 'failed', failure: { kind: 'unsure', why: 'no ts in the answer' }, surely: false };
  } catch (error) {
    const failure = failureOf(error);
    if (due.ts && failure.kind === 'refused' && MESSAGE_GONE.has(failure.code)) return { kind: 'done', ts: due.ts };
    return { kind: 'failed', failure, surely: due.ts !== undefined || (surely && failure.kind !== 'unsure') };
  }
};
