import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { thisMachine } from '../../src/demo/machine.js';
import { namespaceMode } from '../../src/demo/namespaces/ability.js';
import { Bot, runbolt } from '../rig/bot/bot.js';
import { type SmallFleet, startSmallFleet } from '../rig/bot/small-fleet.js';
import {
  noPostgres,
  noRedis,
  type RealPostgres,
  type RealRedis,
  startPostgres,
  startRedis,
} from '../rig/servers/index.js';
import { messageText, type SlackDouble, startSlackDouble, until } from '../rig/slack/index.js';

const able = namespaceMode(thisMachine());
const missing = (able.ok ? undefined : able.fault.message) ?? noPostgres ?? noRedis;
const OPS = 'C0OPS';

describe.skipIf(missing)(`the bot by the engine table${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let hosts: SmallFleet;
  let slack: SlackDouble;
  let postgres: RealPostgres;
  let redis: RealRedis;

  beforeAll(async () => {
    [hosts, slack, postgres, redis] = await Promise.all([
      startSmallFleet(['e-1', 'e-2'], {}),
      startSlackDouble(),
      startPostgres(),
      startRedis(),
    ]);
    slack.person({ id: 'U1ANA', name: 'ana' });
    slack.channel(OPS, ['U1ANA']);
  });
  afterAll(async () => {
    await Promise.all([slack.close(), hosts.stop(), postgres.stop(), redis.stop()]);
    rmSync(hosts.directory, { recursive: true, force: true });
  });

  const rows: readonly (readonly [string, () => Promise<Record<string, string>>])[] = [
    ['nothing', async () => ({})],
    ['DATABASE_URL', async () => ({ DATABASE_URL: await postgres.database() })],
    ['REDIS_URL', async () => ({ REDIS_URL: redis.url })],
    ['both', async () => ({ DATABASE_URL: await postgres.database(), REDIS_URL: redis.url })],
  ];

  it.each(rows)(
    '%s: a fix from the command to the proof, in one thread',
    { timeout: 180_000 },
    async (row, engines) => {
      await hosts.reset();
      const env = {
        ...(await engines()),
        RUNBOLT_DATA: join(hosts.directory, `data-${row}`),
        RUNBOLT_LOG: 'error',
        SLACK_API_URL: slack.apiUrl,
        SLACK_BOT_TOKEN: slack.botToken,
        SLACK_APP_TOKEN: slack.appToken,
      };
      const bot = await Bot.start(['start', '--config', hosts.config], { env });
      try {
        const since = slack.messages(OPS).length;
        const shown = () => slack.messages(OPS).slice(since);
        await slack.say('U1ANA', OPS, '/tcp fix e-*').acked;
        await until('the plan is shown', () => shown().some((m) => messageText(m).includes('[Apply]')), 20_000);
        const plan = shown().find((m) => messageText(m).includes('[Apply]'));
        if (plan) await slack.click('U1ANA', plan, 'Apply').acked;
        await until('the fix is proved', () => shown().some((m) => /^2 changed/.test(messageText(m))), 20_000);
        expect(await hosts.on('e-2', 'cat /etc/sysctl.d/99-zz-runbolt.conf')).toContain('net.ipv4.tcp_tw_reuse = 1');
        const again = await runbolt(['verify', 'tcp', 'e-*', '--config', hosts.config], { env });
        expect(again).toMatchObject({ code: 0, out: expect.stringContaining('✓ 2 hosts  e-[1-2]') });
        expect(slack.violations).toEqual([]);
      } finally {
        await bot.end('SIGTERM');
      }
      expect(bot.output).not.toMatch(/"level":50/);
    },
  );
});
