import { describe, expect, it } from 'vitest';
import { messageText, realClock, ScriptedEngine, threadText, until } from '../../../rig/slack/index.js';
import { ANA, aDoor, aRoom, OPS } from './workspace.js';

const room = aRoom();
const settled = (ms?: number) => until('all threads are told', () => room().engine.ledger.settled, ms);
const shown = (channel = OPS) =>
  room()
    .slack.messages(channel)
    .filter((m) => !m.ephemeralTo);
const calls = (method: string) => room().slack.api.calls.filter((c) => c.method === method);
const ask = () => room().slack.say(ANA, OPS, '/tcp verify web-*').acked;

const PLAN = {
  digest: 'd1',
  short: 'd1·d2',
  approvers: [],
  selfApproval: false,
  expiresAt: Date.now() + 60_000,
  targets: 1,
  effects: [],
  refusals: [],
  rollout: 'canary web-1',
} as const;
const ROLLOUT = { done: 0, total: 1, canary: { hosts: 'web-1', state: 'changing' } } as const;
const RESULT = {
  ...{ outcomes: { changed: 1 }, groups: [], takenBack: 0, notTakenBack: 0, reverts: [] },
  proof: ['usable ports 9 % → 94 %'],
} as const;

describe('a message that Slack did not confirm', () => {
  it('is there exactly once after a 429, in the time that Slack asked to wait', async () => {
    room().slack.misbehave('chat.postMessage', '429', 1, 1);
    const began = performance.now();
    await ask();
    await settled();
    expect(performance.now() - began).toBeGreaterThan(990);
    expect(shown()).toHaveLength(1);
  });

  it('is there exactly once after a 500', async () => {
    room().slack.misbehave('chat.postMessage', '500', 2);
    await ask();
    await settled();
    expect(shown()).toHaveLength(1);
  });

  it('is there exactly once when it was accepted and the answer was lost, found by its metadata', async () => {
    room().slack.misbehave('chat.postMessage', 'lost');
    await ask();
    await settled();
    expect(shown()).toHaveLength(1);
    expect(calls('chat.postMessage')).toHaveLength(1);
    expect(calls('conversations.history')).toHaveLength(1);
  });

  it('is updated to the newest words when it was accepted with old ones', async () => {
    const { slack, engine } = room();
    slack.misbehave('chat.postMessage', 'lost');
    await ask();
    engine.advance('run-1', { coverage: { total: 12, reached: 5, answered: 5 } });
    await settled();
    expect(shown().map(messageText)).toEqual([expect.stringContaining('5 of 12 hosts answered')]);
  });

  it('is found in a thread, too, after several such losses', async () => {
    const { slack, engine } = room();
    await ask();
    await settled();
    slack.misbehave('chat.postMessage', 'lost', 3);
    engine.advance('run-1', { phase: 'ended', plan: PLAN, rollout: ROLLOUT, result: RESULT });
    await settled();
    expect(shown()).toHaveLength(4);
    expect(calls('chat.postMessage')).toHaveLength(4);
  });

  it('is found by its buttons where the workspace drops metadata', async () => {
    const { slack } = room();
    slack.dropsMetadata();
    slack.misbehave('chat.postMessage', 'lost');
    await ask();
    await settled();
    expect(shown()).toHaveLength(1);
  });

  it('is found behind everything that was said in a busy channel since its run was opened', async () => {
    const { slack } = room();
    slack.misbehave('chat.postMessage', 'lost');
    await ask();
    await until('the post was accepted', () => shown().length === 1);
    for (let n = 0; n < 2500; n += 1) {
      slack.api.workspace.add({ channel: OPS, user: ANA, fromBot: false, text: `word ${n}`, blocks: [] });
    }
    await settled();
    expect(shown().filter((m) => m.fromBot)).toHaveLength(1);
    expect(calls('conversations.history')).toHaveLength(3);
    const [first] = calls('conversations.history');
    expect(Math.abs(Date.now() / 1000 - 60 - Number(first?.args.oldest))).toBeLessThan(20);
  });

  it('stays in doubt while the search for it fails', async () => {
    const { slack } = room();
    slack.misbehave('chat.postMessage', 'lost');
    slack.misbehave('conversations.history', '500', 2);
    await ask();
    await settled();
    expect(shown()).toHaveLength(1);
    expect(calls('conversations.history')).toHaveLength(3);
  });
});

