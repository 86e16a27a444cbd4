import type { Run } from '../../core/run.js';
import type { SlackClient } from './client.js';
import { sayThrough } from './response-url.js';
import { mrkdwn } from './safe-text.js';
import { failureOf } from './slack-errors.js';

const INVITE = 'Type /invite @runbolt in the channel and ask again.';
const NEXT: Readonly<Record<string, string>> = {
  is_archived: 'The channel is archived: ask in another one.',
  thread_not_found: 'The first message of the thread was deleted: ask again.',
  restricted_action: 'Only some people may post there: ask in another channel.',
};

/** `later`: Slack could not be asked now. `nobody`: it refused, or the run was not asked for in Slack. */
export type Told = 'told' | 'later' | 'nobody';

/**
 * Tells whoever asked that the channel cannot be written to and what to do: by the request's response_url (30 minutes,
 * five uses), otherwise by a direct message.
 */
export const tellRequester = async (client: SlackClient, run: Run, code: string): Promise<Told> => {
  const { origin, actor, request } = run.opened;
  if (origin.door !== 'slack') return 'nobody';
  const text =
    `✗ Runbolt cannot write in <#${mrkdwn(origin.channel, 40)}> (${mrkdwn(code, 60)}), so the answer to ` +
    `"${mrkdwn(request.text, 300)}" cannot be shown there. ${NEXT[code] ?? INVITE}`;
  if (origin.responseUrl && (await sayThrough(origin.responseUrl, { text }))) return 'told';
  try {
    await client.chat.postMessage({ channel: actor.id.replace(/^slack:/u, ''), text });
    return 'told';
  } catch (error) {
    return failureOf(error).kind === 'refused' ? 'nobody' : 'later';
  }
};
