import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { runDocument } from '../../src/engine/document.js';
import { type Bot, type Finished, runbolt } from '../rig/bot/bot.js';
import { noPostgres, type RealPostgres, startPostgres } from '../rig/servers/index.js';
import { until } from '../rig/slack/index.js';
import { localTargets, namesOf, WorkerFleet } from '../rig/workers/worker-fleet.js';

const [NEAR, FAR] = [namesOf('near', 4), namesOf('far', 4)];
const configuration = (more: Readonly<Record<string, unknown>> = {}) => ({
  targets: { ...localTargets(NEAR), ...localTargets(FAR, { env: 'dmz' }) },
  zones: { dmz: 'env=dmz', ...more },
});
const shown = ({ out }: Finished) => runDocument.parse(JSON.parse(out));

/** Some 13 s on a host: longer than a worker is silent, and each script shorter than it may take. */
const STEPS = ['a', 'b', 'c'];
const SLOW = {
  command: 'pace',
  title: 'Takes its time',
  facts: Object.fromEntries(
    STEPS.map((it) => [it, { script: { run: 'sleep 4.4; echo done=1', fields: { done: 'integer' } } }]),
  ),
  checks: Object.fromEntries(
    STEPS.map((it) => [it, { expect: `${it}.done == 1`, otherwise: 'it is not done', rule: 'It gets done.' }]),
  ),
  knowledge: 'For tests.',
};

describe.skipIf(noPostgres)(`zones${noPostgres ? ` (skipped: ${noPostgres})` : ''}`, { timeout: 240_000 }, () => {
  let postgres: RealPostgres;
  let fleet: WorkerFleet;
  let bot: Bot;
  let worker: Bot;
  beforeAll(async () => {
    postgres = await startPostgres();
    fleet = await WorkerFleet.start({ DATABASE_URL: await postgres.database() }, configuration(), 0.1);
    bot = await fleet.bot();
    worker = await fleet.worker('--zone', 'dmz');
  });
  afterAll(async () => {
    await fleet.stop();
    await postgres.stop();
  });
  /** Names of hosts by the process that took them. */
  const takers = async (run: string) => {
    const by = new Map<number, string[]>();
    for (const { pid, targets } of await fleet.taken(run)) by.set(pid, [...(by.get(pid) ?? []), ...targets]);
    return by;
  };

  it('are worked on by their own workers, everything else by the others', async () => {
    const { run, targets } = shown(await fleet.ask('verify', 'pace', '*').ended);
    expect(targets.map((t) => t.outcome)).toEqual(Array(8).fill('ok'));
    const by = await takers(run.id);
    expect(by.get(bot.child.pid ?? 0)?.toSorted()).toEqual([...NEAR]);
    expect(by.get(worker.child.pid ?? 0)?.toSorted()).toEqual([...FAR]);
  });

  it('are reached from the command line without the bot too, through their worker', async () => {
    const env = { DATABASE_URL: fleet.env.DATABASE_URL ?? '', RUNBOLT_DATA: `${fleet.directory}/elsewhere` };
    const asked = await runbolt(['verify', 'pace', '*', '--json', '--config', fleet.config], { env });
    expect(asked.code, asked.err).toBe(0);
    expect((await takers(shown(asked).run.id)).get(worker.child.pid ?? 0)?.toSorted()).toEqual([...FAR]);
  });

  it('without a living worker are unreachable within 45 s, and a late worker does not touch them', async () => {
    await worker.end('SIGKILL');
    const asked = await fleet.ask('verify', 'pace', '*').ended;
    expect(asked.code).toBe(3);
    const { run, targets } = shown(asked);
    for (const { name, outcome, reason } of targets) {
      expect([name, outcome]).toEqual([name, name.startsWith('far') ? 'unreachable' : 'ok']);
      if (name.startsWith('far')) expect(reason).toBe('No worker of zone dmz has been seen for 30 s.');
    }
    const [row] = await fleet.sql(`SELECT opened_at::float8 AS at FROM runbolt.runs WHERE id = '${run.id}'`);
    const told = Math.max(...(await fleet.observedAt(run.id)).values());
    expect(told - Number(row?.at)).toBeLessThan(45_000);
    const report = await runbolt(['show', run.id, '--config', fleet.config], { env: fleet.env });
    expect(report.out).toContain('Start `runbolt worker --zone dmz` there, and ask again.');
    worker = await fleet.worker('--zone', 'dmz');
    const later = shown(await fleet.ask('verify', 'pace', 'far-*').ended);
    expect(later.targets.map((t) => t.outcome)).toEqual(Array(4).fill('ok'));
    expect([...(await takers(run.id)).values()].flat().some((name) => name.startsWith('far'))).toBe(false);
  });

  it('whose worker is told to stop hear of it until it has finished what it has', async () => {
    const servers = { DATABASE_URL: await postgres.database() };
    const slow = await WorkerFleet.start(servers, { ...configuration(), limits: { gather: '60s' } });
    writeFileSync(`${slow.directory}/runbooks/pace.yaml`, stringify(SLOW));
    try {
      await slow.bot();
      const leaves = await slow.worker('--zone', 'dmz');
      const asked = slow.ask('verify', 'pace', 'far-1');
      const signs = async () => {
        const [row] = await slow.sql(
          `SELECT extract(epoch FROM max(seen_at))::float8 AS at FROM runbolt.workers WHERE zone = 'dmz'`,
        );
        return Number(row?.at);
      };
      await until('it has the shard', async () => {
        const run = await slow.newestRun();
        return run !== undefined && (await slow.taken(run)).length > 0;
      });
      const before = await signs();
      const ending = leaves.end('SIGTERM');
      await until('it gives a further sign of life', async () => (await signs()) > before, 13_000);
      await ending;
      expect(leaves.child.exitCode).toBe(0);
      expect(shown(await asked.ended).targets.map((t) => t.outcome)).toEqual(['ok']);
    } finally {
      await slow.stop();
    }
  });

  it('that share a host are a mistake, told with both', async () => {
    const { RUNBOLT_DATA: _, ...env } = fleet.env;
    const wrong = `${fleet.directory}/wrong.yaml`;
    writeFileSync(wrong, stringify({ runbooks: 'runbooks', ...configuration({ edge: 'far-*' }) }));
    const asked = await runbolt(['verify', 'pace', 'near-1', '--config', wrong], {
      env: { ...env, HOME: fleet.directory },
    });
    expect(asked).toMatchObject({
      code: 2,
      err: expect.stringContaining('far-1 is in the zones dmz (`env=dmz`) and edge'),
    });
  });

  it('are refused where no second worker can be', async () => {
    const { DATABASE_URL: _, ...env } = fleet.env;
    const alone = { ...env, RUNBOLT_DATA: `${fleet.directory}/alone` };
    for (const command of [['start'], ['verify', 'pace', 'near-1']]) {
      const refused = await runbolt([...command, '--config', fleet.config], { env: alone });
      expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('without DATABASE_URL there are none') });
    }
  });
});
