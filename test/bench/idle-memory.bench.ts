import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
/** Looks at a process that has nothing to do, and the pause between them, ms. */
const LOOKS = 10;
const PAUSE_MS = 1_000;
const HOSTS = namesOf('t', 100);

const missing = noPostgres ?? noRedis;

/** Resident memory in MB, the median of several looks. */
const residentOf = async ({ child }: Bot): Promise<number> => {
  const seen: number[] = [];
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
  beforeAll(async () => {
    [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  });
  afterAll(async () => {
    await Promise.all([postgres.stop(), redis.stop()]);
  });

  const rows: readonly (readonly [string, number, () => Promise<Record<string, string>>])[] = [
    [
      'PostgreSQL and Redis',
      SHARED_AT_MOST,
      async () => ({ DATABASE_URL: await postgres.database(), REDIS_URL: redis.url }),
    ],
    ['PostgreSQL', SHARED_AT_MOST, async () => ({ DATABASE_URL: await postgres.database() })],
    ['nothing set', EMBEDDED_AT_MOST, async () => ({})],
  ];

  it.each(rows)('with %s is at most %i MB', async (row, atMost, servers) => {
    const set = await servers();
    const fleet = await WorkerFleet.start(set, { targets: localTargets(HOSTS) }, 0.1);
    const processes: [string, Bot][] = [['bot', await fleet.bot()]];
    if ('DATABASE_URL' in set) processes.push(['worker', await fleet.worker()]);
    const rest = async (when: string) => {
      for (const [name, process] of processes) {
        const megabytes = await residentOf(process);
        console.log(`${row}: ${name} ${when}: ${megabytes} MB`);
        expect(megabytes).toBeLessThanOrEqual(atMost);
      }
    };
    await rest('after the start');
    const asked = await fleet.ask('verify', 'pace', '*').ended;
    expect(asked.code, asked.err).toBe(0);
    await rest('after a run of 100 hosts');
    await fleet.stop();
  });
});
