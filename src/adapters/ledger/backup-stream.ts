import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/** Hands the lines of a backup over, one after the other. */
export type Backup = (take: (line: string) => Promise<void>) => Promise<void>;

/** Writes a backup, packed by gzip, and ends the stream. Rejects with what the ledger or the stream says. */
export const writeBackup = async (backup: Backup, out: Writable): Promise<void> => {
  const packed = createGzip();
  const written = pipeline(packed, out);
  written.catch(() => undefined);
  try {
    await backup(async (line) => {
      if (!packed.write(`${line}\n`)) await Promise.race([once(packed, 'drain'), written]);
    });
    packed.end();
  } catch (error) {
    packed.destroy();
    throw error;
  }
  await written;
};
