import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { failure, ok, type Result } from '../../core/fault.js';
import { backupLines } from './backup.js';
import type { BackupCounts } from './backup-file.js';
import type { Backup } from './backup-stream.js';
import { lockDataDirectory } from './data-lock.js';
import { newer, newestVersion, versionOf } from './migrate.js';
import { openPglite } from './pglite.js';
import { openPostgres, postgresPlace } from './postgres.js';
import { checkBackup, restoreLedger } from './restore.js';
import type { SqlDatabase } from './sql.js';

/** Where a ledger is: PostgreSQL with `databaseUrl`, else the data directory. */
export interface LedgerSite {
  readonly dataDir: string;
  readonly databaseUrl?: string;
  readonly logger: Logger;
}

/**
 * A backup of a ledger that is neither opened for work nor brought to this version's tables. Faults: those of opening a
 * ledger; `ledger_unreachable` where there is none.
 */
export const withBackup = async <T>(site: LedgerSite, use: (backup: Backup) => Promise<T>): Promise<Result<T>> =>
  withDatabase(site, async (database, name) => {
    const version = await versionOf(database);
    if (version > newestVersion) return newer(version);
    if (version === 0) return none(name);
    return ok(await use((take) => backupLines(database, take)));
  });

/**
 * Fills an empty ledger, made where there is none, from a backup file. Faults: as `checkBackup` and `restoreLedger`,
 * and those of opening.
 */
export const restoreInto = async (site: LedgerSite, path: string): Promise<Result<BackupCounts>> => {
  const checked = await checkBackup(path);
  return checked.ok ? withDatabase({ ...site, create: true }, (database) => restoreLedger(database, path)) : checked;
};

const none = (name: string) =>
  failure('ledger_unreachable', `There is no ledger in ${name}.`, 'Correct DATABASE_URL or RUNBOLT_DATA.');

export const withDatabase = async <T>(
  site: LedgerSite & { readonly create?: boolean },
  use: (database: SqlDatabase, name: string) => Promise<Result<T>>,
): Promise<Result<T>> => {
  const { dataDir, databaseUrl, logger, create = false } = site;
  if (databaseUrl !== undefined) {
    const place = postgresPlace(databaseUrl);
    if (!place.ok) return place;
    const database = await openPostgres(place.value, (error) => logger.warn({ err: error }, 'PostgreSQL'));
    return database.ok ? closing(database.value, () => use(database.value, place.value.name)) : database;
  }
  if (!create && !existsSync(join(dataDir, 'pg'))) return none(dataDir);
  const lock = await lockDataDirectory(dataDir);
  if (!lock.ok) return lock;
  try {
    const opened = await openPglite(dataDir);
    return opened.ok ? await closing(opened.value.database, () => use(opened.value.database, dataDir)) : opened;
  } finally {
    await lock.value.release();
  }
};

const closing = async <T>(database: SqlDatabase, use: () => Promise<T>): Promise<T> => {
  try {
    return await use();
  } finally {
    await database.close();
  }
};
