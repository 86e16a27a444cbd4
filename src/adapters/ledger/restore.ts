import { FaultError, failure, fault, ok, type Result } from '../../core/fault.js';
import { type BackupBatch, type BackupCounts, type BackupHead, readBackup } from './backup-file.js';
import { LOCK, newer, newestVersion, raise, versionOf } from './migrate.js';
import type { SqlDatabase, SqlSession } from './sql.js';

/**
 * Fills a ledger without runs from a backup that was checked, in one transaction: all of it or nothing. The copy gets a
 * name of its own, so that it meets no jobs of the ledger before it, and knows that more may have been posted than it
 * remembers. Faults: `ledger_newer`, `ledger_not_empty`, `ledger_busy` when a process works on that database.
 */
export const restoreLedger = async (database: SqlDatabase, path: string): Promise<Result<BackupCounts>> => {
  try {
    return ok(await database.transaction((session) => fill(session, path)));
  } catch (error) {
    if (error instanceof FaultError) return { ok: false, fault: error.fault };
    throw error;
  }
};

/** Reads a backup to its end before anything is opened for it. Faults: `backup_invalid`, `ledger_newer`. */
export const checkBackup = async (path: string): Promise<Result<BackupCounts>> => {
  try {
    const known = async ({ version }: BackupHead): Promise<void> => {
      if (version > newestVersion) throw new FaultError(newer(version).fault);
    };
    return ok(await readBackup(path, known, async () => undefined));
  } catch (error) {
    if (error instanceof FaultError) return { ok: false, fault: error.fault };
    throw error;
  }
};

const fill = async (session: SqlSession, path: string): Promise<BackupCounts> => {
  await session.rows('SELECT pg_advisory_xact_lock($1)', [LOCK]);
  await mustBeFree(session);
  await mustBeEmpty(session);
  let version = 0;
  const counts = await readBackup(
    path,
    async (head) => {
      await session.script('DROP SCHEMA IF EXISTS runbolt CASCADE');
      await raise(session, 0, head.version);
      version = head.version;
    },
    (batch) => insert(session, batch),
  );
  await raise(session, version, newestVersion);
  await session.rows(
    `SELECT setval('runbolt.message_changes', 1 + (SELECT coalesce(max(changed), 0) FROM runbolt.messages))`,
    [],
  );
  await session.rows('SELECT runbolt.restored()', []);
  return counts;
};

const insert = async (session: SqlSession, { table, rows }: BackupBatch): Promise<void> => {
  await session.rows(
    `INSERT INTO runbolt.${table} SELECT * FROM jsonb_populate_recordset(NULL::runbolt.${table}, $1::jsonb)`,
    [JSON.stringify(rows)],
  );
};

/** Every process of Runbolt names its sessions so. */
const mustBeFree = async (session: SqlSession): Promise<void> => {
  const [other] = await session.rows(
    `SELECT count(*)::int AS sessions FROM pg_stat_activity
     WHERE datname = current_database() AND application_name LIKE 'runbolt%' AND pid <> pg_backend_pid()`,
    [],
  );
  if (Number(other?.sessions) > 0)
    throw new FaultError(
      fault('ledger_busy', 'Runbolt works on this database.', 'Stop the bot and all workers, then restore.'),
    );
};

const mustBeEmpty = async (session: SqlSession): Promise<void> => {
  const version = await versionOf(session);
  if (version > newestVersion) throw new FaultError(newer(version).fault);
  if (version === 0) return;
  const [row] = await session.rows('SELECT count(*)::int AS runs FROM runbolt.runs', []);
  const runs = Number(row?.runs);
  if (runs === 0) return;
  const refused = failure(
    'ledger_not_empty',
    `The ledger has ${runs === 1 ? '1 run' : `${runs} runs`} already; only an empty one can be restored.`,
    'Restore into a new database, or move the data directory away.',
  );
  throw new FaultError(refused.fault);
};
