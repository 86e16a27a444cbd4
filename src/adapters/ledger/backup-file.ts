import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { z } from 'zod';
import { FaultError, fault } from '../../core/fault.js';
import { FORM, KEPT } from './backup.js';

const head = z.object({ runbolt_ledger: z.int(), version: z.int().min(1), at: z.string() });
const tables = z.enum(KEPT.map(({ table }) => table));
const batch = z.object({ table: tables, rows: z.array(z.record(z.string(), z.unknown())) });
const end = z.object({ end: z.partialRecord(tables, z.int()) });

export type BackupBatch = z.infer<typeof batch>;

export interface BackupHead {
  /** Version of the ledger's tables. */
  readonly version: number;
  /** When it was made, by the database's clock. */
  readonly at: string;
}

export type BackupCounts = z.infer<typeof end>['end'];

/**
 * Reads a backup to its end and answers with the number of rows of each table. Throws a `backup_invalid` fault when the
 * file is none, is cut off, or holds another number of rows than it says.
 */
export const readBackup = async (
  path: string,
  begin: (head: BackupHead) => Promise<void>,
  each: (batch: BackupBatch) => Promise<void>,
): Promise<BackupCounts> => {
  const wrong = (what: string) =>
    new FaultError(fault('backup_invalid', `${path} ${what}.`, 'Take another backup, or the one before it.'));
  const counts: BackupCounts = {};
  let begun = false;
  let ended: BackupCounts | undefined;
  const take = async (line: string): Promise<void> => {
    const parsed = parsedJson(line);
    if (!begun) {
      const first = head.safeParse(parsed);
      if (!first.success) throw wrong('is no backup of a ledger');
      if (first.data.runbolt_ledger !== FORM)
        throw wrong(`has form ${first.data.runbolt_ledger}, this Runbolt reads ${FORM}`);
      begun = true;
      return begin(first.data);
    }
    const rows = batch.safeParse(parsed);
    if (rows.success) {
      const { table } = rows.data;
      counts[table] = (counts[table] ?? 0) + rows.data.rows.length;
      return each(rows.data);
    }
    const last = end.safeParse(parsed);
    if (!last.success) throw wrong('has a line that is no part of a backup');
    ended = last.data.end;
  };
  for await (const line of linesOf(path, wrong)) await take(line);
  if (!begun) throw wrong('is empty');
  if (!ended) throw wrong('is cut off');
  for (const { table } of KEPT) if ((counts[table] ?? 0) !== ended[table]) throw wrong(`has lost rows of ${table}`);
  return ended;
};

async function* linesOf(path: string, wrong: (what: string) => FaultError): AsyncGenerator<string> {
  const file = createReadStream(path);
  const unpacked = createGunzip();
  let failed: unknown;
  unpacked.on('error', (error) => {
    failed = error;
  });
  file.on('error', (error) => unpacked.destroy(error));
  const lines = createInterface({ input: file.pipe(unpacked), crlfDelay: Number.POSITIVE_INFINITY });
  try {
    for await (const line of lines) yield line;
    if (failed !== undefined) throw failed;
  } catch (error) {
    throw wrong(whyUnread(error));
  } finally {
    file.destroy();
    unpacked.destroy();
  }
}

const whyUnread = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT') return 'is not there';
  if (code === 'Z_BUF_ERROR') return 'is cut off';
  if (code.startsWith('Z_')) return 'is no backup of a ledger, or is damaged';
  return `cannot be read (${code})`;
};

const parsedJson = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
};
