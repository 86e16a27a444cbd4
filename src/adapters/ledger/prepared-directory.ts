import { closeSync, ftruncateSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { dataDir as prepopulated } from '@electric-sql/pglite-prepopulatedfs';

const BLOCK = 512;

/**
 * Unpacks the data directory that comes with PGlite (a gzipped ustar archive of 39 MB, mostly zeros) into `dir`. PGlite
 * could load it itself, byte by byte through WebAssembly: that takes three times as long.
 */
export const unpackPreparedDirectory = async (dir: string): Promise<void> => {
  const packed = Buffer.from(await (await prepopulated()).arrayBuffer());
  const archive = packed[0] === 0x1f ? await promisify(gunzip)(packed) : packed;
  let offset = 0;
  while (offset + BLOCK <= archive.length && archive[offset] !== 0) {
    const header = archive.subarray(offset, offset + BLOCK);
    const size = Number.parseInt(textOf(header, 124, 12), 8) || 0;
    const start = offset + BLOCK;
    const path = join(
      dir,
      normalize(`/${[textOf(header, 345, 155), textOf(header, 0, 100)].filter(Boolean).join('/')}`),
    );
    unpackEntry(textOf(header, 156, 1), path, archive.subarray(start, start + size));
    offset = start + Math.ceil(size / BLOCK) * BLOCK;
  }
};

const textOf = (header: Buffer, start: number, length: number): string => {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return field
    .subarray(0, end === -1 ? length : end)
    .toString('latin1')
    .trim();
};

/** Synchronous: a thousand small files take half as long as through the thread pool, and this happens once. */
const unpackEntry = (type: string, path: string, content: Buffer): void => {
  if (type === '5') {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return;
  }
  if (type !== '0' && type !== '') throw new Error(`the prepared data directory has an entry of unknown type ${type}`);
  const file = openSync(path, 'wx', 0o600);
  try {
    const used = usedLength(content);
    writeSync(file, content, 0, used);
    if (used < content.length) ftruncateSync(file, content.length);
  } finally {
    closeSync(file);
  }
};

/** Length without the zeros at the end: those become a hole in the file. */
const usedLength = (content: Buffer): number => {
  let end = content.length;
  while (end > 0 && content[end - 1] === 0) end -= 1;
  return end;
};
