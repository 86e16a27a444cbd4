import { once } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type EngineSettings, type Engines, openEngines } from '../../src/adapters/engines.js';
import type { Job } from '../../src/engine/ports.js';
import { type Compiled, compile, startChild } from '../rig/servers/index.js';
import { must } from './ledger-places.js';
import { context, halted, opened } from './ledger-samples.js';

/** One row of the engine table, empty. */
export interface QueuePlace {
  readonly settings: Pick<EngineSettings, 'dataDir' | 'courier' | 'template'> & {
    databaseUrl?: string;
    redisUrl?: string;
  };
  remove(): Promise<void>;
}

const job = (id: string): Job => ({ id, runId: 'r1', stage: 'gather', shard: 3, delivery: 2 });

/** What every courier must do. `missing` says why this one cannot be tried here. */
export const queueContract = (name: string, missing: string | undefined, make: () => Promise<QueuePlace>): void => {
  const title = missing === undefined ? name : `${name} (skipped: ${missing})`;
  describe.skipIf(missing !== undefined)(`queue with ${title}`, () => {
    let place: QueuePlace;
    let engines: Engines;
    const open = async (concurrency = 8) =>
      must(await openEngines({ ...context, ...place.settings, concurrency, lockMs: 1_000 }));
    beforeEach(async () => {
      place = await make();
      engines = await open();
    });
    afterEach(async () => {
      await engines.close(0);
      await place.remove();
    });
    const fail = (lost: Job) => {
      throw new Error(`job ${lost.id} was lost`);
    };

    it('delivers each job once and whole, also one added before anybody works, whatever its ID looks like', async () => {
      const got: Job[] = [];
      const jobs = ['r1:gather:0', '17', 'r1/%3A', 'ä'].map(job);
      await engines.queue.add(jobs.slice(0, 2));
      await engines.queue.work(async (taken) => void got.push(taken), fail);
      for (const one of jobs.slice(2)) await engines.queue.add([one]);
      await expect.poll(() => got.length, { timeout: 10_000 }).toBe(4);
      expect(new Set(got)).toEqual(new Set(jobs));
    });

    it('takes two jobs with one ID for one, also when the first is done', async () => {
      const got: string[] = [];
      await engines.queue.work(async ({ id }) => void got.push(id), fail);
      await engines.queue.add([job('a'), job('a')]);
      await expect.poll(() => got, { timeout: 10_000 }).toEqual(['a']);
      await engines.queue.add([job('a'), job('b')]);
      await engines.queue.add([job('a')]);
      await engines.queue.add([job('c')]);
      await expect.poll(() => got.toSorted(), { timeout: 10_000 }).toEqual(['a', 'b', 'c']);
      await engines.queue.add([{ ...job('last'), delivery: 1 }]);
      await expect.poll(() => got, { timeout: 10_000 }).toContain('last');
      expect(got.toSorted()).toEqual(['a', 'b', 'c', 'last']);
    });

    it('tells of a job whose handler threw, once, does not run it again, and goes on', async () => {
      const got: string[] = [];
      const lost: Job[] = [];
      const handler = async ({ id }: Job) => {
        got.push(id);
        if (id === 'bad') throw new Error('broken handler');
      };
      await engines.queue.work(handler, (one) => lost.push(one));
      await engines.queue.add([job('bad'), job('good')]);
      await expect.poll(() => [got.length, lost.length], { timeout: 10_000 }).toEqual([2, 1]);
      await engines.queue.add([job('later')]);
      await expect.poll(() => got, { timeout: 10_000 }).toContain('later');
      expect(got.filter((id) => id === 'bad')).toHaveLength(1);
      expect(lost).toEqual([job('bad')]);
    });

    it('works on 200 jobs, each once, several at a time and never more than it may', async () => {
      let now = 0;
      let most = 0;
      const got: string[] = [];
      const handler = async ({ id }: Job) => {
        now += 1;
        most = Math.max(most, now);
        await delay(5);
        now -= 1;
        got.push(id);
      };
      await engines.queue.work(handler, fail);
      await engines.queue.add(Array.from({ length: 200 }, (_, i) => job(`n${i}`)));
      await expect.poll(() => got.length, { timeout: 25_000 }).toBe(200);
      expect(new Set(got).size).toBe(200);
      expect(most).toBeGreaterThan(1);
      expect(most).toBeLessThanOrEqual(8);
    });

    it('leaves the event loop alive while jobs write to the ledger', async () => {
      const { runId } = await engines.ledger.open('load', opened());
      const loop = monitorEventLoopDelay({ resolution: 5 });
      let done = 0;
      const handler = async () => {
        await engines.ledger.transact(runId, () => ({ events: [halted('load')], result: undefined }));
        done += 1;
      };
      await engines.queue.work(handler, fail);
      loop.enable();
      await engines.queue.add(Array.from({ length: 60 }, (_, i) => job(`n${i}`)));
      await expect.poll(() => done, { timeout: 25_000 }).toBe(60);
      loop.disable();
      expect(loop.percentile(90) / 1e6).toBeLessThan(250);
      expect((await engines.ledger.run(runId))?.version).toBe(61);
    });

    it('waits at closing for what still runs, within the grace', async () => {
      let ended = false;
      const begun = new Promise<void>((resolve) => {
        void engines.queue.work(async () => {
          resolve();
          await delay(300);
          ended = true;
        }, fail);
      });
      await engines.queue.add([job('slow')]);
      await begun;
      await engines.close(10_000);
      expect(ended).toBe(true);
      engines = await open();
    });

    it('aborts at closing what does not end within the grace, and gives up what does not heed it', async () => {
      const signals: AbortSignal[] = [];
      const lost: string[] = [];
      const handler = async ({ id }: Job, signal: AbortSignal) => {
        signals.push(signal);
        if (id === 'heeds') await once(signal, 'abort');
        else await new Promise(() => undefined);
      };
      await engines.queue.work(handler, ({ id }) => lost.push(id));
      await engines.queue.add([job('heeds')]);
      await engines.queue.add([job('stuck')]);
      await expect.poll(() => signals.length, { timeout: 10_000 }).toBe(2);
      const before = performance.now();
      await engines.close(50);
      expect(performance.now() - before).toBeLessThan(10_000);
      expect(signals.every((signal) => signal.aborted)).toBe(true);
      expect(lost).toEqual(['stuck']);
      engines = await open();
    });
  });

  if (missing === undefined && name !== 'memory') {
    survives(name, make);
    keepsZonesApart(name, make);
  }
};

