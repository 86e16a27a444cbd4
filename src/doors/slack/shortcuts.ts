import type { MessageShortcut } from '@slack/bolt';
import { z } from 'zod';
import { answerBody, refused } from './answer.js';
import type { Body } from './blocks.js';
import { DIAGNOSE } from './diagnose-shortcut.js';
import { messageWords } from './message-words.js';
import type { DoorParts } from './parts.js';
import { sayThrough } from './response-url.js';

const used = z.object({
  trigger_id: z.string(),
  user: z.object({ id: z.string(), name: z.string().optional() }),
  channel: z.object({ id: z.string() }),
  message: z.looseObject({ thread_ts: z.string().optional() }),
  response_url: z.string().optional(),
});
type Used = z.infer<typeof used>;

/** The shortcut on somebody's message: what its text points to is told to who used it, and to nobody else. */
export const listenToShortcuts = (parts: DoorParts): void => {
  const { app, deliveries, engine, logger, names } = parts;
  app.shortcut<MessageShortcut>(
    { type: 'message_action', callback_id: DIAGNOSE.callback_id },
    async ({ shortcut, ack }) => {
      const read = used.safeParse(shortcut);
      if (!read.success) logger.warn('a shortcut was not understood');
      await ack();
      if (!read.success) return;
      const { trigger_id, user, channel, message } = read.data;
      const key = `slack:${trigger_id}`;
      if (!deliveries.first(key)) return;
      const actor = { id: `slack:${user.id}`, name: await names.of(user.id, user.name ?? user.id) };
      const origin = { door: 'slack', channel: channel.id } as const;
      const text = `runbolt diagnose ${messageWords(message)}`;
      const result = await engine.request(text, actor, origin, key).catch((error: unknown) => {
        logger.error({ err: error, key }, 'a shortcut was not answered');
        return refused(error);
      });
      const body = answerBody(result);
      if (body) await tell(parts, read.data, body);
    },
  );
};

/** By the response_url, which also reaches channels that the bot is not in. */
const tell = async ({ client, logger }: DoorParts, at: Used, body: Body): Promise<void> => {
  const thread = at.message.thread_ts === undefined ? {} : { thread_ts: at.message.thread_ts };
  const said = { text: body.text, blocks: [...body.blocks], ...thread };
  if (at.response_url !== undefined && (await sayThrough(at.response_url, said))) return;
  try {
    await client.chat.postEphemeral({ channel: at.channel.id, user: at.user.id, ...said });
  } catch (error) {
    logger.warn({ err: error, user: at.user.id, channel: at.channel.id }, 'a person could not be told the answer');
  }
};
