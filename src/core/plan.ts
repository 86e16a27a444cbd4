import { createHash } from 'node:crypto';
import type { Step } from './change-type.js';

/** All steps for one target, in the order they are applied. */
export interface TargetPlan {
  readonly target: string;
  readonly steps: readonly Step[];
}

/** Everything a run would change, and nothing else: what an approval names by its digest. */
export interface Plan {
  readonly runbook: string;
  readonly targets: readonly TargetPlan[];
}

const canonical = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).filter(([, v]) => v !== undefined);
    entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([k, v]) => `${JSON.stringify(k)}:${canonical(v)}`).join(',')}}`;
  }
  return JSON.stringify(value);
};

/** SHA-256 (hex) of the plan in canonical JSON: keys sorted, targets sorted by name, observed values included. */
export const digestOf = (plan: Plan): string => {
  const targets = [...plan.targets].sort((a, b) => (a.target < b.target ? -1 : 1));
  return createHash('sha256')
    .update(canonical({ ...plan, targets }))
    .digest('hex');
};

/** The digest as people read it aloud: `7f3a·9c21`. */
export const shortDigest = (digest: string): string => `${digest.slice(0, 4)}·${digest.slice(4, 8)}`;
