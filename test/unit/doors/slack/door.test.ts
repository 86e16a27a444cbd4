import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { failure, ok } from '../../../../src/core/fault.js';
import { aView, messageText, realClock, ScriptedEngine, until } from '../../../rig/slack/index.js';
import { ANA, aDoor, aRoom, aWorkspace, BO, OPS } from './workspace.js';

const room = aRoom();
const settled = () => until('the thread is told', () => room().engine.ledger.settled);
const roots = () =>
  room()
    .slack.messages(OPS)
    .filter((m) => m.fromBot && !m.thread && !m.ephemeralTo);

describe('a slash command', () => {
  it('is accepted before it is acked, and told of before any host has answered', async () => {
    const { slack, engine } = room();
    const delivery = slack.say(ANA, OPS, '/tcp verify web-*');
    await until('the summary is there', () => roots().length === 1);
    await delivery.acked;
    expect(engine.requests).toMatchObject([
      { text: 'tcp verify web-*', actor: { id: 'slack:U1ANA', name: 'ana' }, origin: { door: 'slack', channel: OPS } },
    ]);
    expect(roots().map(messageText)).toEqual([
      'PROD · tcp verify · web-* · 0 of 12 hosts answered · asked by @ana\n[Cancel]',
    ]);
  });

  it('that is delivered twice, to two connections, is one run and one message', async () => {
    const { slack, engine } = room();
    slack.sockets.duplicates = 2;
    await slack.say(ANA, OPS, '/tcp verify web-*').acked;
    await until('all deliveries have come', () => engine.requests.length === 3);
    await settled();
    expect(new Set(engine.requests.map((r) => r.key)).size).toBe(1);
    expect(roots()).toHaveLength(1);
  });

  it('that is wrong is answered to its asker alone', async () => {
    const { slack, engine } = room();
    engine.onRequest = () => failure('verb_unknown', '`verfy` is not a verb; did you mean `verify`?', 'Ask again.');
    await slack.say(ANA, OPS, '/tcp verfy web-*').acked;
    expect(slack.ephemeral(ANA).map(messageText)).toEqual([
      '✗ `verfy` is not a verb; did you mean `verify`?\nAsk again.',
    ]);
    expect(roots()).toEqual([]);
  });

  it('whose answer comes later than Slack waits for it is told it all the same', async () => {
    const { slack, engine } = room();
    engine.onRequest = async () => {
      await delay(3_200);
      return failure('ledger_unreachable', 'PostgreSQL at db:5432/runbolt cannot be reached.', 'Start it.');
    };
    expect(await slack.say(ANA, OPS, '/tcp verify web-*').acked).toBeUndefined();
    await until('it is told', () => slack.ephemeral(ANA).length > 0);
    expect(slack.ephemeral(ANA).map(messageText)).toEqual([
      '✗ PostgreSQL at db:5432/runbolt cannot be reached.\nStart it.',
    ]);
    expect(slack.sockets.late.splice(0)).toEqual(['slash_commands']);
  });

  it('that needs no run is answered with text to its asker alone, once, however long', async () => {
    const { slack, engine } = room();
    engine.onRequest = () =>
      ok({ kind: 'text', lines: Array.from({ length: 900 }, (_, i) => `web-${i} ${'x'.repeat(90)}`) });
    slack.sockets.duplicates = 1;
    await slack.say(ANA, OPS, '/runbolt targets').acked;
    await until('both deliveries have come', () => engine.requests.length === 2);
    expect(slack.ephemeral(ANA)).toHaveLength(1);
    expect(slack.ephemeral(ANA).map(messageText)[0]).toContain('and more than fits here');
  });

  it('that the engine cannot take is told so, without a stack trace', async () => {
    const { slack, engine } = room();
    engine.onRequest = () => {
      throw new Error('the database is away');
    };
    await slack.say(ANA, OPS, '/tcp verify web-*').acked;
    const [told] = slack.ephemeral(ANA).map(messageText);
    expect(told).toContain('could not take this request');
    expect(told).not.toContain('database');
  });

  it('reaches the engine without the markup that Slack adds', async () => {
    const { slack, engine } = room();
    await slack.say(ANA, OPS, '/tcp verify <http://web-1.example.com|web-1.example.com> warn=70 &amp; x').acked;
    expect(engine.requests[0]?.text).toBe('tcp verify web-1.example.com warn=70 & x');
  });

  it('in a channel the bot is not in is given up, and its asker reads what to do', async () => {
    const { slack, engine } = room();
    slack.channel('C0FAR', [ANA], false);
    await slack.say(ANA, 'C0FAR', '/tcp verify web-*').acked;
    await until('ana is told', () => slack.ephemeral(ANA).length === 1);
    expect(messageText(slack.ephemeral(ANA)[0] ?? slack.messages('C0FAR')[0] ?? fail())).toContain('/invite @runbolt');
    await until('its thread is given up', () => engine.ledger.threads.get('run-1')?.abandoned === 'slack_channel');
  });
});

const fail = (): never => {
  throw new Error('nobody was told');
};

