import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { failure, ok, type Result } from '../core/fault.js';
import { findButton, type SlackClient } from './slack/client.js';
import { buttonsOf, type SlackMessage } from './slack/messages.js';
import { renderThread } from './slack/render.js';
import type { Channel, Person } from './slack/workspace.js';

/** What a person does in #ops, one after the other. */
export type Step =
  | { readonly kind: 'say'; readonly person: Person; readonly text: string }
  /** `button` is its label or action ID, on the newest message that shows it. */
  | { readonly kind: 'click'; readonly person: Person; readonly button: string };

export interface Conversation {
  readonly slack: SlackClient;
  readonly steps: readonly Step[];
  /** Resolves when nothing more will come without a person: all runs ended or waiting for one, all messages delivered. */
  readonly settled: (signal: AbortSignal) => Promise<void>;
  /** Takes plain text: each step as it is done, and at the end each thread that came of them. */
  readonly onText: (text: string) => void;
  readonly signal: AbortSignal;
  /** Bound on each step and what follows of it, in ms. */
  readonly limitMs: number;
}

const CHANNEL: Channel = 'ops';
const LOOK_AGAIN_MS = 50;

/** Carries out the steps and prints the threads, also when a step fails. Faults: the failed step's. */
export const converse = async (conversation: Conversation): Promise<Result<{ readonly threads: number }>> => {
  const { slack, onText } = conversation;
  const before = await slack.history(CHANNEL);
  if (!before.ok) return before;
  const seen = new Set(before.value.map((message) => message.ts));
  let failed: Result<never> | undefined;
  for (const step of conversation.steps) {
    onText(step.kind === 'say' ? `@${step.person}: ${step.text}` : `@${step.person} presses [${step.button}]`);
    const done = await carryOut(conversation, step);
    if (done.ok) continue;
    failed = done;
    break;
  }
  const after = await slack.history(CHANNEL);
  if (!after.ok) return failed ?? after;
  const threads = threadsOf(after.value).filter((thread) => thread.some((message) => !seen.has(message.ts)));
  for (const thread of threads) onText(`\n${renderThread(thread)}`);
  return failed ?? ok({ threads: threads.length });
};

const carryOut = async (conversation: Conversation, step: Step): Promise<Result<undefined>> => {
  const { slack, limitMs } = conversation;
  const limit = AbortSignal.timeout(limitMs);
  const signal = AbortSignal.any([conversation.signal, limit]);
  try {
    const done =
      step.kind === 'say'
        ? await slack.say(step.person, CHANNEL, step.text)
        : await press(slack, step.person, step.button, signal);
    if (!done.ok) return done;
    await Promise.race([conversation.settled(signal), whenAborted(signal)]);
    return ok(undefined);
  } catch (error) {
    if (!signal.aborted) throw error;
    return limit.aborted
      ? failure(
          'demo_unsettled',
          `Nothing settled within ${limitMs / 1000} s.`,
          'Look at `runbolt runs`, or give it longer.',
        )
      : failure('internal', 'The demo was stopped.', 'Start it again.');
  }
};

/** Rejects when the signal aborts. */
const whenAborted = async (signal: AbortSignal): Promise<never> => {
  if (!signal.aborted) await once(signal, 'abort');
  throw signal.reason;
};

/** Waits for the button to be shown: a message may still be on its way. */
const press = async (
  slack: SlackClient,
  person: Person,
  button: string,
  signal: AbortSignal,
): Promise<Result<undefined>> => {
  for (;;) {
    const messages = await slack.history(CHANNEL);
    if (!messages.ok) return messages;
    const showing = messages.value.filter((message) => findButton(buttonsOf(message), button) !== undefined);
    const newest = showing.reduce<SlackMessage | undefined>(
      (best, one) => (best === undefined || later(one.ts, best.ts) ? one : best),
      undefined,
    );
    if (newest !== undefined) return slack.click(person, CHANNEL, newest.ts, button);
    if (signal.aborted) {
      const shown = [...new Set(messages.value.flatMap(buttonsOf).map((one) => one.label))];
      return failure(
        'argument_unexpected',
        `No message in #${CHANNEL} shows a button “${button}”.`,
        shown.length === 0 ? 'No buttons are shown.' : `Buttons shown: ${shown.join(', ')}.`,
      );
    }
    await sleep(LOOK_AGAIN_MS, undefined, { signal }).catch(() => {});
  }
};

/** Slack's timestamps are decimal seconds with six digits behind the point. */
const later = (one: string, other: string): boolean => Number(one) > Number(other);

const threadsOf = (messages: readonly SlackMessage[]): readonly (readonly SlackMessage[])[] => {
  const threads = new Map<string, SlackMessage[]>();
  for (const message of messages) {
    const root = message.thread_ts ?? message.ts;
    threads.set(root, [...(threads.get(root) ?? []), message]);
  }
  return [...threads.values()];
};
