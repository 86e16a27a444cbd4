import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { thisMachine } from '../../src/demo/machine.js';
import { namespaceMode } from '../../src/demo/namespaces/ability.js';
import { runDocument } from '../../src/engine/document.js';
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
import { localTargets, namesOf, WorkerFleet } from '../rig/workers/worker-fleet.js';

const HOSTS = namesOf('t', 120);

describe.skipIf(noPostgres)(
  `a worker that is told to stop${noPostgres ? ` (skipped: ${noPostgres})` : ''}`,
  { timeout: 240_000 },
  () => {
    let postgres: RealPostgres;
    let fleet: WorkerFleet;
    beforeAll(async () => {
      postgres = await startPostgres();
      const configuration = { targets: localTargets(HOSTS), limits: { gather: '60s' } };
      fleet = await WorkerFleet.start({ DATABASE_URL: await postgres.database() }, configuration, 1);
      await fleet.bot('--concurrency', '0');
    });
    afterAll(async () => {
      await fleet.stop();
      await postgres.stop();
    });
    const busy = async (worker: Bot) => {
      const asked = fleet.ask('verify', 'pace', '*');
      let run = '';
      await until(
        'the worker has shards',
        async () => {
          run = (await fleet.newestRun()) ?? '';
          return run !== '' && (await fleet.taken(run)).some((t) => t.pid === worker.child.pid);
        },
        30_000,
      );
      return { asked, run };
    };

    it('finishes what is under way, hands the rest over at once, and says what it waits for', async () => {
      const [leaves, stays] = await Promise.all([
        // One host at a time of the eight in its shard.
        fleet.worker('--concurrency', '1'),
        fleet.worker('--concurrency', '24'),
      ]);
      const { asked, run } = await busy(leaves);
      const told = Date.now();
      await leaves.end('SIGTERM');
      const gone = Date.now();
      expect(leaves.child.exitCode).toBe(0);
      expect(leaves.output).toMatch(/"reading":1,"changing":0,.*stopping: hosts are finished first, for at most 135 s/);
      const { code, out, err } = await asked.ended;
      expect(code, err).toBe(0);
      expect(runDocument.parse(JSON.parse(out)).targets.map((t) => t.outcome)).toEqual(HOSTS.map(() => 'ok'));
      const taken = await fleet.taken(run);
      const own = taken.filter((t) => t.pid === leaves.child.pid);
      const again = taken.filter((t) => t.delivery > 1);
      expect(again.map((t) => [t.shard, t.pid])).toEqual(own.map((t) => [t.shard, stays.child.pid]));
      // Only what was not finished goes to others, and before anybody could take the worker for dead.
      for (const { shard, targets, at } of again) {
        expect(targets.length).toBeLessThan(own.find((t) => t.shard === shard)?.targets.length ?? 0);
        expect(at - told).toBeLessThan(12_000);
      }
      console.log(
        `stopped after ${gone - told} ms; its shards were taken up after ${again.map((t) => t.at - told)} ms`,
      );
      await stays.end('SIGTERM');
    });

    it('ends at once when it is told twice', async () => {
      const worker = await fleet.worker('--concurrency', '1');
      const { asked } = await busy(worker);
      worker.child.kill('SIGTERM');
      await until('it says that it stops', () => worker.output.includes('stopping:'));
      const told = Date.now();
      await worker.end('SIGTERM');
      expect(Date.now() - told).toBeLessThan(20_000);
      expect(worker.child.exitCode).toBe(130);
      const other = await fleet.worker('--concurrency', '40');
      const { code, err } = await asked.ended;
      expect(code, err).toBe(0);
      await other.end('SIGTERM');
    });
  },
);

const lacking = noPostgres ?? noRedis;

