import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import pino from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Engines, openEngines } from '../../src/adapters/engines.js';
import type { Job } from '../../src/engine/ports.js';
import {
  type Compiled,
  compile,
  noPostgres,
  noRedis,
  type RealRedis,
  type SentinelRig,
  startChild,
  startPostgres,
  startRedis,
  startSentinels,
  startTlsRedis,
} from '../rig/servers/index.js';
import { must, newDirectory, template } from './ledger-places.js';
import { context } from './ledger-samples.js';

const title = noRedis === undefined ? '' : ` (skipped: ${noRedis})`;
/** One command, by redis-cli. */
const tell = async (redis: RealRedis, ...words: readonly string[]): Promise<string> =>
  (await promisify(execFile)('redis-cli', ['-p', String(redis.port), ...words])).stdout;
const connections = (stats: string): number => Number(/total_connections_received:(\d+)/.exec(stats)?.[1]);

const job = (id: string): Job => ({ id, runId: 'r', stage: 'gather', shard: 0, delivery: 1 });

describe.skipIf(noRedis !== undefined)(`Redis as it is run${title}`, { timeout: 180_000 }, () => {
  let dataDir: string;
  let engines: Engines | undefined;
  let lines: string[];
  beforeEach(() => {
    dataDir = newDirectory();
    lines = [];
  });
  afterEach(async () => {
    await engines?.close(0);
    engines = undefined;
    rmSync(dataDir, { recursive: true, force: true });
  });
  const logger = pino({ level: 'info' }, { write: (line) => void lines.push(line) });
  const open = async (redisUrl: string) =>
    openEngines({ ...context, logger, template: await template(), dataDir, courier: 'shared', redisUrl });
  /** Opens it, works, and keeps the IDs that came. */
  const work = async (redisUrl: string) => {
    engines = must(await open(redisUrl));
    const got: string[] = [];
    await engines.queue.work(
      async ({ id }) => void got.push(id),
      () => undefined,
    );
    return { queue: engines.queue, got };
  };

  describe('with a policy', () => {
    it('that evicts is refused, with the line to change', async () => {
      const redis = await startRedis(undefined, ['--maxmemory-policy', 'allkeys-lru']);
      expect(await open(redis.url)).toMatchObject({
        ok: false,
        fault: {
          code: 'queue_unfit',
          message: `Redis at 127.0.0.1:${redis.port} has maxmemory-policy allkeys-lru, so it may evict jobs.`,
          next: expect.stringContaining('maxmemory-policy noeviction'),
        },
      });
      await redis.stop();
    });

    it.each([
      ['nothing', ['--save', ''], 'writes nothing to disk'],
      ['an append-only file', ['--appendonly', 'yes'], undefined],
      ['snapshots', ['--save', '60 1'], undefined],
      ['what it does not say', ['--rename-command', 'CONFIG', ''], 'does not say whether it writes to disk'],
    ])('that keeps on disk: %s', async (_, args, warning) => {
      const redis = await startRedis(undefined, args);
      const { queue, got } = await work(redis.url);
      await queue.add([job('a')]);
      await expect.poll(() => got, { timeout: 10_000 }).toEqual(['a']);
      const warned = lines.filter((line) => line.includes('"level":40')).join('');
      if (warning === undefined) expect(warned).toBe('');
      else expect(warned).toContain(warning);
      await redis.stop();
    });
  });

  describe('over TLS', () => {
    let redis: RealRedis & { readonly ca: string };
    let sources: Compiled;
    beforeAll(async () => {
      [redis, sources] = await Promise.all([startTlsRedis(), compile('adapters/engines.ts')]);
    });
    afterAll(async () => {
      await redis.stop();
      sources.remove();
    });

    it('is refused while nobody trusts its certificate, with the variable that names a CA', async () => {
      expect(await open(redis.url)).toMatchObject({
        ok: false,
        fault: {
          code: 'queue_unfit',
          message: expect.stringMatching(/has a certificate that is not trusted here/),
          next: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
        },
      });
    });

    it('is used by a process that trusts its CA', async () => {
      const settings = JSON.stringify({ dataDir, courier: 'shared', redisUrl: redis.url, jobs: ['over-tls'] });
      const child = startChild(`${import.meta.dirname}/ledger-child.mjs`, [sources.dir, 'work', settings], {
        NODE_EXTRA_CA_CERTS: redis.ca,
      });
      await child.line(/^taken over-tls$/);
      await child.kill();
    });
  });

  describe('behind Sentinels', () => {
    let rig: SentinelRig;
    beforeAll(async () => {
      rig = await startSentinels();
    }, 90_000);
    afterAll(() => rig.stop());

    it('is not reached when they do not know the master', async () => {
      expect(await open(rig.url.replace('mymaster', 'other'))).toMatchObject({
        ok: false,
        fault: { code: 'queue_unreachable', message: expect.stringContaining('Redis other (Sentinels 127.0.0.1:') },
      });
    });

    it.each([
      ['was told to be a replica', () => rig.failover()],
      ['died', () => rig.endMaster()],
    ])('goes on with the new master after the old one %s', async (_, change) => {
      const { queue, got } = await work(rig.url);
      await queue.add([job('before')]);
      await expect.poll(() => got, { timeout: 10_000 }).toEqual(['before']);
      const before = await rig.master();
      await change();
      await expect.poll(() => rig.master(), { timeout: 30_000 }).not.toBe(before);
      // The engine offers what was not taken every few seconds; so does this.
      await expect
        .poll(
          async () => {
            await queue.add([job('after')]).catch(() => undefined);
            return got;
          },
          { timeout: 40_000, interval: 500 },
        )
        .toContain('after');
      expect(got).toEqual(['before', 'after']);
    });
  });

  describe('that answers and takes no writes', () => {
    it('is not begun with where it is a replica, and says whom to name', async () => {
      const redis = await startRedis(undefined, ['--replicaof', '127.0.0.1', '1']);
      expect(await open(redis.url)).toMatchObject({
        ok: false,
        fault: {
          code: 'queue_unreachable',
          message: `Redis at 127.0.0.1:${redis.port} is a replica: it takes no writes.`,
          next: 'Name its master in REDIS_URL, or its Sentinels.',
        },
      });
      await redis.stop();
    });

    it.each([
      ['became a replica', ['REPLICAOF', '127.0.0.1', '1'], ['REPLICAOF', 'NO', 'ONE'], 'is a replica'],
      ['is full', ['CONFIG', 'SET', 'maxmemory', '1'], ['CONFIG', 'SET', 'maxmemory', '0'], 'takes no writes: OOM'],
    ])('is not ready once it %s and a job was refused, and is again when it is well', async (_, ill, well, said) => {
      const redis = await startRedis();
      const { queue, got } = await work(redis.url);
      await queue.add([job('a')]);
      await expect.poll(() => got, { timeout: 10_000 }).toEqual(['a']);
      const before = await tell(redis, 'INFO', 'stats');
      await tell(redis, ...ill);
      await expect(queue.add([job('b')])).rejects.toMatchObject({ fault: { code: 'queue_unreachable' } });
      const fit = () => queue.fit?.().then(() => 'fit', String);
      await expect.poll(fit, { timeout: 10_000 }).toContain(said);
      expect(lines.join('')).toContain(said);
      await delay(3_000);
      expect(connections(await tell(redis, 'INFO', 'stats')) - connections(before)).toBeLessThan(60);
      await tell(redis, ...well);
      await expect.poll(fit, { timeout: 20_000 }).toBe('fit');
      // The engine offers what was not taken every few seconds; so does this.
      await expect
        .poll(
          async () => {
            await queue.add([job('b')]).catch(() => undefined);
            return got;
          },
          { timeout: 40_000, interval: 500 },
        )
        .toEqual(['a', 'b']);
      await redis.stop();
    });
  });

  it('does not begin while its server is away, says so, and begins when it is asked again', async () => {
    const [redis, postgres] = [await startRedis(), noPostgres === undefined ? await startPostgres() : undefined];
    for (const server of [redis, ...(postgres ? [postgres] : [])]) {
      const place = server === redis ? { redisUrl: redis.url } : { databaseUrl: (await postgres?.database()) ?? '' };
      const { ledger, queue, close } = must(
        await openEngines({ ...context, logger, dataDir, courier: 'shared', ...place }),
      );
      void ledger;
      const got: string[] = [];
      const begin = () =>
        queue.work(
          async ({ id }) => void got.push(id),
          () => undefined,
        );
      await server.goAway();
      await expect(begin()).rejects.toMatchObject({ fault: { code: 'queue_unreachable' } });
      await server.comeBack();
      await begin();
      await queue.add([job('a')]);
      await expect.poll(() => got, { timeout: 20_000 }).toEqual(['a']);
      await close(0);
      await server.stop();
    }
  });

  it('that is away holds up no closing: what is under way is finished, and nothing else is waited for', async () => {
    const redis = await startRedis();
    engines = must(await open(redis.url));
    const { queue } = engines;
    const events: string[] = [];
    await queue.work(
      async ({ id }, signal) => {
        events.push(`${id} begun`);
        await delay(6_000, undefined, { signal });
        events.push(`${id} ended`);
      },
      () => undefined,
    );
    await queue.add([job('a')]);
    await expect.poll(() => events, { timeout: 10_000 }).toEqual(['a begun']);
    await redis.goAway();
    const told = performance.now();
    await queue.close(30_000);
    expect(events).toEqual(['a begun', 'a ended']);
    expect(performance.now() - told).toBeLessThan(20_000);
    await redis.stop();
  });

  it('that is away is not waited for by an idle queue, and a second closing is none', async () => {
    const redis = await startRedis();
    const { queue, got } = await work(redis.url);
    await queue.add([job('a')]);
    await expect.poll(() => got, { timeout: 10_000 }).toEqual(['a']);
    await redis.goAway();
    const told = performance.now();
    await queue.close(30_000);
    const closed = performance.now();
    expect(closed - told).toBeLessThan(10_000);
    await queue.close(30_000);
    expect(performance.now() - closed).toBeLessThan(10_000);
    await redis.stop();
  });

  it('that goes away and comes back empty takes jobs again; nobody has to be started anew', async () => {
    const rejections: unknown[] = [];
    const heard = (reason: unknown) => void rejections.push(reason);
    process.on('unhandledRejection', heard);
    const redis = await startRedis();
    const { queue, got } = await work(redis.url);
    await queue.add([job('a')]);
    await expect.poll(() => got, { timeout: 10_000 }).toEqual(['a']);
    await redis.goAway();
    await expect(queue.add([job('b')])).rejects.toMatchObject({ fault: { code: 'queue_unreachable' } });
    await expect(queue.depth()).rejects.toMatchObject({ fault: { code: 'queue_unreachable' } });
    await redis.comeBack();
    await expect
      .poll(
        async () => {
          await queue.add([job('c')]).catch(() => undefined);
          return got;
        },
        { timeout: 30_000, interval: 500 },
      )
      .toContain('c');
    expect(got.filter((id) => id === 'c')).toEqual(['c']);
    await engines?.close(0);
    engines = undefined;
    await redis.stop();
    process.off('unhandledRejection', heard);
    expect(rejections).toEqual([]);
  });
});
