import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Result } from '../core/fault.js';
import { type LedgerContext, openEmbeddedLedger } from './ledger/index.js';
import { preparePooledQueue } from './queue/index.js';

/** Where the data directory of a template is, in the directory given to `makeLedgerTemplate`. */
export const templateIn = (dir: string): string => join(dir, 'pg');

/**
 * Makes an embedded ledger with all tables of this version and nothing in them, not even a name: a first start copies it
 * (0.1 s) instead of making the tables (1 s). `dir` is replaced. Faults: as those of opening a ledger.
 */
export const makeLedgerTemplate = async (dir: string, context: LedgerContext): Promise<Result<void>> => {
  const unfinished = `${dir}.unfinished`;
  await Promise.all([dir, unfinished].map((path) => rm(path, { recursive: true, force: true })));
  const opened = await openEmbeddedLedger(unfinished, context);
  if (!opened.ok) return opened;
  const { ledger, pool } = opened.value;
  const prepared = await preparePooledQueue(pool, context.logger);
  await pool.query('DELETE FROM runbolt.identity');
  await ledger.close();
  if (prepared.ok) await rename(unfinished, dir);
  return prepared;
};
