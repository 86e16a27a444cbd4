import type { Logger } from 'pino';
import { ok, type Result, resultOf } from '../../core/fault.js';
import type { Clock, Ledger, RandomHex } from '../../engine/ports.js';
import { announcer } from './announcer.js';
import { backupLines } from './backup.js';
import type { Backup } from './backup-stream.js';
import { type DataLock, lockDataDirectory } from './data-lock.js';
import { aloneLeader, postgresLeader } from './leader.js';
import { sqlLedger } from './ledger.js';
import { identityOf, migrate } from './migrate.js';
import { openPglite } from './pglite.js';
import type { PglitePool } from './pglite-pool.js';
import { openPostgres, postgresPlace } from './postgres.js';
import { sharedAnnouncer } from './shared-announcer.js';
import type { SqlDatabase } from './sql.js';

export interface LedgerContext {
  readonly clock: Clock;
  readonly random: RandomHex;
  readonly logger: Logger;
}

/** `identity` names the ledger, to keep its jobs apart from those of others on a shared queue server. */
export interface OpenLedger {
  readonly ledger: Ledger;
  readonly identity: string;
  /** Copies the ledger as it is at one moment. */
  readonly backup: Backup;
}

/** The embedded ledger: its lock on the data directory, and the pool that a queue may share. Closing the ledger releases both. */
export interface EmbeddedLedger extends OpenLedger {
  readonly pool: PglitePool;
  readonly lock: DataLock;
}

/**
 * Opens the ledger on PGlite in `dir`, alone on this machine. Faults: `ledger_busy` when another process has it,
 * `ledger_unreachable` when it cannot be opened, `ledger_newer` when a newer version has written it.
 */
export const openEmbeddedLedger = async (
  dir: string,
  context: LedgerContext & { readonly template?: string },
): Promise<Result<EmbeddedLedger>> => {
  const lock = await lockDataDirectory(dir);
  if (!lock.ok) return lock;
  const opened = await openPglite(dir, context.template);
  if (!opened.ok) {
    await lock.value.release();
    return opened;
  }
  const { database, pool } = opened.value;
  const migrated = await migrate(database);
  if (!migrated.ok) {
    await database.close();
    await lock.value.release();
    return migrated;
  }
  const local = announcer(context.random(8), (error) => context.logger.error({ err: error }, 'a listener failed'));
  const ledger = sqlLedger({ database, announcer: local, leader: aloneLeader(database), ...context, alone: true });
  const close = async () => {
    await ledger.close();
    await lock.value.release();
  };
  return ok({
    ledger: { ...ledger, close },
    identity: await identityOf(database),
    pool,
    lock: lock.value,
    backup: (take) => backupLines(database, take),
  });
};

/** Opens the ledger on PostgreSQL; any number of processes may. Faults: as above, and `config_invalid`. */
export const openPostgresLedger = async (url: string, context: LedgerContext): Promise<Result<OpenLedger>> => {
  const place = postgresPlace(url);
  if (!place.ok) return place;
  const database = await openPostgres(place.value, (error) => context.logger.warn({ err: error }, 'PostgreSQL'));
  if (!database.ok) return database;
  const identity = await prepared(database.value);
  if (!identity.ok) {
    await database.value.close();
    return identity;
  }
  const shared = await sharedAnnouncer(place.value, database.value, context);
  const leader = postgresLeader(place.value, context);
  const ledger = sqlLedger({ database: database.value, announcer: shared, leader, ...context, alone: false });
  return ok({ ledger, identity: identity.value, backup: (take) => backupLines(database.value, take) });
};

/** Brings the tables up to date; answers with the ledger's name. A database that goes away or refuses is a fault. */
const prepared = (database: SqlDatabase): Promise<Result<string>> =>
  resultOf(async () => {
    const migrated = await migrate(database);
    return migrated.ok ? ok(await identityOf(database)) : migrated;
  });

export { type DataLock, lockDataDirectory, socketAddress } from './data-lock.js';
