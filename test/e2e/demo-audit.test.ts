import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { thisMachine } from '../../src/demo/machine.js';
import { namespaceMode } from '../../src/demo/namespaces/ability.js';
import { type SlackClient, slackClient } from '../../src/demo/slack/client.js';
import { renderThread } from '../../src/demo/slack/render.js';
import { Bot } from '../rig/bot/bot.js';
import { freePort } from '../rig/servers/free-port.js';
import { until } from '../rig/slack/index.js';

const able = namespaceMode(thisMachine());
const why = able.ok ? '' : ` (skipped: ${able.fault.message})`;

describe.skipIf(!able.ok)(`a demo that stays${why}`, { timeout: 300_000 }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'runbolt-audit-'));
  let demo: Bot | undefined;
  let slack: SlackClient;
  let began: number;

  beforeAll(async () => {
    const port = await freePort();
    began = performance.now();
    demo = await Bot.start(['demo', '--port', String(port)], { env: { TMPDIR: directory } });
    slack = slackClient(`http://localhost:${port}`, ['/tcp', '/runbolt'], new AbortController().signal);
  }, 60_000);
  afterAll(async () => {
    await demo?.end('SIGTERM');
    rmSync(directory, { recursive: true, force: true });
  });
  const history = async (channel: 'ops' | 'audits') => {
    const said = await slack.history(channel);
    if (!said.ok) throw new Error(said.fault.message);
    return said.value;
  };

  it('posts an audit by a schedule in #audits within a minute of its start, and nothing in #ops', async () => {
    await until('the audit is there', async () => (await history('audits')).length > 0, 60_000);
    expect(performance.now() - began).toBeLessThan(60_000);
    const [audit] = await history('audits');
    const text = audit ? renderThread([audit]) : '';
    expect(text).toMatch(/tcp verify · web-\* · 12 of 14 hosts reached · schedule every-five-minutes · /);
    expect(text).toContain('first audit of the schedule every-five-minutes');
    expect(text).toContain('[Plan the fix]');
    expect(await history('ops')).toEqual([]);
  });

  it('goes on in its thread when a person presses', async () => {
    const [audit] = await history('audits');
    await slack.click('ana', 'audits', audit?.ts ?? '', 'Plan the fix');
    await until('the plan is in the thread', async () => renderThread(await history('audits')).includes('[Approve]'));
    const replies = (await history('audits')).filter((m) => m.thread_ts === audit?.ts && m.ts !== audit?.ts);
    expect(replies.length).toBeGreaterThan(0);
  });
});
