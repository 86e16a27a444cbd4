import { beforeEach, describe, expect, it } from 'vitest';
import { foldRun, openRun, type Run, type RunEvent } from '../../../src/core/run.js';
import { openTargets } from '../../../src/engine/advance.js';
import type { Driver } from '../../../src/engine/drive.js';
import type { World } from '../../../src/engine/world.js';
import { UNWORKED_MS, zoneWatch } from '../../../src/engine/zone-watch.js';
import { NO_LEDGER, unused } from '../../rig/no-ledger.js';
import { broken, opened } from '../../rig/sample-run.js';

const TICK_MS = 5_000;
const zoned = opened(4).targets.map((t, i) => (i < 2 ? t : { ...t, zone: 'dmz' }));

describe('a zone that a run waits for', () => {
  let now: number;
  let seenAt: number | undefined;
  let run: Run;
  let queueAnswers: boolean;
  beforeEach(() => {
    now = 100_000;
    queueAnswers = true;
    seenAt = undefined;
    run = openRun('r1', opened(4, { targets: zoned }));
  });
  const fold = (...events: readonly RunEvent[]) => {
    for (const event of events) run = foldRun(run, event);
  };
  const watch = (more: Partial<World> = {}) => {
    const world: World = {
      ledger: {
        ...NO_LEDGER,
        workers: { alive: unused, silence: async (zone) => (zone && seenAt !== undefined ? now - seenAt : undefined) },
      },
      queue: { add: unused, depth: () => (queueAnswers ? Promise.resolve([]) : Promise.reject(new Error('away'))) },
      ...{ transport: { execute: unused, close: unused }, inventory: { targets: unused } },
      ...{ people: { entitled: unused }, clock: { now: () => now, sleep: unused }, random: unused },
      registry: { facts: new Map(), changes: new Map() },
      ...{ runbooks: new Map(), secrets: {}, takesUp: () => true, worker: 'here', shared: true, concurrency: 8 },
      config: { groups: {}, policies: [], limits: { gatherMs: 1, applyMs: 1 } },
      log: unused,
      ...more,
    };
    const driver: Driver = {
      settle: async (_, decide) => {
        const change = decide(run);
        fold(...change.events);
        return { ok: true, result: change.result, run };
      },
      proceed: unused,
    };
    return zoneWatch(world, driver);
  };
  /** Looks every 5 s for so long; answers after how many ms targets were given up. */
  const look = async (zones: ReturnType<typeof watch>, ms: number): Promise<number | undefined> => {
    for (let waited = 0; waited <= ms; waited += TICK_MS) {
      if (await zones.look()(run)) return waited;
      now += TICK_MS;
    }
    return undefined;
  };
  const outcomes = () => [...run.observations.values()].map((o) => [o.target, o.missed?.outcome, o.missed?.fault.code]);

  it('without a worker is unreachable after 30 s; nothing is left for a late one, and the other hosts are untouched', async () => {
    expect(await look(watch(), 60_000)).toBe(UNWORKED_MS);
    expect(outcomes()).toEqual([
      ['web-3', 'unreachable', 'zone_unworked'],
      ['web-4', 'unreachable', 'zone_unworked'],
    ]);
    expect(openTargets(run, 'gather', 1)).toEqual([]);
    expect(openTargets(run, 'gather', 0)).toEqual(['web-1', 'web-2']);
  });

  it('whose worker died just before is given up 30 s after its last sign of life', async () => {
    seenAt = now;
    expect(await look(watch(), 60_000)).toBe(UNWORKED_MS);
  });

  it('whose worker lives is waited for, however long', async () => {
    const zones = watch();
    for (let n = 0; n < 40; n += 1) {
      seenAt = now;
      expect(await look(zones, 0)).toBeUndefined();
    }
    expect(run.observations.size).toBe(0);
  });

  it('is looked at from the start after the ledger was away, for signs of life were too', async () => {
    const zones = watch();
    seenAt = now;
    expect(await look(zones, 10_000)).toBeUndefined();
    now += 60_000;
    expect(await look(zones, 0)).toBeUndefined();
    seenAt = now;
    expect(await look(zones, 20_000)).toBeUndefined();
  });

  it('is not given up while the queue is away, for its workers get no jobs; only 30 s after it is back', async () => {
    const zones = watch();
    queueAnswers = false;
    expect(await look(zones, 120_000)).toBeUndefined();
    queueAnswers = true;
    expect(await look(zones, 60_000)).toBe(UNWORKED_MS);
    expect(outcomes()).toHaveLength(2);
  });

  it('leaves what its lost worker had begun to change unknown, and what was not begun unreachable', async () => {
    fold(
      { kind: 'observed', at: 2_000, observations: zoned.map((t) => broken(t.name)) },
      {
        ...{ kind: 'planned', at: 2_500, digest: 'd', expiresAt: 9e9, stopAfterFailures: 9 },
        requirement: { kind: 'requester' },
        plan: { runbook: 'disk', targets: [] },
        waves: [['web-3'], ['web-4']],
      },
      {
        ...{ kind: 'decided', verdict: 'approved', digest: 'd', through: 'x', at: 3_000 },
        actor: { id: 'slack:U1', name: 'ana' },
      },
      { kind: 'started', at: 4_000, stage: 'apply', shard: 0, delivery: 1, targets: ['web-3'] },
    );
    await look(watch(), 60_000);
    await look(watch(), 60_000);
    expect([...run.applications.values()].map((a) => [a.target, a.outcome])).toEqual([
      ['web-3', 'unknown'],
      ['web-4', 'unreachable'],
    ]);
  });

  it('is no matter where this process works alone; hosts without a zone are watched by who leaves them to workers', async () => {
    expect(await look(watch({ shared: false }), 60_000)).toBeUndefined();
    seenAt = 9e9;
    expect(await look(watch(), 60_000)).toBeUndefined();
    expect(await look(watch({ concurrency: 0 }), 60_000)).toBe(UNWORKED_MS);
    expect(outcomes().map(([name]) => name)).toEqual(['web-1', 'web-2']);
  });
});
