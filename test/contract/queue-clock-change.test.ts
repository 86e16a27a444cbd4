import { rmSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import { openEngines } from '../../src/adapters/engines.js';
import { noRedis, startRedis } from '../rig/servers/index.js';
import { must, newDirectory, template } from './ledger-places.js';
import { context } from './ledger-samples.js';

const DAY_MS = 86_400_000;

/** On Redis, where BullMQ's clock is the process's own and can be set. */
it.skipIf(noRedis)('a courier goes on to a time that the clock is set forward over', { timeout: 60_000 }, async () => {
  const redis = await startRedis();
  const dataDir = newDirectory();
  const dayBefore = Date.parse('2026-04-22T22:00:00Z');
  const settings = { dataDir, courier: 'shared', template: await template(), redisUrl: redis.url } as const;
  const { queue, close } = must(await openEngines({ ...context, ...settings }));
  const came: number[] = [];
  try {
    vi.useFakeTimers({ toFake: ['Date'], shouldAdvanceTime: true, now: dayBefore - 1_000 });
    await queue.schedule([{ name: 'daily', cron: '@daily', timezone: 'Africa/Cairo' }], async ({ at }) => {
      came.push(at);
    });
    await queue.work(
      async () => undefined,
      () => undefined,
    );
    await expect.poll(() => came, { timeout: 20_000 }).toEqual([dayBefore]);
    vi.setSystemTime(dayBefore + DAY_MS - 500);
    await expect.poll(() => came, { timeout: 20_000 }).toEqual([dayBefore, dayBefore + DAY_MS]);
  } finally {
    vi.useRealTimers();
    await close(0);
    await redis.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
});
