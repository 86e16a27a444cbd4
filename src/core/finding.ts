import type { Path } from './yaml-file.js';

/** A doubt about a runbook that is well-formed: what it says cannot work as meant (`mistake`), or is likely not meant. */
export interface Finding {
  readonly level: 'mistake' | 'warning';
  readonly path: Path;
  readonly part: 'key' | 'value';
  /** Characters from the beginning of the value. */
  readonly offset: number;
  readonly message: string;
}

const finding =
  (level: Finding['level']) =>
  (path: Path, message: string, part: Finding['part'] = 'value', offset = 0): Finding => ({
    level,
    path,
    part,
    offset,
    message,
  });
export const mistake = finding('mistake');
export const warning = finding('warning');
