import { ok, type Result, resultOf } from '../../core/fault.js';
import { backupLines } from './backup.js';
import { sqlLedger } from './ledger.js';
import { identityOf, migrate } from './migrate.js';
import type { LedgerContext, OpenLedger } from './opened.js';
import { openPostgres, postgresPlace } from './postgres.js';
import { postgresLeader } from './postgres-leader.js';
import { sharedAnnouncer } from './shared-announcer.js';
import type { SqlDatabase } from './sql.js';

/**
 * Opens the ledger on PostgreSQL; any number of processes may. Faults: `ledger_unreachable`, `ledger_newer`,
 * `config_invalid`.
 */
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
