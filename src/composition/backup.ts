import { createReadStream, createWriteStream } from 'node:fs';
import { open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Logger } from 'pino';
import { readBackup } from '../adapters/ledger/backup-file.js';
import { type Backup, writeBackup } from '../adapters/ledger/backup-stream.js';
import { socketAddress } from '../adapters/ledger/data-lock.js';
import { restoreInto, withBackup } from '../adapters/ledger/site.js';
import { type ExitCode, FaultError, failure, ok, type Result } from '../core/fault.js';
import { type Terminal, tell } from '../doors/cli/ask.js';
import { deskBackup } from '../doors/cli/desk-backup.js';
import type { Environment } from './environment.js';
import { isOurs } from './own-directory.js';

/** Writes the ledger to a new file (0600), or to standard output by `-`; through the bot where it has the ledger. */
export const backup = async (env: Environment, path: string, terminal: Terminal, logger: Logger): Promise<ExitCode> => {
  const written = path === '-' ? await copyOut(env, logger, standardOutput()) : await copyToFile(env, logger, path);
  if (!written.ok) return tell(written.fault, false, terminal);
  if (path === '-') return 0;
  const counts = await readBackup(
    path,
    async () => undefined,
    async () => undefined,
  );
  const { size } = await stat(path);
  terminal.out(
    `${many(counts.runs ?? 0)} in ${path}, ${Math.ceil(size / 1024)} KB. Restore them by: runbolt restore ${path}`,
  );
  return 0;
};

/** Fills an empty ledger from a backup, on either engine. */
export const restore = async (
  env: Environment,
  path: string,
  terminal: Terminal,
  logger: Logger,
): Promise<ExitCode> => {
  const restored = await restoreInto({ ...env, logger }, path);
  if (!restored.ok) return tell(restored.fault, false, terminal);
  terminal.out(`${many(restored.value.runs ?? 0)} restored. Start the bot: what had not ended goes on.`);
  return 0;
};

const many = (runs: number): string => (runs === 1 ? '1 run' : `${runs} runs`);

const standardOutput = (): Writable => createWriteStream('', { fd: 1, autoClose: false });

const copyToFile = async (env: Environment, logger: Logger, path: string): Promise<Result<void>> => {
  const file = await open(path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => error);
  if (file instanceof Error) {
    const why = file.code === 'EEXIST' ? 'is there already' : `cannot be written (${file.code})`;
    return failure('backup_unwritten', `${path} ${why}.`, 'Name another file.');
  }
  const copied = await copyOut(env, logger, createWriteStream('', { fd: file, flush: true })).catch(async (error) => {
    await rm(path, { force: true });
    throw error;
  });
  if (!copied.ok) await rm(path, { force: true });
  return copied;
};

const copyOut = async (env: Environment, logger: Logger, out: Writable): Promise<Result<void>> => {
  const bot = env.databaseUrl === undefined ? await fromBot(env.dataDir) : undefined;
  try {
    if (bot) return bot.ok ? ok(await pipeline(bot.value, out)) : bot;
    return await withBackup({ ...env, logger }, (lines) => writeBackup(lines, out));
  } catch (error) {
    if (error instanceof FaultError) return { ok: false, fault: error.fault };
    const why = error instanceof Error ? error.message : String(error);
    return failure('backup_unwritten', `The backup ended before it was whole: ${why}.`, 'See the log, and ask again.');
  } finally {
    out.destroy();
  }
};

/** The backup that a running bot of the data directory makes; undefined when none runs. */
const fromBot = async (dataDir: string): Promise<Result<Readable> | undefined> => {
  if (!(await isOurs(dataDir))) return undefined;
  const address = socketAddress(dataDir);
  try {
    return await deskBackup(address.path);
  } finally {
    address.done();
  }
};

/**
 * A backup as a stream, written out before it is read: the embedded ledger stands still while it is copied, and must not
 * wait for who reads. Nothing is left of the file once it is open.
 */
export const stagedBackup = async (lines: Backup, dataDir: string): Promise<Readable> => {
  const path = join(dataDir, 'backup.unfinished');
  await rm(path, { force: true });
  const file = await open(path, 'wx+', 0o600);
  await rm(path);
  await writeBackup(lines, createWriteStream('', { fd: file.fd, autoClose: false }));
  return createReadStream('', { fd: file, start: 0 });
};
