import type { Body } from './blocks.js';
import type { DoorParts } from './parts.js';
import { failureOf } from './slack-errors.js';

const TRIES = 5;
const MAX_WAIT_MS = 30_000;

/**
 * Answers a mention in its thread, at the channel's pace and again when Slack asks to wait. An answer whose fate is not
 * known is not sent again: it is only words, and better missed than doubled. Never rejects.
 */
export const replyInThread = async (
  { client, clock, lanes, logger, signal }: DoorParts,
  channel: string,
  thread: string,
  body: Body,
): Promise<void> => {
  const lane = lanes.of(channel);
  const reply = { id: `${channel}/${thread}` };
  for (let n = 0; n < TRIES && !signal.aborted; n += 1) {
    for (
      let wait = lane.waitMs(reply, clock.now());
      wait > 0 && !signal.aborted;
      wait = lane.waitMs(reply, clock.now())
    )
      await clock.sleep(wait, signal).catch(() => undefined);
    if (signal.aborted) break;
    lane.take(reply, clock.now());
    try {
      const blocks = [...body.blocks];
      await client.chat.postMessage({ channel, thread_ts: thread, text: body.text, blocks, unfurl_links: false });
      return;
    } catch (error) {
      const failure = failureOf(error);
      if (failure.kind !== 'limited') {
        logger.warn({ failure, channel }, 'a mention could not be answered');
        return;
      }
      lane.pause(clock.now() + Math.min(MAX_WAIT_MS, failure.retryMs));
    }
  }
  logger.warn({ channel }, 'a mention was not answered');
};
