import { failure, ok, type Result } from '../../core/fault.js';
import { ledger0001 } from './migrations/0001-ledger.js';
import { ledger0002 } from './migrations/0002-retention.js';
import { ledger0003 } from './migrations/0003-workers.js';
import type { SqlDatabase, SqlSession } from './sql.js';

/** In order; version n is the n-th. Shipped ones are never edited. */
const MIGRATIONS: readonly { readonly name: string; readonly sql: string }[] = [
  { name: 'ledger', sql: ledger0001 },
  { name: 'retention', sql: ledger0002 },
  { name: 'workers', sql: ledger0003 },
];

/** Key of the advisory lock that lets one starter migrate at a time: `RBLT`. */
export const LOCK = 0x52424c54;

/**
 * Brings the schema `runbolt` to this version's state, one starter at a time, in one transaction. Fault
 * `ledger_newer`: a newer Runbolt has written there, and this one might misread it.
 */
export const migrate = async (database: SqlDatabase): Promise<Result<void>> => {
  const at = await versionOf(database);
  if (at === MIGRATIONS.length) return ok(undefined);
  if (at > MIGRATIONS.length) return newer(at);
  return database.transaction(async (session) => {
    await session.script(`SELECT pg_advisory_xact_lock(${LOCK})`);
    const before = await versionOf(session);
    if (before > MIGRATIONS.length) return newer(before);
    await raise(session, before, MIGRATIONS.length);
    return ok(undefined);
  });
};

/** The newest version of the ledger that this program knows. */
export const newestVersion = MIGRATIONS.length;

/** Brings the schema from one version to a later one, within the caller's transaction; version 0 is nothing. */
export const raise = async (session: SqlSession, from: number, to: number): Promise<void> => {
  if (from === 0) await session.script(TABLE);
  for (const [index, migration] of MIGRATIONS.entries()) {
    const version = index + 1;
    if (version <= from || version > to) continue;
    await session.script(migration.sql);
    await session.rows('INSERT INTO runbolt.migrations (version, name) VALUES ($1, $2)', [version, migration.name]);
  }
};

const TABLE = `
CREATE SCHEMA IF NOT EXISTS runbolt;
CREATE TABLE IF NOT EXISTS runbolt.migrations (
  version    integer PRIMARY KEY,
  name       text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
);
`;

/**
 * Asks the catalogue as a table, which shows what others have committed while this one waited for the lock: `to_regclass`
 * answers from the connection's cache, and then two starters migrate.
 */
export const versionOf = async (session: SqlSession): Promise<number> => {
  const [table] = await session.rows(
    `SELECT EXISTS (SELECT FROM pg_catalog.pg_tables WHERE schemaname = 'runbolt' AND tablename = 'migrations') AS present`,
    [],
  );
  if (table?.present !== true) return 0;
  const [row] = await session.rows('SELECT coalesce(max(version), 0)::int AS version FROM runbolt.migrations', []);
  return Number(row?.version);
};

export const newer = (version: number) =>
  failure(
    'ledger_newer',
    `The ledger has version ${version}, this Runbolt knows versions up to ${MIGRATIONS.length}.`,
    'Start the newer Runbolt that wrote it; a ledger is never taken back.',
  );

/**
 * The ledger's own name (32 hex digits), the same for all processes on it: it keeps queues on a shared server apart. A
 * copy of the template has none yet, and is given one.
 */
export const identityOf = async (session: SqlSession): Promise<string> => {
  await session.rows('INSERT INTO runbolt.identity SELECT WHERE NOT EXISTS (SELECT FROM runbolt.identity)', []);
  const [row] = await session.rows('SELECT id FROM runbolt.identity', []);
  if (typeof row?.id !== 'string') throw new Error('The ledger has no identity.');
  return row.id;
};