describe('a thread', () => {
  it('is told in order whatever fails on the way', async () => {
    const { slack, engine } = room();
    await ask();
    slack.misbehave('chat.postMessage', '500', 1);
    slack.misbehave('chat.postMessage', '429', 1);
    slack.misbehave('chat.postMessage', 'lost', 1);
    engine.advance('run-1', { phase: 'ended', plan: PLAN, rollout: ROLLOUT, result: RESULT });
    await settled(20_000);
    expect(
      threadText(shown())
        .split('\n')
        .filter((l) => l.startsWith('  └')),
    ).toEqual([
      expect.stringContaining('plan d1·d2'),
      expect.stringContaining('canary web-1 is being changed · 0 of 1'),
      expect.stringContaining('1 changed, 0 failed'),
    ]);
  });

  it('of a child run goes on in the thread of its parent', async () => {
    const { engine } = room();
    await ask();
    const origin = { door: 'slack', channel: OPS } as const;
    engine.opened('tcp fix web-*', { id: 'slack:U1ANA', name: 'ana' }, origin, 'run-1');
    engine.advance('run-2', { mode: 'fix', phase: 'deciding', plan: PLAN, actions: ['apply', 'deny'] });
    await settled();
    const [root, ...replies] = shown();
    expect(replies.map((m) => m.thread)).toEqual([root?.ts, root?.ts]);
    expect(await engine.ledger.outbox.runsOfThread(OPS, root?.ts ?? '')).toEqual(['run-2', 'run-1']);
  });

  it('shows only the newest of many updates, within the rate, and ends right', async () => {
    const { engine } = room();
    await ask();
    for (let answered = 1; answered <= 400; answered += 1) {
      engine.advance('run-1', { coverage: { total: 400, reached: answered, answered } });
      if (answered % 10 === 0) await realClock.sleep(5);
    }
    await settled();
    expect(shown().map(messageText)).toEqual([expect.stringContaining('400 of 400 hosts reached')]);
    expect(calls('chat.update').length).toBeLessThan(10);
  });

  it('whose message a person deleted is let be', async () => {
    const { slack, engine } = room();
    await ask();
    await settled();
    slack.misbehave('chat.update', { error: 'message_not_found' });
    engine.advance('run-1', { phase: 'ended', endedAt: 1_700_000_001_200 });
    await settled();
    expect(calls('chat.update')).toHaveLength(1);
  });

  it('is told without blocks when Slack does not take them', async () => {
    const { slack } = room();
    slack.misbehave('chat.postMessage', { error: 'invalid_blocks' });
    await ask();
    await settled();
    expect(shown().map((m) => [m.blocks.length, m.text])).toEqual([[0, expect.stringContaining('tcp verify · web-*')]]);
  });
});

