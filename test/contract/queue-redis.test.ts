import { rmSync } from 'node:fs';
import { Redis } from 'ioredis';
import pino from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openEngines } from '../../src/adapters/engines.js';
import { freePort, noRedis, type RealRedis, startRedis } from '../rig/servers/index.js';
import { must, newDirectory, template } from './ledger-places.js';
import { context } from './ledger-samples.js';

const title = noRedis === undefined ? '' : ` (skipped: ${noRedis})`;
describe.skipIf(noRedis !== undefined)(`a queue on Redis${title}`, { timeout: 180_000 }, () => {
  let dataDir: string;
  let guarded: RealRedis;
  beforeAll(async () => {
    guarded = await startRedis('secret');
  });
  afterAll(() => guarded.stop());
  beforeEach(() => {
    dataDir = newDirectory();
  });
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));
  const open = async (redisUrl: string, dir = dataDir) =>
    openEngines({ ...context, template: await template(), dataDir: dir, courier: 'shared', redisUrl });

  it('says at the start that Redis does not answer, and lets go of the ledger', async () => {
    const port = await freePort();
    expect(await open(`redis://:secret@127.0.0.1:${port}`)).toMatchObject({
      ok: false,
      fault: { code: 'queue_unreachable', message: `Redis at 127.0.0.1:${port} cannot be reached (ECONNREFUSED).` },
    });
    await must(await open(guarded.url)).close(0);
  });

  it('says that the login was refused, without the password', async () => {
    const wrong = await open(guarded.url.replace('secret', 'wrong'));
    expect(wrong).toMatchObject({
      ok: false,
      fault: { code: 'queue_refused', message: `Redis at 127.0.0.1:${guarded.port} refused the login.` },
    });
    expect(await open('http://127.0.0.1')).toMatchObject({ ok: false, fault: { code: 'config_invalid' } });
  });

  it('gives up adding, with a fault, when Redis has gone', async () => {
    const redis = await startRedis();
    const engines = must(await open(redis.url));
    await redis.stop();
    const add = engines.queue.add([{ id: 'a', runId: 'r', stage: 'gather', shard: 0, delivery: 1 }]);
    await expect(add).rejects.toMatchObject({ fault: { code: 'queue_unreachable' } });
    await engines.close(0);
  });

  it('keeps the password out of the log when it no longer fits, and goes on when it fits again', async () => {
    const redis = await startRedis('hunter2');
    const lines: string[] = [];
    const logger = pino({ level: 'trace' }, { write: (line) => void lines.push(line) });
    const engines = must(await openEngines({ ...context, logger, dataDir, courier: 'shared', redisUrl: redis.url }));
    const got: string[] = [];
    await engines.queue.work(
      async ({ id }) => void got.push(id),
      () => undefined,
    );
    const admin = new Redis(redis.url);
    await admin.config('SET', 'requirepass', 'changed');
    await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await expect.poll(() => lines.join(''), { timeout: 10_000 }).toContain('WRONGPASS');
    await admin.config('SET', 'requirepass', 'hunter2');
    await admin.quit();
    await engines.queue.add([{ id: 'a', runId: 'r', stage: 'gather', shard: 0, delivery: 1 }]);
    await expect.poll(() => got, { timeout: 10_000 }).toEqual(['a']);
    await engines.close(0);
    await redis.stop();
    expect(lines.join('')).not.toContain('hunter2');
  });

  it('keeps the jobs of two ledgers apart', async () => {
    const elsewhere = newDirectory();
    const [a, b] = [must(await open(guarded.url)), must(await open(guarded.url, elsewhere))];
    const got: string[] = [];
    await a.queue.work(
      async ({ id }) => void got.push(`a ${id}`),
      () => undefined,
    );
    await b.queue.work(
      async ({ id }) => void got.push(`b ${id}`),
      () => undefined,
    );
    for (const id of ['1', '2', '3', '4']) {
      await a.queue.add([{ id, runId: 'r', stage: 'gather', shard: 0, delivery: 1 }]);
    }
    await expect.poll(() => got.toSorted(), { timeout: 10_000 }).toEqual(['a 1', 'a 2', 'a 3', 'a 4']);
    await Promise.all([a.close(0), b.close(0)]);
    rmSync(elsewhere, { recursive: true, force: true });
  });
});
