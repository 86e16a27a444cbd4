import { rmSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { thisMachine } from '../../src/demo/machine.js';
import { namespaceMode } from '../../src/demo/namespaces/ability.js';
import { readiness } from '../../src/doors/web/index.js';
import { Bot, runbolt } from '../rig/bot/bot.js';
import { type SmallFleet, startSmallFleet } from '../rig/bot/small-fleet.js';
import {
  freePort,
  noPostgres,
  noRedis,
  ON_DISK,
  type RealPostgres,
  type RealRedis,
  startPostgres,
  startRedis,
} from '../rig/servers/index.js';
import { messageText, type SlackDouble, startSlackDouble, until } from '../rig/slack/index.js';

const able = namespaceMode(thisMachine());
const missing = (able.ok ? undefined : able.fault.message) ?? noPostgres ?? noRedis;
const [ANA, OPS, OUT] = ['U1ANA', 'C0OPS', 'C0OUT'];
const NIGHTLY = { name: 'nightly', cron: '0 6 1 1 *', run: 'tcp verify h-*', channel: OUT };

describe.skipIf(missing)(`the health of a bot${missing ? ` (skipped: ${missing})` : ''}`, { timeout: 180_000 }, () => {
  let hosts: SmallFleet;
  let slack: SlackDouble;
  let postgres: RealPostgres;
  let redis: RealRedis;
  let env: Record<string, string>;
  let base: string;
  let bot: Bot;

  const ready = async () => {
    const answer = await fetch(`${base}/readyz`);
    const { ready: isReady, parts } = readiness.parse(await answer.json());
    expect(answer.status).toBe(isReady ? 200 : 503);
    return { ready: isReady, parts };
  };
  const untilReady = (what: string, wanted: boolean) =>
    until(`ready is ${wanted}: ${what}`, async () => (await ready()).ready === wanted, 30_000);
  const roots = () => slack.messages(OPS).filter((m) => m.fromBot && !m.thread && !m.ephemeralTo);
  const told = (from: number, pattern: RegExp) =>
    roots()
      .slice(from)
      .some((m) => pattern.test(messageText(m)));

  beforeAll(async () => {
    [hosts, slack, postgres, redis] = await Promise.all([
      startSmallFleet(['h-1', 'h-2'], { schedules: [NIGHTLY] }),
      startSlackDouble(),
      startPostgres(),
      startRedis(undefined, ON_DISK),
    ]);
    slack.person({ id: ANA, name: 'ana' });
    slack.channel(OPS, [ANA]);
    slack.channel(OUT, [ANA], false);
    const port = await freePort();
    base = `http://127.0.0.1:${port}`;
    env = {
      DATABASE_URL: await postgres.database(),
      REDIS_URL: redis.url,
      RUNBOLT_DATA: join(hosts.directory, 'data'),
      RUNBOLT_HTTP: `127.0.0.1:${port}`,
      SLACK_API_URL: slack.apiUrl,
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_APP_TOKEN: slack.appToken,
    };
    bot = await Bot.start(['start', '--config', hosts.config], { env });
  }, 60_000);
  afterAll(async () => {
    await bot?.end('SIGTERM');
    await Promise.all([slack.close(), hosts.stop(), postgres.stop(), redis.stop()]);
    rmSync(hosts.directory, { recursive: true, force: true });
  });

  it('is told by part once it has started', async () => {
    expect(await ready()).toEqual({
      ready: true,
      parts: { ledger: { ready: true }, queue: { ready: true }, slack: { ready: true } },
    });
    const alive = await fetch(`${base}/healthz`);
    expect([alive.status, await alive.json()]).toEqual([200, { alive: true }]);
    const asked = await runbolt(['health', '--config', hosts.config], { env });
    expect(asked).toMatchObject({ code: 0, out: 'ledger: ready\nqueue: ready\nslack: ready\n' });
  });

  it('a channel of a schedule that the bot is not in is said in the log, and keeps nothing from working', async () => {
    await until('it is said', () => bot.output.includes('The bot is not in the channel C0OUT, which nightly tells.'));
    expect(bot.output).toContain('Invite it there: `/invite @runbolt`.');
  });

  it('is only read: GET and HEAD, on loopback alone, whatever host the client names', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const refused = await fetch(`${base}/metrics`, { method });
      expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    }
    const head = await fetch(`${base}/readyz`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect((await fetch(`${base}/`)).status).toBe(404);
    const other = await new Promise<http.IncomingMessage>((resolve, reject) => {
      http.get(`${base}/readyz`, { headers: { host: 'elsewhere.example' } }, resolve).on('error', reject);
    });
    other.resume();
    expect([other.statusCode, JSON.stringify(other.headers)]).toEqual([200, expect.not.stringContaining('elsewhere')]);
  });

  it('says that Redis is away, keeps what is asked meanwhile, and recovers by itself', async () => {
    const before = roots().length;
    await redis.goAway();
    await untilReady('Redis is away', false);
    const { parts } = await ready();
    expect(parts.queue?.reason).toMatch(/^Redis at 127\.0\.0\.1:\d+ does not answer\. Start it/);
    expect([parts.ledger?.ready, parts.slack?.ready]).toEqual([true, true]);
    expect((await fetch(`${base}/healthz`)).status).toBe(200);
    const asked = await runbolt(['health', '--config', hosts.config], { env });
    expect(asked).toMatchObject({ code: 1, out: expect.stringContaining('queue: not ready. Redis at') });
    await slack.say(ANA, OPS, '/tcp verify h-*').acked;
    await redis.comeBack();
    await untilReady('Redis is back', true);
    await until('what was asked meanwhile is told', () => told(before, /2 of 2 hosts reached/), 40_000);
    expect(roots().slice(before)).toHaveLength(1);
  });

  it('says that PostgreSQL is away, loses nothing that was accepted, and recovers by itself', async () => {
    const before = roots().length;
    await slack.say(ANA, OPS, '/tcp verify h-1').acked;
    await postgres.goAway();
    await untilReady('PostgreSQL is away', false);
    const { parts } = await ready();
    expect(parts.ledger?.reason).toMatch(/^PostgreSQL at 127\.0\.0\.1:\d+\/test1 cannot be reached/);
    expect((await fetch(`${base}/healthz`)).status).toBe(200);
    expect((await fetch(`${base}/metrics`)).status).toBe(200);
    await slack.say(ANA, OPS, '/tcp verify h-2').acked;
    const refusal = slack.ephemeral(ANA).map(messageText).join('\n');
    expect(refusal).toMatch(/PostgreSQL at \S+ cannot be reached \(ECONNREFUSED\)\.\nStart it/);
    const command = await runbolt(['runs', '--config', hosts.config], { env });
    expect(command).toMatchObject({ code: 3, err: expect.stringMatching(/^PostgreSQL at .* cannot be reached/) });
    await postgres.comeBack();
    await untilReady('PostgreSQL is back', true);
    await until('what was accepted is told', () => told(before, /tcp verify · h-1 · 1 of 1 hosts? reached/), 60_000);
    const after = roots().length;
    await slack.say(ANA, OPS, '/tcp verify h-*').acked;
    await until('what is asked now is told', () => told(after, /2 of 2 hosts reached/), 40_000);
  });

  it('says that Slack is away, and recovers by itself', async () => {
    slack.api.tokens.revoked.add('app');
    slack.sockets.cut();
    await untilReady('Slack is away', false);
    expect((await ready()).parts.slack?.reason).toMatch(/The connection to Slack was lost|Slack refused the app-level/);
    await until(
      'the reason is known',
      async () => /Slack refused the app-level token \(invalid_auth\)/.test((await ready()).parts.slack?.reason ?? ''),
      20_000,
    );
    slack.api.tokens.revoked.delete('app');
    await untilReady('Slack is back', true);
  });

  it('is not made worse by a mistake in Runbolt: none was logged, and no promise was left alone', () => {
    expect(bot.output).not.toContain('a mistake in Runbolt');
    expect(bot.output.split('\n').length).toBeLessThan(500);
    expect(bot.child.exitCode).toBeNull();
  });

  it('ends within its grace when it is told to, and is not served any more', async () => {
    await bot.end('SIGTERM');
    expect(bot.child.exitCode).toBe(0);
    await expect(fetch(`${base}/healthz`)).rejects.toThrow();
    const asked = await runbolt(['health', '--config', hosts.config], { env });
    expect(asked).toMatchObject({ code: 3, err: expect.stringContaining('says how it does.') });
  });
});
