import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { openEmbeddedLedger, openPostgresLedger } from '../../src/adapters/ledger/index.js';
import { FaultError, type Result } from '../../src/core/fault.js';
import type { RealPostgres } from '../rig/servers/index.js';
import type { LedgerPlace } from './ledger-contract.js';
import { context } from './ledger-samples.js';

/** The value, or the fault as an exception. */
export const must = <T>(result: Result<T>): T => {
  if (!result.ok) throw new FaultError(result.fault);
  return result.value;
};

export const newDirectory = (): string => mkdtempSync(join(tmpdir(), 'runbolt-ledger-'));

/** An embedded ledger in a directory of its own. */
export const pglitePlace = async (): Promise<LedgerPlace> => {
  const dataDir = newDirectory();
  return {
    settings: { dataDir },
    async open() {
      const { ledger, pool } = must(await openEmbeddedLedger(dataDir, context));
      return { ledger, sql: async (text) => (await pool.query<Record<string, unknown>>(text)).rows };
    },
    remove: async () => rmSync(dataDir, { recursive: true, force: true }),
  };
};

/** A new database on a real PostgreSQL. */
export const postgresPlace = (server: () => RealPostgres) => async (): Promise<LedgerPlace> => {
  const databaseUrl = await server().database();
  return {
    settings: { dataDir: '/nonexistent', databaseUrl },
    async open() {
      const { ledger } = must(await openPostgresLedger(databaseUrl, context));
      return { ledger, sql: (text) => ask(databaseUrl, text) };
    },
    remove: async () => undefined,
  };
};

export const ask = async (url: string, text: string): Promise<readonly Record<string, unknown>[]> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
};
