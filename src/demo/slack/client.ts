import { z } from 'zod';
import { failure, ok, type Result } from '../../core/fault.js';
import { type Button, buttonsOf, messageList, postedMessage, type SlackMessage } from './messages.js';
import { APP_ID, CHANNELS, type Channel, PEOPLE, type Person } from './workspace.js';

/** Acts for people in the local Slack, and reads what they see, through its control interface. */
export interface SlackClient {
  /** Says it in the channel, or calls the app's slash command. Resolves when the bot has taken it, within 5 s at most. */
  say(person: Person, channel: Channel, text: string): Promise<Result<{ readonly ts: string | undefined }>>;
  /** Presses the button with this label or action ID on the message. */
  click(person: Person, channel: Channel, messageTs: string, button: string): Promise<Result<undefined>>;
  /** All messages of the channel, oldest first, replies and ephemeral ones included. */
  history(channel: Channel): Promise<Result<readonly SlackMessage[]>>;
  /** The message that opens the thread and its replies, oldest first. */
  thread(channel: Channel, ts: string): Promise<Result<readonly SlackMessage[]>>;
}

const REQUEST_LIMIT_MS = 15_000;
const accepted = z.object({ ok: z.literal(true) });

export const slackClient = (url: string, commands: readonly string[], signal: AbortSignal): SlackClient => {
  const call = async <T>(path: string, schema: z.ZodType<T>, body?: unknown): Promise<Result<T>> => {
    try {
      const answer = await fetch(new URL(`/_control/${path}`, url), {
        signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_LIMIT_MS)]),
        ...(body === undefined
          ? {}
          : { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      });
      return ok(schema.parse(await answer.json()));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return failure(
        'slack_unreachable',
        `The local Slack did not answer (${reason.slice(0, 200)}).`,
        'Start the demo again.',
      );
    }
  };

  const history = async (channel: Channel): Promise<Result<readonly SlackMessage[]>> => {
    const answer = await call(`messages/${CHANNELS[channel]}`, messageList);
    return answer.ok ? ok(answer.value.messages) : answer;
  };

  const say: SlackClient['say'] = async (person, channel, text) => {
    const where = { channel: CHANNELS[channel], user: PEOPLE[person] };
    const command = /^(\/\S+)([\s\S]*)$/.exec(text);
    if (command === null) {
      const answer = await call('message', postedMessage, { ...where, text });
      return answer.ok ? ok({ ts: answer.value.message.ts }) : answer;
    }
    const [, name = '', rest = ''] = command;
    if (!commands.includes(name))
      return failure(
        'command_unknown',
        `${name} is no slash command of this app.`,
        `There are: ${commands.join(', ')}.`,
      );
    const answer = await call('command', accepted, { ...where, appId: APP_ID, command: name, text: rest.trim() });
    return answer.ok ? ok({ ts: undefined }) : answer;
  };

  const click: SlackClient['click'] = async (person, channel, messageTs, button) => {
    const messages = await history(channel);
    if (!messages.ok) return messages;
    const message = messages.value.find((one) => one.ts === messageTs);
    const buttons = message === undefined ? [] : buttonsOf(message);
    const found = findButton(buttons, button);
    if (found === undefined)
      return failure(
        'argument_unexpected',
        `The message has no button “${button}”.`,
        buttons.length === 0 ? 'It has no buttons at all.' : `It has: ${buttons.map((one) => one.label).join(', ')}.`,
      );
    const action = {
      type: 'button',
      action_id: found.actionId,
      block_id: found.blockId,
      value: found.value,
      text: { type: 'plain_text', text: found.label },
    };
    const body = { channel: CHANNELS[channel], messageTs, user: PEOPLE[person], action };
    const answer = await call('interact', accepted, body);
    return answer.ok ? ok(undefined) : answer;
  };

  const thread: SlackClient['thread'] = async (channel, ts) => {
    const messages = await history(channel);
    return messages.ok ? ok(messages.value.filter((one) => one.ts === ts || one.thread_ts === ts)) : messages;
  };

  return { say, click, history, thread };
};

/** By label, whatever its case, or by action ID. */
export const findButton = (buttons: readonly Button[], wanted: string): Button | undefined =>
  buttons.find((one) => one.label.toLowerCase() === wanted.toLowerCase()) ??
  buttons.find((one) => one.actionId === wanted);
