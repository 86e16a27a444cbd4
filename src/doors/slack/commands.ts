import type { Origin } from '../../core/actor.js';
import { answerBody, refused } from './answer.js';
import type { DoorParts } from './parts.js';
import { typed } from './safe-text.js';

/**
 * Slash commands: `/tcp verify web-*` is the request `tcp verify web-*`. Accepted by the engine first, acked then; what
 * has no thread to be told in is told to the person alone.
 */
export const listenToCommands = ({ app, commands, engine, logger, names, deliveries }: DoorParts): void => {
  for (const name of commands) {
    app.command(name, async ({ command, ack }) => {
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
      return await ack({ response_type: 'ephemeral', text: body.text, blocks: [...body.blocks] });
    });
  }
};
