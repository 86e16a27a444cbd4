import type { Target } from '../../src/core/target.js';

/** A target for tests that send nothing. */
export const target = (name: string, labels: Readonly<Record<string, string>> = {}): Target => ({
  name,
  transport: 'local',
  host: name,
  port: 22,
  user: 'root',
  become: 'none',
  labels,
});
