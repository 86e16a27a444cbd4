import { LogLevel, type Logger as SlackLogger, webApi } from '@slack/bolt';
import type { Logger } from 'pino';

export type SlackClient = webApi.WebClient;

/** Wall-clock bound of one call of the Web API, in ms. */
export const CALL_MS = 10_000;

const LEVELS: Readonly<Record<string, LogLevel>> = {
  trace: LogLevel.DEBUG,
  debug: LogLevel.DEBUG,
  info: LogLevel.INFO,
  warn: LogLevel.WARN,
};

/** Tokens, tickets of sockets and response_urls: who reads one can act as we do. */
const SECRETS = /x(?:ox[a-z]|app)-[\w-]+|https:\/\/hooks\.slack\.com\/[^\s"\\]+|(?<=ticket=)[^\s"&\\]+/gu;

/** Slack's libraries log into ours; what they call an error we handle ourselves, so it is a warning. */
export const slackLogger = (logger: Logger): SlackLogger => {
  const say =
    (level: 'debug' | 'warn') =>
    (message: unknown, ...rest: unknown[]) =>
      logger[level]({ from: 'slack' }, [message, ...rest].map(String).join(' ').replace(SECRETS, '***'));
  return {
    debug: say('debug'),
    info: say('debug'),
    warn: say('warn'),
    error: say('warn'),
    setLevel: () => undefined,
    getLevel: () => LEVELS[logger.level] ?? LogLevel.ERROR,
    setName: () => undefined,
  };
};

/**
 * Options for every Web API client of ours: nothing is sent again behind our back, a 429 is told instead of pausing the
 * whole client, every call ends in bounded time.
 */
export const clientOptions = (apiUrl: string | undefined, logger: Logger): webApi.WebClientOptions => ({
  ...(apiUrl === undefined ? {} : { slackApiUrl: apiUrl }),
  logger: slackLogger(logger),
  rejectRateLimitedCalls: true,
  timeout: CALL_MS,
  retryConfig: { retries: 0 },
});

/** Told of each call that Slack answered with 429: the method. */
export type OnLimited = (method: string) => void;

export const slackClient = (
  token: string,
  apiUrl: string | undefined,
  logger: Logger,
  onLimited?: OnLimited,
): SlackClient => {
  const client = new webApi.WebClient(token, clientOptions(apiUrl, logger));
  if (onLimited) {
    client.on(webApi.WebClientEvent.RATE_LIMITED, (_seconds: number, call: { url?: string }) =>
      onLimited(/[^/]+$/.exec(call.url ?? '')?.[0] ?? 'unknown'),
    );
  }
  return client;
};
