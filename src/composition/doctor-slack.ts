import type { Logger } from 'pino';
import type { Config } from '../core/config.js';
import type { Fault } from '../core/fault.js';
import { type Membership, slackLook } from '../doors/slack/inspect.js';
import { clockFindings } from './doctor-clock.js';
import { type Check, type Finding, fail, pass, unknown } from './doctor-report.js';
import type { Environment } from './environment.js';
import { systemClock } from './system.js';

/** Tokens, scopes, the channels of schedules, and this machine's clock against Slack's. */
export const slackChecks = (env: Environment, config: Config | undefined, logger: Logger): readonly Check[] => {
  const { slackBotToken: botToken, slackAppToken: appToken, slackApiUrl: apiUrl } = env;
  if (botToken === undefined || appToken === undefined) {
    const missing = botToken === undefined ? 'SLACK_BOT_TOKEN (xoxb-…)' : 'SLACK_APP_TOKEN (xapp-…)';
    const next = 'Set it in the environment; `runbolt manifest` prints the Slack app that has both tokens.';
    return [{ name: 'slack', look: async () => [fail(`${missing} is not set.`, next)] }];
  }
  const look = slackLook({ botToken, appToken, clock: systemClock, logger, ...(apiUrl !== undefined && { apiUrl }) });
  const bot = once(look.bot);
  return [
    {
      name: 'slack bot token',
      look: async () => {
        const found = await bot();
        return [found.ok ? pass(`It is ${found.user} in ${found.team}.`) : refused(found.fault)];
      },
    },
    {
      name: 'slack scopes',
      look: async () => {
        const found = await bot();
        if (!found.ok) return [unknown('Slack does not say what the bot may do.', 'Mend the bot token first.')];
        return [scopes(found.lacks)];
      },
    },
    {
      name: 'slack app token',
      look: async () => {
        const fault = await look.app();
        return [fault ? refused(fault) : pass('It opens connections (Socket Mode).')];
      },
    },
    {
      name: 'slack channels',
      look: async () => {
        const ids = [...new Set((config?.schedules ?? []).map((s) => s.channel))];
        if (ids.length === 0) return [pass('No schedule tells a channel.')];
        return Promise.all(ids.map(async (id) => membership(id, schedulesOf(config, id), await look.channel(id))));
      },
    },
    {
      name: 'clock and Slack',
      look: async () => {
        await bot();
        return clockFindings(look.ahead(), "Slack's");
      },
    },
  ];
};

const schedulesOf = (config: Config | undefined, id: string): string =>
  (config?.schedules ?? [])
    .filter(({ channel }) => channel === id)
    .map(({ name }) => name)
    .join(', ');

const refused = ({ code, message, next }: Fault): Finding =>
  code === 'slack_unreachable' ? unknown(message, next) : fail(message, next);

const scopes = (lacks: readonly string[] | undefined): Finding => {
  if (lacks === undefined) return unknown('Slack does not say which scopes the bot token has.', 'Ask again.');
  if (lacks.length === 0) return pass('The bot token has all that the manifest asks for.');
  return fail(
    `The bot token lacks ${lacks.join(', ')}.`,
    'Add what lacks under "OAuth & Permissions" (`runbolt manifest` has all) and reinstall the app to the workspace.',
  );
};

/** What to say of a channel that schedules tell; also said when the bot starts. */
export const membership = (id: string, schedules: string, found: Membership): Finding => {
  if (found.kind === 'in') return pass(`The bot is in #${found.name} (${id}), which ${schedules} tells.`);
  if (found.kind === 'unknown') {
    const { failure } = found;
    const why = failure.kind === 'refused' ? failure.code : failure.kind === 'limited' ? 'too many calls' : failure.why;
    return unknown(`Whether the bot is in ${id}, which ${schedules} tells, Slack does not say (${why}).`, 'Ask again.');
  }
  const [what, next] = OUT[found.why];
  return fail(`${what} ${id}, which ${schedules} tells.`, next);
};

const OUT = {
  'not a member': ['The bot is not in the channel', 'Invite it there: `/invite @runbolt`. What is to be told waits.'],
  'not found': [
    'Slack knows no channel for the bot by the ID',
    'Correct `channel` of the schedule; into a private channel the bot must be invited before it sees it.',
  ],
  archived: ['Archived is the channel', 'Unarchive it, or name another `channel` in the schedule.'],
} as const;

const once = <T>(ask: () => Promise<T>): (() => Promise<T>) => {
  let answer: Promise<T> | undefined;
  return () => {
    answer ??= ask();
    return answer;
  };
};
