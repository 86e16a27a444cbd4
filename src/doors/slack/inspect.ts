import { webApi } from '@slack/bolt';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Fault } from '../../core/fault.js';
import type { Clock } from '../../engine/ports.js';
import { clientOptions } from './client.js';
import { BOT_SCOPES } from './manifest.js';
import { failureOf, type SlackFailure, startFault } from './slack-errors.js';

export interface SlackLook {
  readonly botToken: string;
  readonly appToken: string;
  readonly apiUrl?: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Whether the bot is in a channel; `unknown` when Slack did not say, and why. */
export type Membership =
  | { readonly kind: 'in'; readonly name: string }
  | { readonly kind: 'out'; readonly why: 'not a member' | 'archived' | 'not found' }
  | { readonly kind: 'unknown'; readonly failure: SlackFailure };

const who = z.object({ team: z.string(), user: z.string() });
const channelInfo = z.object({
  channel: z.object({ name: z.string().default(''), is_member: z.boolean(), is_archived: z.boolean().default(false) }),
});

/** Looks at what Slack grants this app; changes and posts nothing. */
export const slackLook = ({ botToken, appToken, apiUrl, clock, logger }: SlackLook) => {
  let ahead: number | undefined;
  const fetchDated: typeof fetch = async (input, init) => {
    const from = clock.now();
    const answer = await fetch(input, init);
    const date = Date.parse(answer.headers.get('date') ?? '');
    if (!Number.isNaN(date)) ahead = (from + clock.now()) / 2 - (date + 500);
    return answer;
  };
  const client = (token: string) =>
    new webApi.WebClient(token, { ...clientOptions(apiUrl, logger), fetch: fetchDated });
  const bot = client(botToken);
  return {
    /** The workspace, the bot's name, and the scopes that its token lacks; `undefined` where Slack does not tell scopes. */
    bot: async (): Promise<
      | {
          readonly ok: true;
          readonly team: string;
          readonly user: string;
          readonly lacks: readonly string[] | undefined;
        }
      | { readonly ok: false; readonly fault: Fault }
    > => {
      try {
        const answer = await bot.auth.test();
        const scopes = answer.response_metadata?.scopes;
        return { ok: true, ...who.parse(answer), lacks: scopes && BOT_SCOPES.filter((s) => !scopes.includes(s)) };
      } catch (error) {
        return { ok: false, fault: startFault(error, 'bot') };
      }
    },
    /** Why the app-level token opens no connection; undefined when it does. None is left open. */
    app: async (): Promise<Fault | undefined> => {
      try {
        await client(appToken).apps.connections.open({});
        return undefined;
      } catch (error) {
        return startFault(error, 'app');
      }
    },
    channel: async (channel: string): Promise<Membership> => membershipIn(bot, channel),
    /** How far this machine's clock is ahead of Slack's, ms (negative: behind); known once a call was answered. */
    ahead: () => ahead,
  };
};

const membershipIn = async (client: webApi.WebClient, channel: string): Promise<Membership> => {
  try {
    const { name, is_member, is_archived } = channelInfo.parse(await client.conversations.info({ channel })).channel;
    if (is_archived) return { kind: 'out', why: 'archived' };
    return is_member ? { kind: 'in', name } : { kind: 'out', why: 'not a member' };
  } catch (error) {
    const failure = failureOf(error);
    const gone = failure.kind === 'refused' && failure.code === 'channel_not_found';
    return gone ? { kind: 'out', why: 'not found' } : { kind: 'unknown', failure };
  }
};