describe('a thread in a channel that cannot be written to', () => {
  const BY_ANA = [
    { id: 'slack:U1ANA', name: 'ana' },
    { door: 'slack', channel: 'C0FAR' },
  ] as const;
  const told = () => room().slack.messages(ANA).map(messageText);
  const away = () => {
    const { slack } = room();
    slack.channel('C0FAR', [ANA], false);
    slack.channel(ANA, [ANA]);
  };

  it('is given up only after its requester was told, however long that takes', async () => {
    const { slack, engine } = room();
    away();
    const toldBefore: number[] = [];
    const { abandon } = engine.ledger.outbox;
    engine.ledger.outbox.abandon = async (...args) => {
      toldBefore.push(told().length);
      await abandon(...args);
    };
    slack.misbehave('chat.postMessage', { error: 'not_in_channel' });
    slack.misbehave('chat.postMessage', '500');
    engine.opened('tcp verify web-*', ...BY_ANA);
    await until('it is given up', () => toldBefore.length === 1);
    expect(toldBefore).toEqual([1]);
    expect(told()).toEqual([expect.stringContaining('/invite @runbolt')]);
  });

  it('is given up at once when its requester can never be told', async () => {
    const { slack, engine } = room();
    slack.channel('C0FAR', [ANA], false);
    engine.opened('tcp verify web-*', ...BY_ANA);
    await until('it is given up', () => engine.ledger.threads.get('run-1')?.abandoned !== undefined);
  });

  it('takes the runs with it that wait for it to be opened, and their requesters are told', async () => {
    const { engine } = room();
    away();
    engine.opened('tcp verify web-*', ...BY_ANA);
    engine.opened('tcp fix web-*', ...BY_ANA, 'run-1');
    await until('both are given up', () =>
      ['run-1', 'run-2'].every((id) => engine.ledger.threads.get(id)?.abandoned !== undefined),
    );
    expect(told()).toEqual([expect.stringContaining('"tcp verify web-*"'), expect.stringContaining('"tcp fix web-*"')]);
  });
});

describe('channels', () => {
  it('do not wait for each other', async () => {
    const { slack } = room();
    slack.channel('C0DEV', [ANA]);
    slack.misbehave('chat.postMessage', '429', 1, 6);
    await ask();
    await until('ops waits', () => calls('chat.postMessage').length === 1);
    await slack.say(ANA, 'C0DEV', '/tcp verify web-*').acked;
    await until('dev is told', () => shown('C0DEV').length === 1);
    expect(shown()).toHaveLength(0);
    await settled();
    expect(shown()).toHaveLength(1);
  });

  it('get their messages at a pace that Slack allows', async () => {
    for (let n = 0; n < 7; n += 1) await ask();
    await settled(20_000);
    expect(shown()).toHaveLength(7);
  });
});

describe('after a restart', () => {
  it('a message that waits for its next attempt is sent exactly then', async () => {
    const { slack } = room();
    const engine = new ScriptedEngine();
    engine.opened('tcp verify web-*', { id: 'slack:U1ANA', name: 'ana' }, { door: 'slack', channel: OPS });
    const message = { key: 'summary', order: 0, body: { text: 'x', blocks: [] } };
    await engine.ledger.outbox.put('run-1', 1, { channel: OPS }, [message]);
    const at = Date.now() + 1500;
    await engine.ledger.outbox.failed('run-1', 'summary', at, true);
    const door = aDoor(slack, engine);
    await door.start();
    await until('it is told', () => engine.ledger.row('run-1', 'summary')?.ts !== undefined, 5_000);
    expect(Date.now()).toBeGreaterThanOrEqual(at);
    await door.stop();
  });

  it('what was not told yet is told, and what may have been told is looked for', async () => {
    const { slack, engine, door } = room();
    slack.misbehave('chat.postMessage', 'silence');
    await ask();
    await until('a post is on its way', () => engine.ledger.row('run-1', 'summary')?.posting === true);
    const row = engine.ledger.row('run-1', 'summary');
    slack.api.workspace.add({
      channel: OPS,
      user: 'U0BOT',
      fromBot: true,
      text: 'what the silent post had said',
      blocks: [],
      metadata: { event_type: 'runbolt', event_payload: { run: 'run-1', key: 'summary' } },
    });
    expect(row?.ts).toBeUndefined();
    const second = new ScriptedEngine();
    for (const [id, view] of engine.views) {
      const run = engine.ledger.runs.get(id);
      if (run) second.ledger.open(id, run.opened);
      second.show(view);
      await second.ledger.outbox.put(id, 1, { channel: OPS }, [
        { key: 'summary', order: 0, body: { text: 'x', blocks: [] } },
      ]);
      await second.ledger.outbox.posting(id, 'summary', 0);
    }
    const again = aDoor(slack, second);
    await again.start();
    await until('it is told', () => second.ledger.settled);
    await again.stop();
    expect(shown()).toHaveLength(1);
    expect(calls('chat.postMessage')).toHaveLength(1);
    await door.stop();
  }, 40_000);
});
