/** What became of one target in one run. Every target gets exactly one, always. */
export const OUTCOMES = [
  'ok',
  'changed',
  'failed',
  'unreachable',
  'timed-out',
  'cancelled',
  'drifted',
  'unknown',
] as const;

export type Outcome = (typeof OUTCOMES)[number];

/** What a check says of one target. `error`: it could not be evaluated, which is never a pass and never a fail. */
export type VerdictKind = 'pass' | 'fail' | 'skip' | 'error';

export type Severity = 'critical' | 'warning';
