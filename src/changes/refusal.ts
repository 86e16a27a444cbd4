import { z } from 'zod';
import type { ChangeType } from '../core/change-type.js';

const NEVER = `echo 'a refusal is never applied'; exit 1`;

/**
 * Changes nothing: what is asked for is a wrong remedy here, and the plan says why. For what people ask by a param that
 * does more harm than good.
 */
export const refusal: ChangeType<string> = {
  name: 'refusal',
  summary: 'Refuses what was asked for, with the reason.',
  args: z.string().min(1).max(280),
  scripts: { guard: NEVER, apply: NEVER, verify: NEVER, revert: NEVER },
  needs: () => [],
  plan: (reason) => ({ kind: 'refused', reason }),
};
