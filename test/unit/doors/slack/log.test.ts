import pino from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { slackLogger } from '../../../../src/doors/slack/client.js';
import { slackDoor } from '../../../../src/doors/slack/index.js';
import { realClock, ScriptedEngine, type SlackDouble, until } from '../../../rig/slack/index.js';
import { ANA, aWorkspace, OPS } from './workspace.js';

let slack: SlackDouble;
const lines: string[] = [];
const logger = pino({ level: 'trace' }, { write: (line) => void lines.push(line) });
const log = () => lines.join('');

beforeEach(async () => {
  lines.length = 0;
  slack = await aWorkspace();
});
afterEach(() => slack.close());

it('the log has no token and nothing that an error carries, whatever fails and however much is logged', async () => {
  const engine = new ScriptedEngine();
  engine.onRequest = () => {
    throw Object.assign(new Error('the queue is away'), { command: { args: ['AUTH', 'hunter2'] } });
  };
  const { botToken, appToken, apiUrl } = slack;
  const options = { engine, ledger: engine.ledger, clock: realClock, logger, commands: ['/tcp'] };
  const door = slackDoor({ ...options, botToken, appToken, apiUrl });
  slack.misbehave('users.info', '500');
  expect(await door.start()).toMatchObject({ ok: true });
  await slack.say(ANA, OPS, '/tcp verify web-*').acked;
  slack.sockets.cut();
  await until('it is open again', () => slack.sockets.live === 1);
  await door.stop();
  expect(log()).toContain('the queue is away');
  for (const secret of [botToken, appToken, 'hunter2']) expect(log()).not.toContain(secret);
});

it("what Slack's libraries log has tokens, tickets and response_urls masked", () => {
  slackLogger(logger).error('refused', 'xoxb-12-ab wss://wss.slack.com/link/?ticket=0f3&app_id=A0', 'xapp-1-A0');
  slackLogger(logger).debug('{"response_url":"https://hooks.slack.com/commands/T0/1/abc","x":1}');
  expect(log()).toContain('refused *** wss://wss.slack.com/link/?ticket=***&app_id=A0 ***');
  expect(log()).toContain(String.raw`{\"response_url\":\"***\",\"x\":1}`);
});