describe.skipIf(lacking)(
  `a bot and a worker that are told to stop after Redis has gone${lacking ? ` (skipped: ${lacking})` : ''}`,
  { timeout: 240_000 },
  () => {
    let postgres: RealPostgres;
    let redis: RealRedis;
    let fleet: WorkerFleet;
    beforeAll(async () => {
      [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
      const servers = { DATABASE_URL: await postgres.database(), REDIS_URL: redis.url };
      fleet = await WorkerFleet.start(servers, { targets: localTargets(HOSTS) }, 3);
    });
    afterAll(async () => {
      await fleet.stop();
      await Promise.all([postgres.stop(), redis.stop()]);
    });

    it('finish the hosts they have, and end well and soon', async () => {
      const both = await Promise.all([fleet.bot(), fleet.worker()]);
      void fleet.ask('verify', 'pace', '*');
      let run = '';
      await until(
        'both have shards',
        async () => {
          run = (await fleet.newestRun()) ?? '';
          const pids = new Set(run === '' ? [] : (await fleet.taken(run)).map(({ pid }) => pid));
          return both.every(({ child }) => pids.has(child.pid ?? 0));
        },
        30_000,
      );
      await redis.goAway();
      const told = Date.now();
      const ended = await Promise.all(
        both.map(async (program) => {
          await program.end('SIGTERM');
          return Date.now() - told;
        }),
      );
      console.log(`ended ${ended.join(' and ')} ms after they were told`);
      expect(Math.max(...ended)).toBeLessThan(30_000);
      const [taken, observed] = [await fleet.taken(run), await fleet.observedAt(run)];
      for (const { child, output } of both) {
        expect([child.exitCode, output]).toEqual([0, expect.not.stringMatching(/a mistake in Runbolt|\n\s+at /i)]);
        expect(output).toContain('stopping: hosts are finished first');
        const begun = taken.find(({ pid }) => pid === child.pid)?.targets ?? [];
        expect(begun.filter((name) => observed.has(name))).toEqual(begun);
      }
    });
  },
);

const able = namespaceMode(thisMachine());
const why = able.ok ? '' : ` (skipped: ${able.fault.message})`;
const SLOW = stringify({
  command: 'slow',
  title: 'A slow change',
  facts: {
    it: { script: { run: 'echo there=$([ -e /etc/slow ] && echo true || echo false)', fields: { there: 'boolean' } } },
  },
  checks: { there: { expect: 'it.there', otherwise: 'it is not there', rule: 'It is there.' } },
  changes: {
    make: {
      when: 'checks.there.failed',
      script: {
        title: 'make it',
        apply: 'sleep 4; echo x >> /etc/slow',
        verify: '[ -e /etc/slow ]',
        revert: 'rm -f /etc/slow',
      },
    },
  },
  rollout: { canary: 1, batch: 1, stop_after_failures: 1 },
  knowledge: 'For tests.',
});

describe.skipIf(!able.ok)(`a bot that is told to stop while it changes a host${why}`, { timeout: 240_000 }, () => {
  let hosts: SmallFleet;
  let slack: SlackDouble;
  beforeAll(async () => {
    [hosts, slack] = await Promise.all([startSmallFleet(['s-1', 's-2'], { runbooks: 'runbooks' }), startSlackDouble()]);
    mkdirSync(join(hosts.directory, 'runbooks'));
    writeFileSync(join(hosts.directory, 'runbooks', 'slow.yaml'), SLOW);
  });
  afterAll(async () => {
    await Promise.all([slack.close(), hosts.stop()]);
    rmSync(hosts.directory, { recursive: true, force: true });
  });

  it('lets the change end, and the next bot goes on with the next host; each is changed once', async () => {
    const env = {
      RUNBOLT_DATA: join(hosts.directory, 'data'),
      SLACK_API_URL: slack.apiUrl,
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_APP_TOKEN: slack.appToken,
    };
    const cli = (...words: readonly string[]) => runbolt([...words, '--json', '--config', hosts.config], { env });
    const start = () => Bot.start(['start', '--config', hosts.config], { env });
    const first = await start();
    const { plan } = runDocument.parse(JSON.parse((await cli('plan', 'slow', '*')).out));
    const asked = startProgram(['fix', 'slow', '*', '--apply', plan?.digest ?? '', '--config', hosts.config], { env });
    await until(
      'the first host is being changed',
      async () => {
        return (await hosts.on('s-1', 'ls /var/lib/runbolt/attempts 2>/dev/null || true')).includes('s-1');
      },
      30_000,
    );
    await first.end('SIGTERM');
    expect(first.child.exitCode).toBe(0);
    expect(first.output).toMatch(/"changing":1,.*stopping/);
    expect(await hosts.on('s-1', 'cat /etc/slow')).toBe('x\n');
    expect(await hosts.on('s-2', 'ls /etc/slow 2>/dev/null || echo none')).toBe('none\n');
    await asked.ended;
    const second = await start();
    const run = (await cli('runs')).out;
    await until(
      'the run has ended',
      async () => (await hosts.on('s-2', 'cat /etc/slow 2>/dev/null || true')) === 'x\n',
      90_000,
    );
    await second.end('SIGTERM');
    expect(await hosts.on('s-1', 'cat /etc/slow')).toBe('x\n');
    expect(run).toContain('slow');
  });
});
