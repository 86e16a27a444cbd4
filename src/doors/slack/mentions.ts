import { z } from 'zod';
import type { Actor, Origin } from '../../core/actor.js';
import { failure, type Result } from '../../core/fault.js';
import type { Answer } from '../../engine/engine.js';
import type { RunView } from '../../engine/view.js';
import { answerBody, faultBody, INTERNAL } from './answer.js';
import type { DoorParts } from './parts.js';
import { replyInThread } from './reply.js';
import { typed } from './safe-text.js';

const mentioned = z.object({
  user: z.string(),
  text: z.string(),
  ts: z.string(),
  channel: z.string(),
  thread_ts: z.string().optional(),
});
const envelope = z.object({ event_id: z.string() });

type Mention = z.infer<typeof mentioned>;

/**
 * Mentions, since slash commands do not work in threads: in a run's thread `cancel`, `status` and `again`; anywhere a
 * full command (`tcp verify web-*`). The reply goes into the thread. Bolt's ack of the event waits for this.
 */
export const listenToMentions = (parts: DoorParts): void => {
  const { app, deliveries, logger, names, self } = parts;
  app.event('app_mention', async ({ event, body }) => {
    const mention = mentioned.safeParse(event);
    const id = envelope.safeParse(body);
    if (!mention.success || !id.success) return logger.debug('a mention without a person was left out');
    const key = `slack:${id.data.event_id}`;
    const first = deliveries.first(key);
    const { user, channel, thread_ts, ts, text } = mention.data;
    const words = typed(text.replace(`<@${self.userId}>`, ' ')).replace(/^\//u, '');
    const actor = { id: `slack:${user}`, name: await names.of(user, user) };
    let result: Result<Answer> | undefined;
    try {
      result = await answerTo(parts, mention.data, words, actor, key);
    } catch (error) {
      deliveries.forget(key);
      throw error;
    }
    const told = answerBody(result ?? { ok: false, fault: INTERNAL }) ?? (result ? undefined : faultBody(INTERNAL));
    if (!told || !first) return undefined;
    void replyInThread(parts, channel, thread_ts ?? ts, told);
    return undefined;
  });
};

const answerTo = async (
  { engine, ledger, commands }: DoorParts,
  { channel, thread_ts }: Mention,
  words: string,
  actor: Actor,
  key: string,
): Promise<Result<Answer>> => {
  const runs = thread_ts ? await ledger.outbox.runsOfThread(channel, thread_ts) : [];
  const word = words.toLowerCase();
  const [latest] = runs;
  if (word === 'cancel' && latest) {
    const runId = (await cancellable(engine, runs)) ?? latest;
    return await engine.press({ action: 'cancel', runId }, actor, key);
  }
  if (word === 'again' && latest) {
    const view = await engine.view(latest);
    if (!view?.actions.includes('again')) return notAgain(view);
    return await engine.press({ action: 'again', runId: latest }, actor, key);
  }
  const origin: Origin = { door: 'slack', channel, ...(thread_ts ? { thread: thread_ts } : {}) };
  if (word === 'status' && latest) return await engine.request(`runbolt status ${latest}`, actor, origin, key);
  if (words !== '' && (isCommand(words, commands) || runs.length === 0)) {
    return await engine.request(words, actor, origin, key);
  }
  return failure(
    'command_unknown',
    words === '' ? 'There was nothing after the mention.' : `"${words.slice(0, 100)}" is not understood here.`,
    'Say cancel, status, again, or a full command such as "tcp verify web-*".',
  );
};

const isCommand = (words: string, commands: readonly string[]): boolean =>
  /^diagnose\s/u.test(words) || commands.some((c) => words === c.slice(1) || words.startsWith(`${c.slice(1)} `));

/** The newest run of the thread that can be cancelled now; without one the newest of all: its fault says why not. */
const cancellable = async (engine: DoorParts['engine'], runs: readonly string[]): Promise<string | undefined> => {
  for (const runId of runs.slice(0, 20)) {
    const view = await engine.view(runId);
    if (view?.actions.includes('cancel')) return runId;
  }
  return undefined;
};

/** Only what the thread offers is carried out: a change is asked for anew in full, not by its last word. */
const notAgain = (view: RunView | undefined): Result<Answer> => {
  const command = view ? [view.command, view.selector, view.params ?? ''].join(' ').trim() : 'the newest run';
  const possible = ['status', ...(view?.actions.includes('cancel') ? ['cancel'] : [])].join(', ');
  return failure(
    'command_unknown',
    `The newest run of this thread (${command.slice(0, 200)}) cannot be asked again.`,
    `Say ${possible}, press one of its buttons, or give a full command such as "tcp verify web-*".`,
  );
};
