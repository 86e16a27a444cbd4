import { rmSync } from 'node:fs';
import { afterAll, beforeAll } from 'vitest';
import {
  noPostgres,
  noRedis,
  type RealPostgres,
  type RealRedis,
  startPostgres,
  startRedis,
} from '../rig/servers/index.js';
import { newDirectory, template } from './ledger-places.js';
import { type QueuePlace, queueContract } from './queue-contract.js';
import { scheduleContract } from './queue-schedules.js';

let postgres: RealPostgres | undefined;
let redis: RealRedis | undefined;
beforeAll(async () => {
  if (noPostgres === undefined) postgres = await startPostgres();
  if (noRedis === undefined) redis = await startRedis();
});
afterAll(async () => {
  await postgres?.stop();
  await redis?.stop();
});

const place = (courier: 'shared' | 'memory', database: boolean, queue: boolean) => async (): Promise<QueuePlace> => {
  const dataDir = newDirectory();
  return {
    settings: {
      dataDir,
      courier,
      ...(database && postgres ? { databaseUrl: await postgres.database() } : { template: await template() }),
      ...(queue && redis ? { redisUrl: redis.url } : {}),
    },
    remove: async () => rmSync(dataDir, { recursive: true, force: true }),
  };
};

queueContract('memory', undefined, place('memory', false, false));
queueContract('nothing set (BullMQ on PGlite)', undefined, place('shared', false, false));
queueContract('DATABASE_URL (BullMQ on PostgreSQL)', noPostgres, place('shared', true, false));
queueContract('REDIS_URL (BullMQ on Redis, ledger on PGlite)', noRedis, place('shared', false, true));
queueContract('both (BullMQ on Redis, ledger on PostgreSQL)', noPostgres ?? noRedis, place('shared', true, true));

scheduleContract('nothing set (BullMQ on PGlite)', undefined, place('shared', false, false));
scheduleContract('DATABASE_URL (BullMQ on PostgreSQL)', noPostgres, place('shared', true, false), true);
scheduleContract('REDIS_URL (BullMQ on Redis, ledger on PGlite)', noRedis, place('shared', false, true));
scheduleContract(
  'both (BullMQ on Redis, ledger on PostgreSQL)',
  noPostgres ?? noRedis,
  place('shared', true, true),
  true,
);