/** A job of a zone is its workers' alone; one without a zone is none of theirs. */
const keepsZonesApart = (name: string, make: () => Promise<QueuePlace>): void => {
  describe(`zones with ${name}`, () => {
    it('are worked on by those opened for them, also what was added before', async () => {
      const place = await make();
      // An embedded ledger has one process at a time: it hands over what another one is to do.
      const shared = place.settings.databaseUrl !== undefined;
      const plain = must(await openEngines({ ...context, ...place.settings, zones: ['dmz', 'edge'] }));
      const got: string[] = [];
      await plain.queue.work(
        async ({ id, zone }) => void got.push(`${id} here ${zone}`),
        () => undefined,
      );
      await plain.queue.add([job('a'), { ...job('b'), zone: 'dmz' }, { ...job('c'), zone: 'edge' }]);
      await plain.queue.add([job('d')]);
      await expect.poll(() => got.toSorted(), { timeout: 10_000 }).toEqual(['a here undefined', 'd here undefined']);
      const held = { waiting: 1, active: 0, oldestAt: expect.any(Number) };
      await expect
        .poll(() => plain.queue.depth())
        .toEqual([
          { waiting: 0, active: 0 },
          { zone: 'dmz', ...held },
          { zone: 'edge', ...held },
        ]);
      if (!shared) await plain.close(1_000);
      const zone = must(await openEngines({ ...context, ...place.settings, zone: 'dmz' }));
      await zone.queue.work(
        async (one) => void got.push(`${one.id} there ${one.zone}`),
        () => undefined,
      );
      await expect.poll(() => got, { timeout: 10_000 }).toContain('b there dmz');
      await zone.queue.add([{ ...job('e'), zone: 'dmz' }, job('f')]);
      await expect.poll(() => got, { timeout: 10_000 }).toContain('e there dmz');
      expect(got.filter((line) => line.includes('there'))).toEqual(['b there dmz', 'e there dmz']);
      if (shared) await plain.close(1_000);
      await zone.close(1_000);
      await place.remove();
    });
  });
};

/** A worker that dies takes its job with it; somebody must hear of that, and nobody may run it again. */
const survives = (name: string, make: () => Promise<QueuePlace>): void => {
  describe(`a killed worker with ${name}`, () => {
    let sources: Compiled | undefined;
    beforeAll(async () => {
      sources = await compile('adapters/engines.ts');
    });
    afterAll(() => sources?.remove());

    it('is noticed: its job is reported lost to another and not run again', async () => {
      const place = await make();
      const settings = { ...place.settings, lockMs: 1_000, concurrency: 1 };
      const child = startChild(`${import.meta.dirname}/ledger-child.mjs`, [
        sources?.dir ?? '',
        'work',
        JSON.stringify({ ...settings, jobs: ['doomed'] }),
      ]);
      await child.line(/^taken doomed$/);
      await child.kill();
      const engines = must(await openEngines({ ...context, ...settings }));
      const got: string[] = [];
      const lost: Job[] = [];
      await engines.queue.work(
        async ({ id }) => void got.push(id),
        (one) => lost.push(one),
      );
      await expect.poll(() => lost, { timeout: 20_000 }).toEqual([job('doomed')]);
      await engines.queue.add([job('next')]);
      await expect.poll(() => got, { timeout: 10_000 }).toEqual(['next']);
      await engines.close(1_000);
      await place.remove();
    });
  });
};
