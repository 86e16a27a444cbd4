import { isGlob, matchesPath } from './glob.js';
import { keyPath } from './key-path.js';
import { type Assignment, type ConfFile, isListed, procpsAssignments, procpsReads } from './loaders.js';
import type { Setter } from './setters.js';
import type { Snapshot } from './snapshot.js';

/**
 * What a line that runs `sysctl --system` or `sysctl -p` assigns to the key, in the order of writing; undefined where it
 * reads a file that was not seen.
 */
export const assignedAgain = (key: string, setter: Setter, seen: Snapshot): readonly Assignment[] | undefined => {
  if (setter.what === 'system') return procpsAssignments(keyPath(key), seen.files, seen.lines);
  const files = (setter.value ?? '').split(' ').map((name) => named(name, seen));
  if (files.some((some) => some === undefined)) return undefined;
  return procpsReads(
    keyPath(key),
    files.flatMap((some) => some ?? []),
    seen.lines,
  );
};

/** The files of the loaders that a word means; none where it is known that there is none, or its lines stand by themselves. */
const named = (name: string, seen: Snapshot): readonly ConfFile[] | undefined => {
  if (seen.loaded.includes(name)) return [];
  const listed = isListed(name) && !/[$~{}]/.test(name);
  const some = isGlob(name)
    ? seen.files.filter((file) => listed && matchesPath(name, file.path))
    : seen.files.filter((file) => file.path === name);
  if (some.length === 0 && !listed) return undefined;
  return some.sort((a, b) => (a.path < b.path ? -1 : 1));
};

/** Scripts by which a distribution applies the sysctl files at boot: they are the loader, or overridden by systemd's. */
const LOADERS_OWN = /^\/etc\/(?:rc\.d\/)?init\.d\/(?:procps|sysctl|boot\.sysctl|functions|network)(?:\.sh)?$/;

/** Whether a line of cron, a unit or the like touches the key: it sets it, or a file it loads does or may. */
export const touches = (key: string, setter: Setter, seen: Snapshot): boolean =>
  setter.what === 'set' || (!LOADERS_OWN.test(setter.path) && assignedAgain(key, setter, seen)?.length !== 0);
