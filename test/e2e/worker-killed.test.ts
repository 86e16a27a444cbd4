import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { z } from 'zod';
import { thisMachine } from '../../src/demo/machine.js';
import { namespaceMode } from '../../src/demo/namespaces/ability.js';
import { runDocument } from '../../src/engine/document.js';
import { ask } from '../contract/ledger-places.js';
import { Bot, runbolt, startProgram } from '../rig/bot/bot.js';
import { type SmallFleet, startSmallFleet } from '../rig/bot/small-fleet.js';
import {
  noPostgres,
  noRedis,
  type RealPostgres,
  type RealRedis,
  startPostgres,
  startRedis,
} from '../rig/servers/index.js';
import { type SlackDouble, startSlackDouble, until } from '../rig/slack/index.js';

const able = namespaceMode(thisMachine());
const missing = noPostgres ?? noRedis ?? (able.ok ? undefined : able.fault.message);
const HOSTS = ['k-1', 'k-2', 'k-3', 'k-4'];
const COUNTED = stringify({
  command: 'counted',
  title: 'A change that counts itself',
  facts: {
    it: {
      script: { run: 'echo there=$([ -e /etc/counted ] && echo true || echo false)', fields: { there: 'boolean' } },
    },
  },
  checks: { there: { expect: 'it.there', otherwise: 'it is not there', rule: 'It is there.' } },
  changes: {
    make: {
      when: 'checks.there.failed',
      script: {
        title: 'make it',
        apply: 'echo x >> /etc/counted; sleep 4',
        verify: '[ -e /etc/counted ]',
        revert: 'rm -f /etc/counted',
      },
    },
  },
  rollout: { canary: 1, batch: '100%', stop_after_failures: 1 },
  knowledge: 'For tests.',
});
const taken = z.object({ worker: z.string() });

describe.skipIf(missing)(
  `a worker that is killed while it changes a host${missing ? ` (skipped: ${missing})` : ''}`,
  { timeout: 300_000 },
  () => {
    let hosts: SmallFleet;
    let slack: SlackDouble;
    let postgres: RealPostgres;
    let redis: RealRedis;
    const programs: Bot[] = [];
    beforeAll(async () => {
      [hosts, slack, postgres, redis] = await Promise.all([
        startSmallFleet(HOSTS, { runbooks: 'runbooks' }),
        startSlackDouble(),
        startPostgres(),
        startRedis(),
      ]);
      mkdirSync(join(hosts.directory, 'runbooks'));
      writeFileSync(join(hosts.directory, 'runbooks', 'counted.yaml'), COUNTED);
    });
    afterAll(async () => {
      await Promise.all(programs.map((program) => program.end('SIGKILL')));
      await Promise.all([slack.close(), hosts.stop(), postgres.stop(), redis.stop()]);
      rmSync(hosts.directory, { recursive: true, force: true });
    });

    it('leaves its host to another one, which applies nothing twice; all are changed', async () => {
      const servers = { DATABASE_URL: await postgres.database(), REDIS_URL: redis.url };
      const env = {
        ...servers,
        RUNBOLT_DATA: join(hosts.directory, 'data'),
        SLACK_API_URL: slack.apiUrl,
        SLACK_BOT_TOKEN: slack.botToken,
        SLACK_APP_TOKEN: slack.appToken,
      };
      const begin = async (words: readonly string[], its: Readonly<Record<string, string>>) => {
        const program = await Bot.start([...words, '--config', hosts.config], { env: its });
        programs.push(program);
        return program;
      };
      await begin(['start', '--concurrency', '0'], env);
      const workers = await Promise.all([begin(['worker'], servers), begin(['worker'], servers)]);
      const planned = await runbolt(['plan', 'counted', '*', '--json', '--config', hosts.config], { env });
      const digest = runDocument.parse(JSON.parse(planned.out)).plan?.digest ?? '';
      const fix = ['fix', 'counted', '*', '--apply', digest, '--json', '--config', hosts.config];
      const asked = startProgram(fix, { env });
      const count = (name: string) => hosts.on(name, 'cat /etc/counted 2>/dev/null || true');
      await until('the canary is being changed', async () => (await count('k-1')) !== '', 60_000);
      const [row] = await ask(
        servers.DATABASE_URL,
        "SELECT body FROM runbolt.events WHERE kind = 'started' AND body->>'stage' = 'apply'",
      );
      const pid = Number(taken.parse(row?.body).worker.split(' ')[1]);
      const victim = workers.find(({ child }) => child.pid === pid);
      expect(victim).toBeDefined();
      await victim?.end('SIGKILL');

      const { code, out, err } = await asked.ended;
      expect(code, err).toBe(0);
      const { targets } = runDocument.parse(JSON.parse(out));
      expect(targets.map((t) => [t.name, t.outcome])).toEqual(HOSTS.map((name) => [name, 'changed']));
      expect(await Promise.all(HOSTS.map(count))).toEqual(HOSTS.map(() => 'x\n'));
    });
  },
);
