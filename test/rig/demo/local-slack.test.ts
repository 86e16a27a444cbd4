import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { App, LogLevel } from '@slack/bolt';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { thisMachine } from '../../../src/demo/machine.js';
import { namespaceMode } from '../../../src/demo/namespaces/ability.js';
import { converse } from '../../../src/demo/say.js';
import { type LocalSlack, startLocalSlack } from '../../../src/demo/slack/start.js';
import { compiled } from './compiled.js';
import { eventually } from './ssh.js';
import { descendants, isAlive } from './traces.js';

const able = namespaceMode(thisMachine());
const why = able.ok ? '' : ` (skipped: ${able.fault.message})`;
const logger = pino({ level: 'silent' });
const commands = ['/tcp', '/runbolt'];

describe.skipIf(!able.ok)(`the local Slack${why}`, () => {
  const end = new AbortController();
  let slack: LocalSlack;
  let app: App;

  beforeAll(async () => {
    const started = await startLocalSlack({ commands, signal: end.signal, logger });
    if (!started.ok) throw new Error(started.fault.message);
    slack = started.value;
    app = new App({
      token: slack.botToken,
      appToken: slack.appToken,
      socketMode: true,
      clientOptions: { slackApiUrl: slack.apiUrl },
      logLevel: LogLevel.ERROR,
    });
    app.command('/tcp', async ({ ack, command, client }) => {
      await ack();
      const root = await client.chat.postMessage({ channel: command.channel_id, text: `asked: ${command.text}` });
      await client.chat.postMessage({
        channel: command.channel_id,
        ...(root.ts === undefined ? {} : { thread_ts: root.ts }),
        text: 'plan',
        blocks: [
          { type: 'section', text: { type: 'mrkdwn', text: `for <@${command.user_id}> on \`web-*\`` } },
          {
            type: 'actions',
            block_id: 'plan-1',
            elements: [
              { type: 'button', action_id: 'approve', value: 'd1', text: { type: 'plain_text', text: 'Approve' } },
            ],
          },
        ],
      });
    });
    app.action('approve', async ({ ack, body, client, action }) => {
      await ack();
      if (body.type !== 'block_actions' || action.type !== 'button' || body.message === undefined) return;
      await client.chat.update({
        channel: body.channel?.id ?? '',
        ts: body.message.ts,
        text: `approved ${action.value} by <@${body.user.id}>`,
        blocks: [],
      });
    });
    await app.start();
  });
  afterAll(async () => {
    await app?.stop();
    await slack?.stop();
  });

  it('shows what a person says to whoever reads the channel', async () => {
    const said = await slack.say('dan', 'incidents', 'hello from dan');
    const history = await slack.history('incidents');
    expect(said.ok && history.ok && history.value.find((one) => one.ts === said.value.ts)).toMatchObject({
      user: slack.people.dan,
      text: 'hello from dan',
    });
  });

  it('delivers a slash command to a Bolt app in Socket Mode, its reply to the thread, and a click back', async () => {
    const lines: string[] = [];
    const settled = async (): Promise<void> => {
      await eventually('answered', async () => {
        const history = await slack.history('ops');
        return history.ok && history.value.some((one) => one.thread_ts !== undefined);
      });
    };
    const done = await converse({
      slack,
      steps: [
        { kind: 'say', person: 'ana', text: '/tcp verify web-*' },
        { kind: 'click', person: 'bo', button: 'Approve' },
      ],
      settled: async () => {
        await settled();
        if (lines.length > 1)
          await eventually('approved', async () => {
            const history = await slack.history('ops');
            return history.ok && history.value.some((one) => one.text?.startsWith('approved') === true);
          });
      },
      refusal: () => undefined,
      onText: (text) => lines.push(text),
      signal: end.signal,
      limitMs: 10_000,
    });
    expect(done).toEqual({ ok: true, value: [] });
    expect(lines).toEqual([
      '@ana: /tcp verify web-*',
      '@bo presses [Approve]',
      '\n@runbolt:\n  asked: verify web-*\n  @runbolt:\n    approved d1 by @bo',
    ]);
  });

  it('has no command that the app did not declare', async () => {
    expect(await slack.say('ana', 'ops', '/tpc verify')).toMatchObject({
      ok: false,
      fault: { code: 'command_unknown', next: 'There are: /tcp, /runbolt.' },
    });
  });

  it('serves its page to a browser on this machine', async () => {
    const page = await fetch(slack.url);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('<html');
  });

  it('does not close kept connections, which who was held up would find gone', async () => {
    const { status, headers } = await fetch(slack.url);
    expect({ status, limit: headers.get('keep-alive') }).toEqual({ status: 200, limit: null });
  });

  it.each([
    ['another name (DNS rebinding)', { host: 'evil.example' }],
    ['the right name with another port', { host: 'localhost:1' }],
    ['another page’s origin', { origin: 'https://evil.example' }],
  ])('refuses requests for %s, and WebSockets too', async (_what, headers) => {
    const { port } = new URL(slack.url);
    const body = JSON.stringify({ channel: slack.channels.ops, user: slack.people.bo, text: 'forged' });
    const ask = (more: Record<string, string>, path: string): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const asked = request(
          {
            host: '127.0.0.1',
            port,
            path,
            method: 'POST',
            headers: { host: `localhost:${port}`, ...headers, ...more },
          },
          (answer) => {
            answer.resume();
            resolve(answer.statusCode);
          },
        );
        asked.once('error', reject);
        asked.end(body);
      });
    expect(await ask({}, '/_control/message')).toBe(403);
    expect(await ask({ connection: 'Upgrade', upgrade: 'websocket' }, '/ui')).toBe(403);
    const history = await slack.history('ops');
    expect(history.ok && history.value.some((one) => one.text === 'forged')).toBe(false);
  });

  it('listens on 127.0.0.1 and on no other address', async () => {
    const { port } = new URL(slack.url);
    const reached = await new Promise((resolve) => {
      connect({ host: '127.0.0.2', port: Number(port) })
        .once('connect', () => resolve('connected'))
        .once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    });
    expect(reached).toBe('ECONNREFUSED');
  });

  it('says which port is used by something else', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const address = other.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const started = await startLocalSlack({ commands, port, signal: end.signal, logger });
    other.close();
    expect(started).toMatchObject({ ok: false, fault: { code: 'port_used' } });
    expect(!started.ok && started.fault.message).toContain(`Port ${port}`);
  });

  it('says how to add its package where that is missing', async () => {
    const started = await startLocalSlack({ commands, signal: end.signal, logger, findPackage: () => undefined });
    expect(started).toMatchObject({
      ok: false,
      fault: { code: 'demo_unavailable', next: `Run: npm install --no-save local-slack-linux-${process.arch}@0.1.8` },
    });
  });

  it('is gone when stopped', async () => {
    const other = await startLocalSlack({ commands, signal: end.signal, logger });
    if (!other.ok) throw new Error(other.fault.message);
    await other.value.stop();
    await expect(fetch(other.value.url)).rejects.toThrow();
    expect(await other.value.history('ops')).toMatchObject({ ok: false, fault: { code: 'slack_unreachable' } });
  });
});

