import type { BlockAction } from '@slack/bolt';
import { z } from 'zod';
import type { Press } from '../../engine/engine.js';
import { answerBody, faultBody, INTERNAL, refused } from './answer.js';
import { ACTION_PREFIX, type PressedButton, readButton } from './button.js';
import { sendDetails } from './details.js';
import type { DoorParts } from './parts.js';
import { type Pressed, tellPresser } from './tell-presser.js';

const button = z.object({ action_id: z.string(), value: z.string() });
const pressed = z.object({
  trigger_id: z.string(),
  user: z.object({ id: z.string(), name: z.string().optional(), username: z.string().optional() }),
  channel: z.object({ id: z.string() }),
  message: z.object({ ts: z.string(), thread_ts: z.string().optional() }),
  response_url: z.string().optional(),
});

/** Buttons: accepted by the engine, then acked. Faults, and who was faster, are told to the presser alone. */
export const listenToPresses = (parts: DoorParts): void => {
  const { app, engine, logger, names, deliveries } = parts;
  app.action<BlockAction>(new RegExp(`^${ACTION_PREFIX}`, 'u'), async ({ body, action, ack }) => {
    const what = button.safeParse(action);
    const where = pressed.safeParse(body);
    const wanted = what.success ? readButton(what.data.action_id, what.data.value) : undefined;
    if (!where.success || !wanted) {
      logger.warn('a press was not understood');
      return await ack();
    }
    const { trigger_id, user, channel, message, response_url } = where.data;
    const at: Pressed = {
      user: user.id,
      channel: channel.id,
      thread: message.thread_ts ?? message.ts,
      responseUrl: response_url,
    };
    const key = `slack:${trigger_id}`;
    if (!deliveries.first(key)) return await ack();
    if (wanted.action === 'details') {
      await ack();
      return await sendDetails(parts, wanted.runId, at);
    }
    const press = pressOf(wanted);
    const actor = { id: `slack:${user.id}`, name: await names.of(user.id, user.name ?? user.username ?? user.id) };
    const result = press
      ? await engine.press(press, actor, key).catch((error: unknown) => {
          logger.error({ err: error, key }, 'a press was not accepted');
          deliveries.forget(key);
          return refused(error);
        })
      : undefined;
    await ack();
    const told = result ? answerBody(result) : faultBody(INTERNAL);
    if (told) await tellPresser(parts, at, told);
    return undefined;
  });
};

const pressOf = ({ action, runId, digest }: PressedButton): Press | undefined => {
  switch (action) {
    case 'approve':
    case 'deny':
    case 'apply':
      return digest === undefined ? undefined : { action, runId, digest };
    case 'details':
      return undefined;
    default:
      return { action, runId };
  }
};
