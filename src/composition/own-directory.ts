import { lstat } from 'node:fs/promises';

/** Whether a directory is there, belongs to this user, and is closed to all others: only then what is in it is trusted. */
export const isOurs = async (directory: string): Promise<boolean> => {
  const found = await lstat(directory).catch(() => undefined);
  return found?.isDirectory() === true && found.uid === process.getuid?.() && (found.mode & 0o077) === 0;
};
