import { webApi } from '@slack/bolt';
import { type Fault, fault } from '../../core/fault.js';

/**
 * What a failed call means. `limited` and `refused`: surely not done. `unsure`: it may have been done unseen (a reset, a
 * time-out, a 5xx, and Slack's own codes that say so).
 */
export type SlackFailure =
  | { readonly kind: 'limited'; readonly retryMs: number }
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'unsure'; readonly why: string };

/** "It's possible some aspect of the operation succeeded" (chat.postMessage, list of errors). */
const UNSURE_CODES: ReadonlySet<string> = new Set([
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
]);

export const failureOf = (error: unknown): SlackFailure => {
  if (error instanceof webApi.WebAPIRateLimitedError) return { kind: 'limited', retryMs: error.retryAfter * 1000 };
  if (error instanceof webApi.WebAPIPlatformError) {
    const code = error.data.error;
    if (code === 'ratelimited') return { kind: 'limited', retryMs: 1000 };
    return UNSURE_CODES.has(code) ? { kind: 'unsure', why: code } : { kind: 'refused', code };
  }
  return { kind: 'unsure', why: reasonOf(error) };
};

/** What undici says is "fetch failed"; the reason is its cause, and of several addresses' causes the first. */
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message;
};

/** The channel cannot be written to, whatever is said there. */
export const CHANNEL_GONE: ReadonlySet<string> = new Set([
  'not_in_channel',
  'channel_not_found',
  'is_archived',
  'restricted_action',
  'restricted_action_thread_locked',
  'thread_not_found',
]);

/** Those that an invitation mends. */
export const NOT_INVITED: ReadonlySet<string> = new Set(['not_in_channel', 'channel_not_found']);

/** The message that should change is not there to be changed any more (deleted by a person, or too old). */
export const MESSAGE_GONE: ReadonlySet<string> = new Set([
  'message_not_found',
  'cant_update_message',
  'edit_window_closed',
]);

/** Slack does not take this body as it is. */
export const BODY_REFUSED: ReadonlySet<string> = new Set([
  'invalid_blocks',
  'invalid_blocks_format',
  'msg_blocks_too_long',
  'msg_too_long',
]);

const TOKENS = {
  bot: { name: 'bot token', starts: 'xoxb-', where: 'OAuth & Permissions' },
  app: { name: 'app-level token', starts: 'xapp-', where: 'Basic Information, App-Level Tokens' },
} as const;

/** Why Slack could not be reached or refused us at start, with which of the two tokens it was. */
export const startFault = (error: unknown, which: keyof typeof TOKENS): Fault => {
  const failed = failureOf(error);
  const token = TOKENS[which];
  if (failed.kind === 'refused') {
    return fault(
      'slack_token',
      `Slack refused the ${token.name} (${failed.code}).`,
      `Copy the token that starts with ${token.starts} from "${token.where}" of the app's settings on api.slack.com.`,
    );
  }
  const why = failed.kind === 'limited' ? `asks to wait ${failed.retryMs / 1000} s` : failed.why;
  return fault('slack_unreachable', `Slack could not be reached: ${why}.`, 'Check the network to it.');
};
