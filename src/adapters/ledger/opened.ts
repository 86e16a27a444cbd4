import type { Logger } from 'pino';
import type { Clock, Ledger, RandomHex } from '../../engine/ports.js';
import type { Backup } from './backup-stream.js';
import type { DataLock } from './data-lock.js';
import type { PglitePool } from './pglite-pool.js';

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

/**
 * The embedded ledger: its lock on the data directory, and the pool that a queue may share. Closing the ledger releases
 * both.
 */
export interface EmbeddedLedger extends OpenLedger {
  readonly pool: PglitePool;
  readonly lock: DataLock;
}
