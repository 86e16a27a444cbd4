import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { openEmbeddedLedger, openPostgresLedger } from '../../src/adapters/ledger/index.js';
import { makeLedgerTemplate, templateIn } from '../../src/adapters/ledger-template.js';
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

let made: Promise<string> | undefined;

/** The template that `npm start` makes: an embedded ledger of a test begins as a copy of it. */
export const template = (): Promise<string> => {
  made ??= (async () => {
    const dir = join(newDirectory(), 'template');
    must(await makeLedgerTemplate(dir, context));
    process.once('exit', () => rmSync(dirname(dir), { recursive: true, force: true }));
    return templateIn(dir);
  })();
  return made;
};

/** An embedded ledger in a directory of its own. */
export const pglitePlace = async (): Promise<LedgerPlace> => {
  const dataDir = newDirectory();
  const begun = { ...context, template: await template() };
  return {
    settings: { dataDir },
    async open() {
      const { ledger, pool } = must(await openEmbeddedLedger(dataDir, begun));
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
