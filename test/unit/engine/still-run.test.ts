import { describe, expect, it } from 'vitest';
import { foldRun, openRun, type Run } from '../../../src/core/run.js';
import { createEngine } from '../../../src/engine/create-engine.js';
import type { Job } from '../../../src/engine/ports.js';
import type { World } from '../../../src/engine/world.js';
import { NO_LEDGER, unused } from '../../rig/no-ledger.js';
import { opened } from '../../rig/sample-run.js';

const TICK_MS = 5_000;

/** Processes that share a ledger with one run on four hosts in two shards, and a courier that knows a job by its ID. */
const processes = (count: number) => {
  let run: Run = openRun('r1', opened(4));
  let now = run.touchedAt;
  const jobs = new Map<string, Job>();
  const world: World = {
    ledger: {
      ...NO_LEDGER,
      subscribe: () => unused,
      unfinished: async () => ['r1'],
      run: async () => run,
      transact: async (_, decide) => {
        const { events, result } = decide(run);
        run = events.reduce(foldRun, run);
        return { ok: true, result, run };
      },
    },
    queue: {
      add: async (added) => {
        for (const job of added) jobs.set(job.id, job);
      },
      depth: unused,
    },
    ...{ transport: { execute: unused, close: unused }, inventory: { targets: unused }, people: { entitled: unused } },
    ...{ clock: { now: () => now, sleep: unused }, random: unused },
    registry: { facts: new Map(), changes: new Map() },
    ...{ runbooks: new Map(), secrets: {}, takesUp: () => true, worker: 'here', shared: false, concurrency: 8 },
    config: { groups: {}, policies: [], limits: { gatherMs: 10_000, applyMs: 60_000 } },
    log: (message, error) => {
      throw new Error(message, { cause: error });
    },
  };
  const engines = Array.from({ length: count }, () => createEngine(world));
  return {
    jobs,
    wait: async (ms: number) => {
      for (const until = now + ms; now < until; now += TICK_MS) for (const engine of engines) await engine.tick();
    },
  };
};

describe('a run that nobody works on', () => {
  it('is handed over once while its worker may still be busy with others', async () => {
    const { jobs, wait } = processes(3);
    await wait(45_000);
    expect([...jobs.values()].map(({ shard, delivery }) => [shard, delivery])).toEqual([
      [0, 1],
      [1, 1],
    ]);
  });

  it('is handed over anew when the silence is too long, and then ever more rarely, by one of all processes', async () => {
    const { jobs, wait } = processes(3);
    const shards = async (ms: number) => {
      await wait(ms);
      return jobs.size / 2;
    };
    expect(await shards(60_000)).toBe(2);
    expect(await shards(60_000)).toBe(3);
    expect(await shards(3_600_000 - 120_000)).toBeLessThan(10);
  });
});
