import type { Run } from '../../core/run.js';
import type { SlackClient } from './client.js';
import { sayThrough } from './response-url.js';
import { mrkdwn } from './safe-text.js';

const INVITE = 'Type /invite @runbolt in the channel and ask again.';
const NEXT: Readonly<Record<string, string>> = {
  is_archived: 'The channel is archived: ask in another one.',
  thread_not_found: 'The first message of the thread was deleted: ask again.',
  restricted_action: 'Only some people may post there: ask in another channel.',
};

/**
 * Tells whoever asked that the channel cannot be written to and what to do: by the request's response_url (30 minutes,
 * five uses), otherwise by a direct message. True when either arrived.
 */
export const tellRequester = async (client: SlackClient, run: Run, code: string): Promise<boolean> => {
  const { origin, actor, request } = run.opened;
  if (origin.door !== 'slack') return false;
  const text =
    `✗ Runbolt cannot write in <#${mrkdwn(origin.channel, 40)}> (${mrkdwn(code, 60)}), so the answer to ` +
    `"${mrkdwn(request.text, 300)}" cannot be shown there. ${NEXT[code] ?? INVITE}`;
  if (origin.responseUrl && (await sayThrough(origin.responseUrl, { text }))) return true;
  const direct = await client.chat
    .postMessage({ channel: actor.id.replace(/^slack:/u, ''), text })
    .catch(() => undefined);
  return direct?.ok ?? false;
};