describe('a button', () => {
  const planned = async () => {
    const { slack, engine } = room();
    await slack.say(ANA, OPS, '/tcp verify web-*').acked;
    engine.advance('run-1', {
      phase: 'deciding',
      mode: 'fix',
      actions: ['approve', 'deny', 'details'],
      plan: {
        digest: '7f3a9c21',
        short: '7f3a·9c21',
        approvers: ['S0SRE'],
        selfApproval: false,
        expiresAt: Date.now() + 60_000,
        targets: 9,
        effects: [{ text: 'running  net.ipv4.tcp_tw_reuse 2 → 1', count: 9, hosts: 'web-[1-9]' }],
        refusals: [],
        rollout: 'canary web-1, then 25 % at a time, stops at the first failure',
      },
    });
    await settled();
    return slack.messages(OPS).find((m) => m.thread !== undefined) ?? fail();
  };

  it('carries the digest of the plan that it showed', async () => {
    const { slack, engine } = room();
    const plan = await planned();
    await slack.click(BO, plan, 'Approve').acked;
    expect(engine.presses).toMatchObject([
      { press: { action: 'approve', runId: 'run-1', digest: '7f3a9c21' }, actor: { id: 'slack:U2BO', name: 'bo' } },
    ]);
  });

  it('pressed by thirty people at once is answered to each of them alone', async () => {
    const { slack, engine } = room();
    const people = Array.from({ length: 30 }, (_, i) => `U3P${i}`);
    slack.channel(OPS, [ANA, BO, ...people]);
    for (const id of people) slack.person({ id, name: id.toLowerCase() });
    const plan = await planned();
    let won: string | undefined;
    engine.onPress = (_, actor) => {
      won ??= actor.id;
      return won === actor.id
        ? ok({ kind: 'run', runId: 'run-1', fresh: false })
        : failure('approval_decided', `${won} was faster: approved.`, 'Nothing is left to do.');
    };
    await Promise.all(people.map((id) => slack.click(id, plan, 'runbolt:approve').acked));
    await until('the others read who won', () => people.filter((p) => slack.ephemeral(p).length === 1).length === 29);
    expect(
      slack
        .messages(OPS)
        .filter((m) => m.ephemeralTo)
        .map(messageText)[0],
    ).toContain('was faster');
  });

  it('that is delivered twice is answered once', async () => {
    const { slack, engine } = room();
    const plan = await planned();
    slack.sockets.duplicates = 1;
    await slack.click(BO, plan, 'Deny').acked;
    await until('bo is told', () => slack.ephemeral(BO).length === 1);
    expect(engine.presses).toHaveLength(1);
  });

  it('shows the complete report as a file in the thread', async () => {
    const { slack, engine } = room();
    engine.reports = () => `report\n${'x'.repeat(100_000)}\u001b[31m`;
    const plan = await planned();
    await slack.click(BO, plan.thread ? (roots()[0] ?? plan) : plan, 'Details').acked;
    await until('the file is there', () => slack.messages(OPS).some((m) => m.files));
    const file = slack.messages(OPS).find((m) => m.files);
    expect(file?.files).toEqual([{ name: 'report.txt', content: `report\n${'x'.repeat(100_000)}` }]);
    expect(file?.thread).toBe(roots()[0]?.ts);
  });

  it('shows the head of the report to the presser where files cannot be uploaded', async () => {
    const { slack } = room();
    slack.misbehave('files.getUploadURLExternal', { error: 'missing_scope' });
    await planned();
    await slack.click(BO, roots()[0] ?? fail(), 'Details').acked;
    await until('bo is told', () => slack.ephemeral(BO).length === 1);
    expect(slack.ephemeral(BO).map(messageText)[0]).toContain('report of run-1');
  });
});

