import type { Configured } from './config.js';
import type { Mode } from './mode.js';
import { type Records, whole } from './output.js';

/** Seconds between the rename of a file and the last word in its directory, at most. */
const WRITING = 5;

/**
 * What a reload would bring in, though nobody has looked at it: files written after the newest process began, and
 * directories (`/PATH/`) that files were added to or taken from since. What Runbolt wrote last is known.
 */
export const notLoaded = (directories: Records, mode: Mode, { files }: Configured): readonly string[] => {
  const late = files.filter((one) => one.changed > mode.loaded + 1 && one.applied !== one.sha256);
  const altered = directories.flatMap(([when, path = '']) => {
    const directory = `${path.replace(/\/+$/, '')}/`;
    const written = files.filter((one) => one.path.startsWith(directory) && one.applied === one.sha256);
    const known = Math.max(mode.loaded + 1, ...written.map((one) => one.changed + WRITING));
    return whole(when) > known ? [directory] : [];
  });
  return [...late.map((one) => one.path), ...altered];
};
