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

const listed = (names: readonly string[]): string => {
  const left = names.length - SHOWN;
  return [...names.slice(0, SHOWN), ...(left > 0 ? [`${left} more`] : [])].join(', ');
};
