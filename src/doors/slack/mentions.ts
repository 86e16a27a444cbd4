import { z } from 'zod';
import type { Actor, Origin } from '../../core/actor.js';
import { fault, type Result } from '../../core/fault.js';
import type { Answer } from '../../engine/engine.js';
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
  if (word === 'cancel' || word === 'again') {
    const runId = await newest(engine, runs, word);
    if (runId) return await engine.press({ action: word, runId }, actor, key);
  }
  const origin: Origin = { door: 'slack', channel, ...(thread_ts ? { thread: thread_ts } : {}) };
  const [latest] = runs;
  if (word === 'status' && latest) return await engine.request(`runbolt status ${latest}`, actor, origin, key);
  if (words !== '' && (isCommand(words, commands) || runs.length === 0)) {
    return await engine.request(words, actor, origin, key);
  }
  return {
    ok: false,
    fault: fault(
      'command_unknown',
      words === '' ? 'There was nothing after the mention.' : `"${words.slice(0, 100)}" is not understood here.`,
      'Say cancel, status, again, or a full command such as "tcp verify web-*".',
    ),
  };
};

const isCommand = (words: string, commands: readonly string[]): boolean =>
  commands.some((c) => words === c.slice(1) || words.startsWith(`${c.slice(1)} `));

/** The newest run of the thread with which this can be done now, else simply the newest: its fault says why not. */
const newest = async (
  engine: DoorParts['engine'],
  runs: readonly string[],
  action: 'cancel' | 'again',
): Promise<string | undefined> => {
  for (const runId of runs.slice(0, 20)) {
    const view = await engine.view(runId);
    if (view?.actions.includes(action)) return runId;
  }
  return runs[0];
};