describe('a mention', () => {
  it('in a run thread cancels, asks for the status, or carries a full command, and is answered there', async () => {
    const { slack, engine } = room();
    await slack.say(ANA, OPS, '/tcp verify web-*').acked;
    await settled();
    const root = roots()[0]?.ts ?? fail();
    engine.onPress = () => ok({ kind: 'text', lines: ['run-1 is being cancelled'] });
    const replies = () =>
      slack
        .messages(OPS)
        .filter((m) => m.fromBot && m.thread === root)
        .map(messageText);
    const answered = async (text: string) => {
      const known = replies().length;
      await slack.mention(BO, OPS, root, text).acked;
      await until(`${text} is answered`, () => replies().length > known);
    };
    await answered('<@U0BOT> cancel');
    expect(engine.presses).toMatchObject([{ press: { action: 'cancel', runId: 'run-1' }, actor: { name: 'bo' } }]);
    engine.onRequest = (text) => ok({ kind: 'text', lines: [`answer to ${text}`] });
    await answered('hey <@U0BOT> status');
    await answered('<@U0BOT> tcp verify db-1');
    await answered('<@U0BOT> dance');
    expect(replies()).toEqual([
      'run-1 is being cancelled',
      expect.stringContaining('status'),
      'answer to tcp verify db-1',
      expect.stringContaining('cancel, status, again'),
    ]);
  });

  it('asks again only what the newest run of the thread offers, and says what is possible otherwise', async () => {
    const { slack, engine } = room();
    await slack.say(ANA, OPS, '/tcp verify web-*').acked;
    engine.advance('run-1', { phase: 'ended', actions: ['plan', 'details', 'again'] });
    await settled();
    const root = roots()[0]?.ts ?? fail();
    engine.onPress = () => ok({ kind: 'run', runId: 'run-1', fresh: false });
    await slack.mention(BO, OPS, root, '<@U0BOT> again').acked;
    expect(engine.presses).toMatchObject([{ press: { action: 'again', runId: 'run-1' } }]);
    const origin = { door: 'slack', channel: OPS } as const;
    engine.opened('tcp fix web-*', { id: 'slack:U1ANA', name: 'ana' }, origin, 'run-1');
    engine.advance('run-2', { command: 'tcp fix', mode: 'fix', phase: 'ended', actions: ['revert', 'details'] });
    await settled();
    await slack.mention(BO, OPS, root, '<@U0BOT> again').acked;
    await until('bo is answered', () => slack.messages(OPS).some((m) => messageText(m).includes('cannot be asked')));
    expect(engine.presses).toHaveLength(1);
    expect(slack.messages(OPS).map(messageText).at(-1)).toContain('Say status, press one of its buttons');
  });

  it('is acked only after the engine accepted it', async () => {
    const { slack, engine } = room();
    let accept = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      accept = resolve;
    });
    const request = engine.request.bind(engine);
    engine.request = async (...args) => {
      await gate;
      return request(...args);
    };
    const delivery = slack.mention(ANA, OPS, undefined, '<@U0BOT> tcp verify web-*');
    await realClock.sleep(150);
    expect(delivery.ackedInMs()).toBeUndefined();
    accept();
    await delivery.acked;
    expect(delivery.ackedInMs()).toBeGreaterThan(100);
  });
});

describe('the connection', () => {
  it('loses nothing over planned refreshes, whatever is asked meanwhile', async () => {
    const { slack, engine } = room();
    const acked: Promise<unknown>[] = [];
    for (let n = 0; n < 120; n += 1) {
      if (n % 40 === 10) slack.sockets.refresh(1500);
      acked.push(slack.say(ANA, OPS, `/tcp verify web-${n}`).acked);
      await realClock.sleep(5);
    }
    expect(await Promise.all(acked)).not.toContain(undefined);
    expect(new Set(engine.requests.map((r) => r.text)).size).toBe(120);
    expect(slack.sockets.undelivered).toEqual([]);
    expect(slack.sockets.connections).toBe(4);
  });

  it('comes back after it was cut', async () => {
    const { slack, engine } = room();
    slack.sockets.cut();
    await until('it is open again', () => slack.sockets.live === 1);
    await slack.say(ANA, OPS, '/tcp verify web-*').acked;
    expect(engine.requests).toHaveLength(1);
  });

  it('that is refused with invalid_auth at a reconnect is tried until it is allowed again; the process lives', async () => {
    const { slack } = room();
    const rejected: unknown[] = [];
    const note = (e: unknown) => rejected.push(e);
    process.on('unhandledRejection', note);
    slack.api.tokens.revoked.add('app');
    slack.sockets.cut();
    await realClock.sleep(6000);
    expect(slack.sockets.live).toBe(0);
    slack.api.tokens.revoked.delete('app');
    await until('it is open again', () => slack.sockets.live === 1);
    process.off('unhandledRejection', note);
    expect(rejected).toEqual([]);
  });
});

describe('a start', () => {
  it.each(['auth.test', 'apps.connections.open'])('asks %s once more where it was not answered', async (method) => {
    const slack = await aWorkspace();
    const engine = new ScriptedEngine();
    const door = aDoor(slack, engine);
    slack.misbehave(method, 'lost');
    expect(await door.start()).toEqual({ ok: true, value: undefined });
    expect(slack.api.calls.filter((call) => call.method === method)).toHaveLength(2);
    await door.stop();
    await slack.close();
  });
});

describe('a token that Slack refuses', () => {
  it('is named in the fault', async () => {
    const slack = await aWorkspace();
    const engine = new ScriptedEngine();
    engine.show(aView('none'));
    slack.api.tokens.revoked.add('app');
    expect(await aDoor(slack, engine).start()).toMatchObject({
      ok: false,
      fault: { code: 'slack_token', message: 'Slack refused the app-level token (invalid_auth).' },
    });
    slack.api.tokens.revoked.add('bot');
    expect(await aDoor(slack, engine).start()).toMatchObject({
      ok: false,
      fault: { code: 'slack_token', message: 'Slack refused the bot token (invalid_auth).' },
    });
    await slack.close();
    expect(await aDoor(slack, engine).start()).toMatchObject({
      ok: false,
      fault: {
        code: 'slack_unreachable',
        message: expect.stringMatching(/^Slack could not be reached: (connect ECONNREFUSED|other side closed)/),
      },
    });
  });
});
