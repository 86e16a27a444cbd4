import type { Prediction } from './predict.js';
import type { Snapshot } from './snapshot.js';

const SHOWN = 3;

/** Why the value after a reboot cannot be told, in words; empty where it can. */
export const unclear = (found: Prediction, seen: Snapshot): string => {
  if (found.afterBoot !== undefined) return '';
  if (seen.unread.length > 0) return `${listed(seen.unread)} could not be read${seen.root ? '' : ' without root'}`;
  const lines = found.setters.map((one) => `${one.path}:${one.number} ${one.text}`);
  if (lines.length > 0) return `look at ${listed(lines)}`;
  const set = found.boot.value === undefined ? found.system : found.boot;
  if (set.value !== undefined) return `${set.file}:${set.line} sets it, and what reads that at boot is not known`;
  return 'nothing sets it, and the default of this kernel is not known';
};

/** What follows `is 1 now, `: the value after a reboot and what sets it, or why that is not known. */
export const atBoot = (found: Prediction, seen: Snapshot): string => {
  const { afterBoot, boot, system, setters } = found;
  if (afterBoot) return `${afterBoot.value.replace(/\s+/g, ' ')} after a reboot (${afterBoot.by})`;
  const unset = boot.value === undefined && system.value === undefined && setters.length === 0;
  if (unset && seen.unread.length === 0) return 'nothing sets it at boot';
  return `not known after a reboot: ${unclear(found, seen)}`;
};

const listed = (names: readonly string[]): string => {
  const left = names.length - SHOWN;
  return [...names.slice(0, SHOWN), ...(left > 0 ? [`${left} more`] : [])].join(', ');
};
