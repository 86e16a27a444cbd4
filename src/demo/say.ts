import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Fault, failure, ok, type Result } from '../core/fault.js';
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
  /** Why the bot refused what was asked last; asked once a step, undefined where it did not. */
  readonly refusal: () => Fault | undefined;
  /** Takes plain text: each step as it is done, and at the end each thread that came of them. */
  readonly onText: (text: string) => void;
  readonly signal: AbortSignal;
  /** Bound on each step and what follows of it, in ms. */
  readonly limitMs: number;
}

const CHANNEL: Channel = 'ops';
const LOOK_AGAIN_MS = 50;

/** A step that the bot refused. */
interface RefusedStep {
  /** The step as it was printed. */
  readonly step: string;
  readonly why: Fault;
}

/**
 * Carries out the steps and prints the threads, also when a step fails. What the bot refuses does not end the
 * conversation: it is what it comes to. Faults: those of a step that could not be carried out.
 */
export const converse = async (conversation: Conversation): Promise<Result<readonly RefusedStep[]>> => {
  const { slack, onText } = conversation;
  const before = await slack.history(CHANNEL);
  if (!before.ok) return before;
  const seen = new Set(before.value.map((message) => message.ts));
  const refused: RefusedStep[] = [];
  let failed: Result<never> | undefined;
  for (const step of conversation.steps) {
    const shown = step.kind === 'say' ? `@${step.person}: ${step.text}` : `@${step.person} presses [${step.button}]`;
    onText(shown);
    const done = await carryOut(conversation, step);
    const why = conversation.refusal();
    if (why) refused.push({ step: shown, why });
    if (done.ok) continue;
    failed = done;
    break;
  }
  const after = await slack.history(CHANNEL);
  if (!after.ok) return failed ?? after;
  const threads = threadsOf(after.value).filter((thread) => thread.some((message) => !seen.has(message.ts)));
  for (const thread of threads) onText(`\n${renderThread(thread)}`);
  return failed ?? ok(refused);
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
