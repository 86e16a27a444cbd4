import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Engines, openEngines } from '../../src/adapters/engines.js';
import type { Occurrence } from '../../src/engine/ports.js';
import { compile, startChild } from '../rig/servers/index.js';
import { must } from './ledger-places.js';
import { context } from './ledger-samples.js';
import type { QueuePlace } from './queue-contract.js';

const EACH_SECOND = { name: 'tick', cron: '* * * * * *', timezone: 'UTC' };
const YEARLY = { name: 'yearly', cron: '0 0 1 1 *', timezone: 'Europe/Berlin' };
const nothing = async (): Promise<void> => undefined;
const lost = (): never => {
  throw new Error('a job was lost');
};

/** What every shared courier must do with schedules. */
export const scheduleContract = (
  name: string,
  missing: string | undefined,
  make: () => Promise<QueuePlace>,
  shared = false,
): void => {
  const title = missing === undefined ? name : `${name} (skipped: ${missing})`;
  describe.skipIf(missing !== undefined)(`schedules with ${title}`, { timeout: 30_000 }, () => {
    let place: QueuePlace;
    let open: Engines[];
    const another = async (): Promise<Engines> => {
      const engines = must(await openEngines({ ...context, ...place.settings, lockMs: 1_000 }));
      open.push(engines);
      return engines;
    };
    beforeEach(async () => {
      open = [];
      place = await make();
    });
    afterEach(async () => {
      for (const engines of open) await engines.close(0);
      await place.remove();
    });
    /** Starts as a bot does, and keeps what became due. */
    const begin = async (timetables = [EACH_SECOND], due?: (o: Occurrence) => Promise<void>) => {
      const engines = await another();
      const came: Occurrence[] = [];
      const listen = async (one: Occurrence) => {
        came.push(one);
        await due?.(one);
      };
      await engines.queue.schedule(timetables, listen);
      await engines.queue.work(nothing, lost);
      return { engines, came, keep: (list: readonly (typeof YEARLY)[]) => engines.queue.schedule(list, listen) };
    };

    it('are due at their times, each once, on the second', async () => {
      const { came, keep } = await begin();
      for (const _ of [1, 2]) await keep([EACH_SECOND]);
      await expect.poll(() => came.length, { timeout: 15_000 }).toBeGreaterThanOrEqual(3);
      const times = came.map((o) => o.at);
      expect(new Set(times).size).toBe(times.length);
      expect(times.every((at) => at % 1000 === 0 && Math.abs(Date.now() - at) < 20_000)).toBe(true);
      expect(came[0]?.schedule).toBe('tick');
    });

    it('are due no more once they are taken out, and at their new times once they are changed', async () => {
      const { came, keep } = await begin([EACH_SECOND, YEARLY]);
      await expect.poll(() => came.length, { timeout: 15_000 }).toBeGreaterThan(0);
      await keep([YEARLY]);
      await delay(200);
      const then = came.length;
      await delay(2_200);
      expect(came.length).toBe(then);
      await keep([{ ...EACH_SECOND, name: YEARLY.name }]);
      await expect.poll(() => came.at(-1)?.schedule, { timeout: 15_000 }).toBe('yearly');
    });

    it('come late, with the time they were due at, when nobody was there', async () => {
      const { engines, came } = await begin([]);
      await engines.queue.schedule([EACH_SECOND], nothing);
      open = [];
      await engines.close(0);
      const stopped = Date.now();
      await delay(2_100);
      expect(came).toEqual([]);
      const later = await begin();
      await expect.poll(() => later.came.length, { timeout: 15_000 }).toBeGreaterThan(0);
      expect(later.came[0]?.at).toBeLessThan(stopped + 1_500);
      await expect.poll(() => later.came.at(-1)?.at ?? 0, { timeout: 15_000 }).toBeGreaterThan(stopped + 2_100);
    });

    it('come once more when the listener failed', async () => {
      const { came } = await begin([EACH_SECOND], async () => {
        throw new Error('the ledger was away');
      });
      await expect.poll(() => new Set(came.map((o) => o.at)).size, { timeout: 15_000 }).toBeGreaterThan(2);
      const [first] = came;
      expect(came.filter((o) => o.at === first?.at)).toHaveLength(2);
    });

    it('come once more to another when the process that had one was killed', async () => {
      const sources = await compile('adapters/engines.ts');
      const settings = { ...place.settings, lockMs: 1_000, timetables: [EACH_SECOND] };
      const child = startChild(`${import.meta.dirname}/ledger-child.mjs`, [
        sources.dir,
        'schedule',
        JSON.stringify(settings),
      ]);
      const [, at] = /^due (\d+)$/.exec(await child.line(/^due \d+$/)) ?? [];
      await child.kill();
      const { came } = await begin();
      await expect.poll(() => came.map((o) => o.at), { timeout: 20_000 }).toContain(Number(at));
      await expect.poll(() => came.some((o) => o.at > Number(at)), { timeout: 20_000 }).toBe(true);
      sources.remove();
    });

    if (!shared) return;
    it('come to one of several processes', async () => {
      const bots = [await begin(), await begin(), await begin()];
      const all = () => bots.flatMap((b) => b.came.map((o) => o.at));
      await expect.poll(() => new Set(all()).size, { timeout: 20_000 }).toBeGreaterThanOrEqual(4);
      expect(new Set(all()).size).toBe(all().length);
    });
  });
};
