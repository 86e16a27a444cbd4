import { lstat, rm } from 'node:fs/promises';
import { lockDataDirectory } from '../adapters/ledger/data-lock.js';
import { failure } from '../core/fault.js';
import { isOurs } from './own-directory.js';

/** Makes the demo's directory empty; another demo that lives in it is a fault. */
export const takeDirectory = async (directory: string) => {
  if (await lstat(directory).catch(() => undefined)) {
    if (!(await isOurs(directory))) {
      return failure(
        'demo_unavailable',
        `${directory} is there and is not this user's own.`,
        'Remove it, or have it removed.',
      );
    }
    const lock = await lockDataDirectory(directory);
    if (!lock.ok) {
      return failure('ledger_busy', 'A demo of this user is running already.', 'Use it, or stop it with Ctrl-C there.');
    }
    await lock.value.release();
    await rm(directory, { recursive: true, force: true });
  }
  return { ok: true as const };
};
