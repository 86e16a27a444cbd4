import { existsSync } from 'node:fs';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { failure, ok } from '../../src/core/fault.js';
import { slackClient } from '../../src/doors/slack/client.js';
import { slackDoor } from '../../src/doors/slack/index.js';
import { failureOf } from '../../src/doors/slack/slack-errors.js';
import { realClock, ScriptedEngine, startSlackDouble, until } from '../rig/slack/index.js';
import { LOCAL_SLACK, startLocalSlack } from '../rig/slack/local-slack.js';

const OPS = 'C0OPS';
const ANA = 'U1ANA';
const BO = 'U2BO';
const logger = pino({ level: 'silent' });

interface Seen {
  readonly ts: string;
  readonly text: string;
  readonly thread: string | undefined;
  readonly to: string | undefined;
  readonly fromBot: boolean;
  readonly blocks: readonly string[];
}

/** What can be asked of the double and of the real local Slack alike. */
interface Place {
  readonly apiUrl: string;
  readonly botToken: string;
  readonly appToken: string;
  command(user: string, text: string): Promise<unknown>;
  say(user: string, text: string, thread?: string): Promise<unknown>;
  click(user: string, ts: string, button: { action_id: string; value: string }): Promise<unknown>;
  messages(): Promise<readonly Seen[]>;
  close(): Promise<void>;
}

const double = async (): Promise<Place> => {
  const slack = await startSlackDouble();
  slack.person({ id: ANA, name: 'ana' });
  slack.person({ id: BO, name: 'bo' });
  slack.channel(OPS, [ANA, BO]);
  return {
    apiUrl: slack.apiUrl,
    botToken: slack.botToken,
    appToken: slack.appToken,
    command: (user, text) => slack.say(user, OPS, text).acked,
    say: (user, text, thread) => slack.mention(user, OPS, thread, text).acked,
    click: async (user, ts, button) => {
      const found = slack.messages(OPS).find((m) => m.ts === ts);
      return found ? slack.click(user, found, button.action_id).acked : undefined;
    },
    messages: async () =>
      slack.messages(OPS).map((m) => ({
        ts: m.ts,
        text: m.text,
        thread: m.thread,
        to: m.ephemeralTo,
        fromBot: m.fromBot,
        blocks: m.blocks.map((b) => b.type),
      })),
    close: async () => {
      await slack.close();
      expect(slack.violations.filter((v) => !v.startsWith('chat.postMessage over its rate'))).toEqual([]);
    },
  };
};

const local = async (): Promise<Place> => {
  const slack = await startLocalSlack(OPS, [ANA, BO]);
  return {
    ...slack,
    command: (user, text) => {
      const [command, ...rest] = text.split(' ');
      return slack.control('command', { channel: OPS, user, command, text: rest.join(' ') });
    },
    say: (user, text, thread) =>
      slack.control('message', { channel: OPS, user, text, ...(thread ? { thread_ts: thread } : {}) }),
    click: (user, messageTs, button) =>
      slack.control('interact', { channel: OPS, messageTs, user, action: { type: 'button', ...button } }),
    messages: async () =>
      (await slack.messages()).map((m) => ({
        ts: m.ts,
        text: m.text ?? '',
        thread: m.thread_ts,
        to: m.ephemeral_to,
        fromBot: m.bot_id !== undefined,
        blocks: (m.blocks ?? []).map((b) => b.type),
      })),
  };
};

const history = z.object({ messages: z.array(z.object({ ts: z.string(), text: z.string() })) });
const section = { type: 'section', text: { type: 'mrkdwn', text: 'one' } };

