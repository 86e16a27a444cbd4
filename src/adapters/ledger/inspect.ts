import { ok, type Result } from '../../core/fault.js';
import { newer, newestVersion, versionOf } from './migrate.js';
import { type LedgerSite, withDatabase } from './site.js';

export interface LedgerFound {
  /** `host:port/database`, or the data directory. */
  readonly name: string;
  /** Version of PostgreSQL, `15.14`. */
  readonly server: string;
  /** Version of the tables; 0 where there are none yet. */
  readonly version: number;
  /** The version that this program writes. */
  readonly newest: number;
  /** The server's clock when it was asked, ms since the epoch. */
  readonly at: number;
}

/** Looks at a ledger without changing it. Faults: those of opening it, and `ledger_newer`. */
export const inspectLedger = (site: LedgerSite): Promise<Result<LedgerFound>> =>
  withDatabase(site, async (database, name) => {
    const version = await versionOf(database);
    if (version > newestVersion) return newer(version);
    const [row] = await database.rows(
      `SELECT current_setting('server_version') AS server, (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS at`,
      [],
    );
    return ok({
      name,
      server: String(row?.server).split(' ')[0] ?? '',
      version,
      newest: newestVersion,
      at: Number(row?.at),
    });
  });
