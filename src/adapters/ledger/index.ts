import type * as embedded from './open-embedded.js';
import type * as postgres from './open-postgres.js';

// Each database's client is loaded when it is used.
export const openEmbeddedLedger: typeof embedded.openEmbeddedLedger = async (...of) =>
  (await import('./open-embedded.js')).openEmbeddedLedger(...of);

export const openPostgresLedger: typeof postgres.openPostgresLedger = async (...of) =>
  (await import('./open-postgres.js')).openPostgresLedger(...of);

export { type DataLock, lockDataDirectory, socketAddress } from './data-lock.js';
export type { EmbeddedLedger, LedgerContext, OpenLedger } from './opened.js';
