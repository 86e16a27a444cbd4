import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { PGlite } from '@electric-sql/pglite';
import { failure, ok, type Result } from '../../core/fault.js';
import { PglitePool } from './pglite-pool.js';
import { unpackPreparedDirectory } from './prepared-directory.js';
import type { SqlDatabase } from './sql.js';

/** 64-bit integers as text, as node-postgres gives them: BullMQ reads counts that way. */
const parsers = { 20: (value: string) => value };

/** Embedded PostgreSQL in a directory: the ledger's database, and the pool that BullMQ shares with it. */
export interface EmbeddedDatabase {
  readonly database: SqlDatabase;
  readonly pool: PglitePool;
}

/**
 * Opens PGlite in `dir/pg`. The caller holds the lock of `dir`: two processes on one PGlite lose rows silently. A first
 * start copies `template`, a data directory with all tables made, or unpacks PGlite's own (1 s; initdb takes 5); one that
 * was killed meanwhile is begun again. Fault: `ledger_unreachable` when the directory cannot be opened as a database.
 */
export const openPglite = async (dir: string, template?: string): Promise<Result<EmbeddedDatabase>> => {
  try {
    const db = await openDirectory(join(dir, 'pg'), join(dir, 'pg.unfinished'), template);
    await db.exec('SET search_path TO bullmq');
    const pool = new PglitePool(db);
    return ok({ pool, database: databaseOf(pool) });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return failure(
      'ledger_unreachable',
      `The ledger in ${join(dir, 'pg')} cannot be opened: ${reason}.`,
      'Check that the directory is writable and was written by this version of Runbolt.',
    );
  }
};

const openDirectory = async (data: string, unfinished: string, template: string | undefined): Promise<PGlite> => {
  if (existsSync(unfinished)) await rm(data, { recursive: true, force: true });
  await mkdir(data, { recursive: true, mode: 0o700 });
  if ((await readdir(data)).length === 0) {
    await writeFile(unfinished, '');
    if (template === undefined || !(await copied(template, data))) await unpackPreparedDirectory(data);
    await rm(unfinished);
  }
  compileOnce();
  return PGlite.create({ dataDir: data, parsers, startParams: [...PGlite.defaultStartParams, ...SMALL_CACHE] });
};

/**
 * PostgreSQL's own cache, 128 MB unless told, which it clears at each start; the system's cache of files is behind it.
 * Measured on Node 20: 135 MB of memory instead of 250, and a start of 0.5 s of CPU instead of 0.7.
 */
const SMALL_CACHE = ['-c', 'shared_buffers=16MB'] as const;

/**
 * By `cp`: a thousand small files take a fifth of the time that Node's own copying takes. False, and nothing is there,
 * when it cannot be copied whole: a build may be replacing it.
 */
const copied = async (from: string, to: string): Promise<boolean> => {
  try {
    await promisify(execFile)('cp', ['-R', `${from}/.`, to]);
    return true;
  } catch {
    await rm(to, { recursive: true, force: true });
    await mkdir(to, { mode: 0o700 });
    return false;
  }
};

/**
 * Keeps V8 from compiling PGlite's WebAssembly a second time, optimised, beside the first work. Measured on Node 20: a
 * start and 200 queries cost 1.5 s of CPU instead of 3.6; later queries cost the same, for most of their time is spent
 * outside of WebAssembly.
 */
const compileOnce = (): void => {
  setFlagsFromString('--no-wasm-tier-up');
  setFlagsFromString('--no-wasm-dynamic-tiering');
};

const databaseOf = (pool: PglitePool): SqlDatabase => ({
  rows: async (text, params) => (await pool.query<Record<string, unknown>>(text, params)).rows,
  tuples: (text, params) => pool.exclusive(() => pool.tuples(text, params)),
  script: (text) => pool.exclusive(async () => void (await pool.db.exec(text))),
  async transaction(work) {
    const client = pool.client();
    await client.query('BEGIN');
    try {
      const result = await work({
        rows: async (text, params) => (await client.query<Record<string, unknown>>(text, params)).rows,
        tuples: (text, params) => client.tuples(text, params),
        script: async (text) => void (await client.query(text)),
      });
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    }
  },
  async close() {
    await pool.end();
    await pool.exclusive(() => pool.db.close());
  },
});
