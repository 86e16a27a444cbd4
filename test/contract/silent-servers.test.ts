import { rmSync } from 'node:fs';
import { describe, it } from 'vitest';
import { type EngineSettings, openEngines } from '../../src/adapters/engines.js';
import type { Job } from '../../src/engine/ports.js';
import { noPostgres, noRedis, type Relay, startPostgres, startRedis, startRelay } from '../rig/servers/index.js';
import { must, newDirectory, template } from './ledger-places.js';
import { context, halted, opened } from './ledger-samples.js';

/** After so long the system's own give-up is still minutes away. */
const PATIENCE_MS = 60_000;
const missing = noPostgres ?? noRedis;

interface Behind {
  readonly relay: Relay;
  readonly place: Partial<EngineSettings>;
  stop(): Promise<void>;
}

const postgres = async (): Promise<Behind> => {
  const server = await startPostgres();
  const relay = await startRelay(server.port);
  const databaseUrl = (await server.database()).replace(`:${server.port}/`, `:${relay.port}/`);
  return { relay, place: { databaseUrl }, stop: () => server.stop() };
};

const redis = async (): Promise<Behind> => {
  const server = await startRedis();
  const relay = await startRelay(server.port);
  const redisUrl = `redis://127.0.0.1:${relay.port}`;
  return { relay, place: { redisUrl, template: await template() }, stop: () => server.stop() };
};

describe.skipIf(missing !== undefined)(`connections that go silent${missing ? ` (skipped: ${missing})` : ''}`, () => {
  it.concurrent.for([
    ['PostgreSQL', postgres],
    ['Redis', redis],
  ] as const)(
    'to %s are given up, and the work goes over new ones',
    { timeout: 240_000 },
    async ([, start], { expect }) => {
      const { relay, place, stop } = await start();
      const dataDir = newDirectory();
      const { ledger, queue, close } = must(await openEngines({ ...context, dataDir, courier: 'shared', ...place }));
      const got: string[] = [];
      const job = (id: string): Job => ({ id, runId: 'r', stage: 'gather', shard: 0, delivery: 1 });
      await queue.work(
        async ({ id }) => void got.push(id),
        () => undefined,
      );
      await queue.add([job('before')]);
      await expect.poll(() => got, { timeout: 20_000 }).toEqual(['before']);
      const { runId } = await ledger.open('a', opened());
      relay.goSilent();
      const until = async (work: () => Promise<unknown>): Promise<void> => {
        const last = Date.now() + PATIENCE_MS;
        const again = (error: unknown) => {
          if (Date.now() > last) throw error;
          return until(work);
        };
        const late = new Promise((_resolve, reject) => setTimeout(reject, PATIENCE_MS, new Error('still waits')));
        await Promise.race([work(), late]).catch(again);
      };
      await until(() => ledger.transact(runId, () => ({ events: [halted('x')], result: undefined })));
      await until(() => queue.add([job('after')]));
      await expect.poll(() => got, { timeout: PATIENCE_MS }).toEqual(['before', 'after']);
      await close(0);
      await relay.stop();
      await stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  );
});
