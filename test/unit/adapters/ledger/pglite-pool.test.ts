import { PGlite } from '@electric-sql/pglite';
import { dataDir } from '@electric-sql/pglite-prepopulatedfs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PglitePool } from '../../../../src/adapters/ledger/pglite-pool.js';

describe('the one session of a PGlite, as a pool', { timeout: 60_000 }, () => {
  let db: PGlite;
  let pool: PglitePool;
  beforeAll(async () => {
    db = await PGlite.create({ loadDataDir: await dataDir() });
    await db.exec('CREATE TABLE t (n int PRIMARY KEY)');
    pool = new PglitePool(db);
  });
  afterAll(() => db.close());
  const count = async () => (await pool.query<{ n: number }>('SELECT count(*)::int AS n FROM t')).rows[0]?.n;

  it('keeps other statements out of an open transaction, so that rolling it back takes only its own', async () => {
    const client = await pool.connect();
    await client.query('BEGIN');
    await client.query('INSERT INTO t VALUES (1)');
    const outside = pool.query('INSERT INTO t VALUES (2)');
    await client.query('INSERT INTO t VALUES (3)');
    await client.query('ROLLBACK');
    await outside;
    expect((await pool.query('SELECT n FROM t')).rows).toEqual([{ n: 2 }]);
    client.release();
  });

  it('lets two transactions happen one after the other', async () => {
    const order: string[] = [];
    const transaction = async (name: string) => {
      const client = await pool.connect();
      await client.query('BEGIN');
      order.push(`${name} begins`);
      await client.query('SELECT 1');
      order.push(`${name} ends`);
      await client.query('COMMIT');
    };
    await Promise.all([transaction('a'), transaction('b')]);
    expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
  });

  it('rolls back what a released client left open, and lets the next one in', async () => {
    const before = await count();
    const client = await pool.connect();
    await client.query('BEGIN');
    await client.query('INSERT INTO t VALUES (10)');
    client.release();
    expect(await count()).toBe(before);
  });

  it('is free after a transaction that failed', async () => {
    const client = await pool.connect();
    await client.query('BEGIN');
    await expect(client.query('SELECT nonsense')).rejects.toThrow(/nonsense/);
    await client.query('ROLLBACK');
    expect(await count()).toBe(1);
  });

  it('runs a script of several statements, and understands commands behind comments', async () => {
    await pool.query('-- a comment\n/* and another */ CREATE TABLE u (n int); INSERT INTO u VALUES (7);');
    expect((await pool.query('-- why\nSELECT n FROM u')).rows).toEqual([{ n: 7 }]);
  });

  it('hears notifications as a pg client does, until it is released', async () => {
    const client = await pool.connect();
    const heard: unknown[] = [];
    client.on('notification', (message) => heard.push(message));
    await client.query('-- jobs\nLISTEN some_channel;\n');
    await pool.query('SELECT pg_notify($1, $2)', ['some_channel', 'one']);
    expect(heard).toEqual([{ channel: 'some_channel', payload: 'one' }]);
    client.release();
    await count();
    await pool.query('SELECT pg_notify($1, $2)', ['some_channel', 'two']);
    expect(heard).toHaveLength(1);
  });

  it('lets timers and sockets have their turn between statements', async () => {
    let ticks = 0;
    const ticking = setInterval(() => {
      ticks += 1;
    }, 1);
    await Promise.all(Array.from({ length: 100 }, () => pool.query('SELECT 1')));
    clearInterval(ticking);
    expect(ticks).toBeGreaterThan(5);
  });
});
