import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runDocument } from '../../src/engine/document.js';
import { runbolt } from '../rig/bot/bot.js';
import {
  noPostgres,
  noRedis,
  type RealPostgres,
  type RealRedis,
  startPostgres,
  startRedis,
} from '../rig/servers/index.js';
import { until } from '../rig/slack/index.js';
import { localTargets, namesOf, WorkerFleet } from '../rig/workers/worker-fleet.js';

const missing = noPostgres ?? noRedis;
const HOSTS = namesOf('t', 300);
/** A dead worker is noticed after 15 s, and looked for every 5 s. */
const NOTICED_MS = 20_000;

describe.skipIf(missing)(`workers${missing ? ` (skipped: ${missing})` : ''}`, { timeout: 240_000 }, () => {
  let postgres: RealPostgres;
  let redis: RealRedis;
  let fleet: WorkerFleet | undefined;
  beforeAll(async () => {
    [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  });
  afterEach(async () => {
    await fleet?.stop();
    fleet = undefined;
  });
  afterAll(async () => {
    await Promise.all([postgres.stop(), redis.stop()]);
  });

  const rows: readonly (readonly [string, () => Promise<{ DATABASE_URL: string; REDIS_URL?: string }>])[] = [
    ['PostgreSQL', async () => ({ DATABASE_URL: await postgres.database() })],
    ['PostgreSQL and Redis', async () => ({ DATABASE_URL: await postgres.database(), REDIS_URL: redis.url })],
  ];
  const begin = async (servers: (typeof rows)[number][1]) => {
    fleet = await WorkerFleet.start(await servers(), { targets: localTargets(HOSTS), limits: { gather: '60s' } });
    const bot = await fleet.bot('--concurrency', '0');
    const workers = await Promise.all([1, 2, 3].map(() => fleet?.worker('--concurrency', '16')));
    return { fleet, bot, workers: workers.flatMap((w) => w ?? []) };
  };

  it.each(rows)('three carry one run of 300 hosts on %s, each 20 to 45 % of them', async (row, servers) => {
    const { fleet, workers } = await begin(servers);
    const begun = performance.now();
    const asked = await fleet.ask('verify', 'pace', '*').ended;
    const seconds = (performance.now() - begun) / 1000;
    expect(asked.code, asked.err).toBe(0);
    const { run, targets } = runDocument.parse(JSON.parse(asked.out));
    expect(targets.map((t) => [t.name, t.outcome])).toEqual(HOSTS.map((name) => [name, 'ok']));
    const taken = await fleet.taken(run.id);
    expect(taken.every((t) => t.delivery === 1)).toBe(true);
    expect(taken.flatMap((t) => t.targets).toSorted()).toEqual([...HOSTS].toSorted());
    const shares = workers.map(({ child }) =>
      Math.round(taken.filter((t) => t.pid === child.pid).reduce((sum, t) => sum + t.targets.length, 0) / 3),
    );
    console.log(`${row}: 300 hosts in ${seconds.toFixed(1)} s, shares ${shares.join(', ')} %`);
    expect(shares.reduce((a, b) => a + b)).toBeGreaterThanOrEqual(99);
    expect(Math.min(...shares)).toBeGreaterThanOrEqual(20);
    expect(Math.max(...shares)).toBeLessThanOrEqual(45);
  });

  it.each(rows)('one that is killed on %s loses nothing and delays only its shards', async (row, servers) => {
    const { fleet, workers } = await begin(servers);
    const asked = fleet.ask('verify', 'pace', '*');
    let run = '';
    const [victim] = workers;
    await until(
      'a third of the hosts is read, and one worker has hosts that are not',
      async () => {
        run = (await fleet.newestRun()) ?? '';
        if (run === '') return false;
        const readAt = await fleet.observedAt(run);
        const held = (await fleet.taken(run)).filter((t) => t.pid === victim?.child.pid).flatMap((t) => t.targets);
        return readAt.size > 100 && held.filter((name) => !readAt.has(name)).length > 5;
      },
      60_000,
    );
    await victim?.end('SIGKILL');
    const killed = Date.now();
    const { code, out, err } = await asked.ended;
    expect(code, err).toBe(0);
    const { targets } = runDocument.parse(JSON.parse(out));
    expect(targets.map((t) => [t.name, t.outcome])).toEqual(HOSTS.map((name) => [name, 'ok']));
    const taken = await fleet.taken(run);
    const again = taken.filter((t) => t.delivery > 1);
    // The killed worker may have had a shard from the queue and not yet have said so in the ledger.
    const kept = new Set(taken.filter((t) => t.delivery === 1 && t.pid !== victim?.child.pid).map((t) => t.shard));
    expect(again.filter((t) => kept.has(t.shard))).toEqual([]);
    expect(again.length).toBeGreaterThan(0);
    const readAt = await fleet.observedAt(run);
    const own = new Set(again.flatMap((t) => t.targets));
    const others = Math.max(...HOSTS.filter((name) => !own.has(name)).map((name) => readAt.get(name) ?? Infinity));
    const late = Math.max(...again.map((t) => t.at));
    console.log(
      `${row}: the others ended ${others - killed} ms after the kill, the ${again.length} lost shards began anew after ${late - killed} ms`,
    );
    expect(late - killed).toBeLessThan(NOTICED_MS + 5_000);
    expect(others).toBeLessThan(Math.min(...again.map((t) => t.at)) + 5_000);
  });

  it('go on after Redis went away in the middle and came back empty; each host has one outcome', async () => {
    const own = await startRedis();
    const names = HOSTS.slice(0, 90);
    fleet = await WorkerFleet.start(
      { DATABASE_URL: await postgres.database(), REDIS_URL: own.url },
      { targets: localTargets(names), limits: { gather: '60s' } },
    );
    const bot = await fleet.bot('--concurrency', '0');
    const workers = await Promise.all([fleet.worker('--concurrency', '8'), fleet.worker('--concurrency', '8')]);
    const rig = fleet;
    const asked = rig.ask('verify', 'pace', '*');
    let run = '';
    await until(
      'a part of the hosts is read',
      async () => {
        run = (await rig.newestRun()) ?? '';
        return run !== '' && (await rig.observedAt(run)).size > 20;
      },
      60_000,
    );
    await own.goAway();
    await until(
      'the bot or a worker misses it',
      () => [bot, ...workers].some((p) => /ECONNREFUSED/.test(p.output)),
      20_000,
    );
    await own.comeBack();
    const { code, out, err } = await asked.ended;
    expect(code, err).toBe(0);
    const { targets } = runDocument.parse(JSON.parse(out));
    expect(targets.map((t) => [t.name, t.outcome])).toEqual(names.map((name) => [name, 'ok']));
    for (const program of [bot, ...workers]) {
      expect(program.child.exitCode).toBeNull();
      expect(program.output).not.toContain('a mistake in Runbolt');
    }
    await own.stop();
  });

  it('are refused, with the reason, where there can be none', async () => {
    const rig = await WorkerFleet.start({ DATABASE_URL: await postgres.database() }, { zones: { dmz: 'env=dmz' } });
    fleet = rig;
    const refusal = (env: Record<string, string>, ...options: readonly string[]) =>
      runbolt(['worker', '--config', rig.config, ...options], { env });
    expect(await refusal({})).toMatchObject({
      code: 2,
      err: expect.stringContaining('without DATABASE_URL ledger and'),
    });
    expect(await refusal({ REDIS_URL: redis.url })).toMatchObject({
      ...{ code: 2, err: expect.stringContaining('without DATABASE_URL the ledger is') },
    });
    const { DATABASE_URL = '' } = rig.env;
    expect(await refusal({ DATABASE_URL }, '--zone', 'dmx')).toMatchObject({
      ...{ code: 2, err: expect.stringContaining('There is no zone `dmx`') },
    });
    expect(await refusal({ DATABASE_URL }, '--concurrency', '0')).toMatchObject({
      ...{ code: 2, err: expect.stringContaining('not a number of hosts from 1 to 1000') },
    });
  });
});