describe.skipIf(!able.ok)(`the local Slack of a process that is killed${why}`, () => {
  it('dies with it and leaves no file', { timeout: 60_000 }, async () => {
    const product = compiled();
    const directory = mkdtempSync(join(tmpdir(), 'runbolt-slack-'));
    const program = join(product.directory, 'parent.mjs');
    writeFileSync(
      program,
      `import { startLocalSlack } from ${JSON.stringify(join(product.directory, 'demo/slack/start.js'))};
       const silent = { debug() {}, warn() {} };
       const slack = await startLocalSlack({ commands: [], signal: new AbortController().signal, logger: silent });
       console.log(slack.value.url);
       setInterval(() => {}, 1000);`,
    );
    const parent = spawn(process.execPath, [program], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, TMPDIR: directory },
    });
    try {
      const url = await new Promise<string>((resolve, reject) => {
        createInterface(parent.stdout).once('line', resolve);
        parent.once('exit', (code) => reject(new Error(`parent ended with ${code}`)));
      });
      expect((await fetch(url)).status).toBe(200);
      const helpers = descendants(parent.pid ?? 0);
      expect(helpers.length).toBeGreaterThan(3);
      parent.removeAllListeners('exit');
      parent.kill('SIGKILL');
      await eventually('all of it gone', () => helpers.every((pid) => !isAlive(pid)));
      await expect(fetch(url)).rejects.toThrow();
    } finally {
      parent.kill('SIGKILL');
      product.remove();
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
