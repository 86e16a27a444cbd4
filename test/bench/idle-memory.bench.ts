import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CloudRig } from '../rig/aws/cloud-rig.js';
import { instanceId } from '../rig/aws/local-host.js';
import type { Bot } from '../rig/bot/bot.js';
import {
  noPostgres,
  noRedis,
  type RealPostgres,
  type RealRedis,
  startPostgres,
  startRedis,
} from '../rig/servers/index.js';
import { localTargets, namesOf, WorkerFleet } from '../rig/workers/worker-fleet.js';

const SHARED_AT_MOST = 180;
const EMBEDDED_AT_MOST = 500;
/** At rest: it had nothing to do for so long, so that Node has given back what a start or a run needed, ms. */
const REST_MS = 30_000;
/** Looks at a process at rest, and the pause between them, ms. */
const LOOKS = 10;
const PAUSE_MS = 1_000;
const HOSTS = namesOf('t', 100);
/** The option of Node that the program's first line sets: the rig starts it by node. */
const SMALL = { NODE_OPTIONS: '--max-semi-space-size=4' };

const missing = noPostgres ?? noRedis;

/** Resident memory in MB, the median of several looks. */
const residentOf = async ({ child }: Bot): Promise<number> => {
  const seen: number[] = [];
  await delay(REST_MS);
  for (let n = 0; n < LOOKS; n += 1) {
    await delay(PAUSE_MS);
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
    seen.push(Number(kilobytes) / 1024);
  }
  return Math.round(seen.toSorted((a, b) => a - b)[LOOKS / 2] ?? Number.NaN);
};

describe.skipIf(missing)(`memory at rest${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let postgres: RealPostgres;
  let redis: RealRedis;
  let cloud: CloudRig;
  beforeAll(async () => {
    [postgres, redis, cloud] = await Promise.all([
      startPostgres(),
      startRedis(),
      CloudRig.start((host) => HOSTS.map((Name, i) => host({ instance: instanceId(i), tags: { Name } }))),
    ]);
  });
  afterAll(async () => {
    await Promise.all([postgres.stop(), redis.stop(), cloud.end()]);
  });
  const both = async () => ({ DATABASE_URL: await postgres.database(), REDIS_URL: redis.url });
  const aws = () => ({
    ...{ AWS_ENDPOINT_URL: cloud.aws.endpoint, AWS_EC2_METADATA_DISABLED: 'true' },
    AWS_ACCESS_KEY_ID: cloud.aws.credential.accessKeyId,
    AWS_SECRET_ACCESS_KEY: cloud.aws.credential.secretAccessKey,
  });
  const local = { targets: localTargets(HOSTS) };
  const ec2 = { targets: {}, inventories: [{ ec2: { region: 'eu-west-1' } }] };

  type Row = readonly [string, number, object, () => Promise<Record<string, string>>];
  const rows: readonly Row[] = [
    ['PostgreSQL and Redis', SHARED_AT_MOST, local, both],
    ['PostgreSQL', SHARED_AT_MOST, local, async () => ({ DATABASE_URL: await postgres.database() })],
    ['PostgreSQL, Redis and EC2', SHARED_AT_MOST, ec2, async () => ({ ...(await both()), ...aws() })],
    ['nothing set', EMBEDDED_AT_MOST, local, async () => ({})],
  ];

  it.each(rows)('with %s is at most %i MB', async (row, atMost, configuration, servers) => {
    const set = await servers();
    const fleet = await WorkerFleet.start({ ...set, ...SMALL }, { ...configuration }, 0.1);
    try {
      const processes: [string, Bot][] = [['bot', await fleet.bot()]];
      if ('DATABASE_URL' in set) processes.push(['worker', await fleet.worker()]);
      const rest = async (when: string) => {
        const resident = await Promise.all(processes.map(([, process]) => residentOf(process)));
        console.log(`${row} ${when}: ${processes.map(([name], i) => `${name} ${resident[i]} MB`).join(', ')}`);
        for (const megabytes of resident) expect(megabytes).toBeLessThanOrEqual(atMost);
      };
      await rest('after the start');
      const asked = await fleet.ask('verify', 'pace', '*').ended;
      expect(asked.code, asked.err).toBe(0);
      await rest('after a run of 100 hosts');
    } finally {
      await fleet.stop();
    }
  });
});
