import type { Origin } from '../../core/actor.js';
import { answerBody, refused } from './answer.js';
import type { DoorParts } from './parts.js';
import { sayThrough } from './response-url.js';
import { typed } from './safe-text.js';

/** Slack waits 3 s for an ack, the way there and back included, and shows nothing of a later one. */
const ACK_MS = 2_500;

/**
 * Slash commands: `/tcp verify web-*` is the request `tcp verify web-*`. Accepted by the engine first, acked then; what
 * has no thread to be told in is told to the person alone, by the ack or, where that comes too late, by the response_url.
 */
export const listenToCommands = ({ app, clock, commands, engine, logger, names, deliveries }: DoorParts): void => {
  for (const name of commands) {
    app.command(name, async ({ command, ack }) => {
      const began = clock.now();
      const key = `slack:${command.trigger_id}`;
      const first = deliveries.first(key);
      const actor = {
        id: `slack:${command.user_id}`,
        name: await names.of(command.user_id, command.user_name || command.user_id),
      };
      const origin: Origin = {
        door: 'slack',
        channel: command.channel_id,
        ...(command.response_url ? { responseUrl: command.response_url } : {}),
      };
      const text = `${name.slice(1)} ${typed(command.text)}`.trim();
      const result = await engine.request(text, actor, origin, key).catch((error: unknown) => {
        logger.error({ err: error, key }, 'a slash command was not accepted');
        deliveries.forget(key);
        return refused(error);
      });
      const body = answerBody(result);
      if (!body || !first) return await ack();
      const said = { text: body.text, blocks: [...body.blocks] };
      if (clock.now() - began < ACK_MS) return await ack({ response_type: 'ephemeral', ...said });
      await ack();
      if (!(await sayThrough(command.response_url, said))) logger.warn({ key }, 'a late answer could not be told');
    });
  }
};
