import type { Body } from './blocks.js';
import type { DoorParts } from './parts.js';
import { sayThrough } from './response-url.js';

/** Where a button was pressed, and by whom. */
export interface Pressed {
  readonly user: string;
  readonly channel: string;
  readonly thread: string;
  readonly responseUrl: string | undefined;
}

/** Tells one person alone, in the thread; by the press's response_url when Slack does not take that. */
export const tellPresser = async ({ client, logger }: DoorParts, at: Pressed, body: Body): Promise<void> => {
  const { channel, user, thread: thread_ts, responseUrl } = at;
  const said = { text: body.text, blocks: [...body.blocks], thread_ts };
  try {
    await client.chat.postEphemeral({ channel, user, ...said });
  } catch (error) {
    logger.debug({ err: error }, 'an ephemeral message was refused');
    const told = responseUrl !== undefined && (await sayThrough(responseUrl, said));
    if (!told) logger.warn({ user, channel }, 'a person could not be told the answer');
  }
};
