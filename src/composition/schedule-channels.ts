import type { Logger } from 'pino';
import type { Schedule } from '../core/schedule.js';
import { type SlackLook, slackLook } from '../doors/slack/inspect.js';
import { membership } from './doctor-slack.js';

/** Says in the log which channels of schedules the bot is not in: what they would be told waits until it is invited. */
export const warnOfChannels = async (
  slack: Omit<SlackLook, 'logger'>,
  schedules: readonly Schedule[],
  logger: Logger,
): Promise<void> => {
  if (schedules.length === 0) return;
  const look = slackLook({ ...slack, logger });
  for (const id of new Set(schedules.map(({ channel }) => channel))) {
    const names = schedules.flatMap(({ channel, name }) => (channel === id ? [name] : [])).join(', ');
    const { state, message, next = '' } = membership(id, names, await look.channel(id));
    if (state !== 'pass') logger.warn({ channel: id }, `${message} ${next}`);
  }
};
