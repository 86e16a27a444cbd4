import { request } from 'node:http';
import type { Readable } from 'node:stream';
import { failure, ok, type Result } from '../../core/fault.js';

/** Longest silence of a bot that copies its ledger, ms. */
const PATIENCE_MS = 600_000;

/** A backup of the ledger that the bot behind this socket has; undefined when nobody listens there. */
export const deskBackup = (socketPath: string): Promise<Result<Readable> | undefined> =>
  new Promise((resolve) => {
    const asked = request(
      { socketPath, path: '/backup', agent: false, timeout: PATIENCE_MS, headers: { host: 'runbolt' } },
      (answer) => {
        if (answer.statusCode === 200) return resolve(ok(answer));
        answer.resume();
        const elsewhere = answer.statusCode === 404;
        return resolve(
          elsewhere
            ? failure('backup_unwritten', "The bot's ledger is on PostgreSQL.", 'Set DATABASE_URL as the bot has it.')
            : failure('backup_unwritten', 'The bot could not make the backup.', "See the bot's log."),
        );
      },
    );
    asked.on('error', () => resolve(undefined));
    asked.on('timeout', () => asked.destroy());
    asked.end();
  });