const contract = (open: () => Promise<Place>) => () => {
  let place: Place;
  let engine: ScriptedEngine;
  let stop: () => Promise<void>;

  beforeAll(async () => {
    place = await open();
    engine = new ScriptedEngine();
    const { apiUrl, botToken, appToken } = place;
    const options = { engine, ledger: engine.ledger, clock: realClock, logger, commands: ['/tcp'] };
    const door = slackDoor({ ...options, apiUrl, botToken, appToken });
    expect(await door.start()).toMatchObject({ ok: true });
    stop = door.stop;
  });
  afterAll(async () => {
    await stop();
    await place.close();
  });

  const client = () => slackClient(place.botToken, place.apiUrl, logger);
  const of = async (ts: string | undefined) => (await place.messages()).find((m) => m.ts === ts);

  it('posts, answers with the ts, and shows the message in its history', async () => {
    const { ts, channel } = await client().chat.postMessage({ channel: OPS, text: 'hello', blocks: [section] });
    expect(channel).toBe(OPS);
    expect(await of(ts)).toMatchObject({ text: 'hello', blocks: ['section'], fromBot: true });
    const told = history.parse(await client().conversations.history({ channel: OPS }));
    expect(told.messages.map((m) => m.ts)).toContain(ts);
  });

  it('keeps replies in their thread, first message first', async () => {
    const root = await client().chat.postMessage({ channel: OPS, text: 'root' });
    const thread_ts = root.ts ?? '';
    await client().chat.postMessage({ channel: OPS, text: 'reply', thread_ts });
    const told = history.parse(await client().conversations.replies({ channel: OPS, ts: thread_ts }));
    expect(told.messages.map((m) => m.text)).toEqual(['root', 'reply']);
    const roots = history.parse(await client().conversations.history({ channel: OPS }));
    expect(roots.messages.map((m) => m.text)).not.toContain('reply');
  });

  it('updates, and deletes the blocks when only text is given', async () => {
    const { ts } = await client().chat.postMessage({ channel: OPS, text: 'old', blocks: [section] });
    await client().chat.update({ channel: OPS, ts: ts ?? '', text: 'new' });
    expect(await of(ts)).toMatchObject({ text: 'new', blocks: [] });
  });

  it('refuses an unknown message and an unknown channel by the same names', async () => {
    const why = async (call: Promise<unknown>) =>
      failureOf(
        await call.then(
          () => undefined,
          (e: unknown) => e,
        ),
      );
    expect(await why(client().chat.update({ channel: OPS, ts: '1.0', text: 'x' }))).toMatchObject({
      code: 'message_not_found',
    });
    expect(await why(client().chat.postMessage({ channel: 'C9NONE', text: 'x' }))).toMatchObject({
      code: 'channel_not_found',
    });
    expect(await why(client().users.info({ user: 'U9NONE' }))).toMatchObject({ code: 'user_not_found' });
  });

  it('shows an ephemeral message to one person', async () => {
    await client().chat.postEphemeral({ channel: OPS, user: BO, text: 'only bo' });
    expect((await place.messages()).filter((m) => m.to === BO).map((m) => m.text)).toEqual(['only bo']);
  });

  it('carries a slash command to the engine, and its answer to the asker alone', async () => {
    engine.onRequest = () => failure('verb_unknown', 'No such verb.', 'Ask again.');
    await place.command(ANA, '/tcp dance web-*');
    await until('ana is told', async () => (await place.messages()).some((m) => m.to === ANA));
    expect(engine.requests.at(-1)).toMatchObject({
      text: 'tcp dance web-*',
      actor: { id: 'slack:U1ANA', name: 'ana' },
    });
    expect((await place.messages()).find((m) => m.to === ANA)?.text).toBe('✗ No such verb.\nAsk again.');
  });

  it('shows a run as a thread, and carries presses and mentions in it', async () => {
    engine.onRequest = () => undefined;
    await place.command(ANA, '/tcp verify web-*');
    await until('the run is told', () => engine.ledger.settled);
    const runId = [...engine.views.keys()].at(-1) ?? '';
    const ts = engine.ledger.row(runId, 'summary')?.ts ?? '';
    expect(await of(ts)).toMatchObject({ blocks: ['header', 'actions'], thread: undefined });
    engine.onPress = () => ok({ kind: 'text', lines: ['being cancelled'] });
    await place.click(BO, ts, { action_id: 'runbolt:cancel', value: JSON.stringify({ runId, key: 'summary' }) });
    await until('bo is told', async () => (await place.messages()).some((m) => m.text === 'being cancelled'));
    expect(engine.presses.at(-1)).toMatchObject({ press: { action: 'cancel', runId }, actor: { name: 'bo' } });
    await place.say(BO, '<@U0BOT> cancel', ts);
    await until('the thread is told', async () =>
      (await place.messages()).some((m) => m.thread === ts && m.text === 'being cancelled' && m.to === undefined),
    );
    expect(engine.presses).toHaveLength(2);
  });

  it('answers Details with the report, as a file or else to the presser', async () => {
    const runId = [...engine.views.keys()].at(-1) ?? '';
    const ts = engine.ledger.row(runId, 'summary')?.ts ?? '';
    engine.advance(runId, { phase: 'ended', actions: ['details'] });
    await until('the buttons have changed', () => engine.ledger.settled);
    const before = (await place.messages()).length;
    await place.click(BO, ts, { action_id: 'runbolt:details', value: JSON.stringify({ runId, key: 'summary' }) });
    await until('the report is there', async () => (await place.messages()).length > before);
  });

  it('shows a lost post once, also where the workspace keeps no metadata', async () => {
    const runId = [...engine.views.keys()].at(-1) ?? '';
    const row = engine.ledger.row(runId, 'summary');
    const root = row?.ts ?? '';
    const again = new ScriptedEngine();
    const run = engine.ledger.runs.get(runId);
    const view = engine.views.get(runId);
    if (!run || !view || !row) throw new Error('no run to go on with');
    again.ledger.open(runId, run.opened);
    await again.ledger.outbox.put(runId, 1, { channel: OPS }, [row.message]);
    await again.ledger.outbox.posting(runId, 'summary', 0);
    again.show(view);
    const { apiUrl, botToken, appToken } = place;
    const options = { engine: again, ledger: again.ledger, clock: realClock, logger, commands: [] };
    const door = slackDoor({ ...options, apiUrl, botToken, appToken });
    await door.start();
    await until('it is told', () => again.ledger.settled);
    await door.stop();
    expect(again.ledger.row(runId, 'summary')?.ts).toBe(root);
  });
};

describe('the double of Slack', contract(double));

const there = existsSync(LOCAL_SLACK);
describe.skipIf(!there)(
  `the real local Slack${there ? '' : ' (local-slack-linux-x64 is not installed)'}`,
  contract(local),
);
