import { ok, type Result } from '../../core/fault.js';
import { announcer } from './announcer.js';
import { backupLines } from './backup.js';
import { lockDataDirectory } from './data-lock.js';
import { aloneLeader } from './leader.js';
import { sqlLedger } from './ledger.js';
import { identityOf, migrate } from './migrate.js';
import type { EmbeddedLedger, LedgerContext } from './opened.js';
import { openPglite } from './pglite.js';

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
