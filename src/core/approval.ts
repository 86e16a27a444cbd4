import type { Config, Policy } from './config.js';
import { failure, ok, type Result } from './fault.js';
import type { Requirement } from './run.js';
import { selects } from './selector.js';
import type { Target } from './target.js';

/** What the policies ask of a change on these targets. */
export interface Terms {
  readonly requirement: Requirement;
  /** How long a plan can be approved, ms. */
  readonly expiresMs: number;
  /** Lists of IDs, in each of which the requester must be entitled. */
  readonly allowed: readonly (readonly string[])[];
}

const UNGOVERNED_EXPIRES_MS = 1_800_000;

/** The policy that holds for a target: the first that selects it. */
const policyOf = (target: Target, policies: readonly Policy[]): Policy | undefined =>
  policies.find((p) => selects(p.where, target));

/**
 * The terms for changing these targets by this verb. Where one target needs an approval, all do. Targets whose policies
 * name different approvers cannot be changed in one run.
 */
export const termsFor = (targets: readonly Target[], verb: string, config: Pick<Config, 'policies'>): Result<Terms> => {
  const policies = [...new Set(targets.flatMap((t) => policyOf(t, config.policies) ?? []))];
  const closed = policies.find((p) => p.allow !== undefined && !Object.hasOwn(p.allow, verb));
  if (closed) {
    return failure(
      'not_allowed',
      `The policy for \`${closed.text}\` allows nobody to ask for \`${verb}\`.`,
      'The platform team can allow it under `policies` in runbolt.yaml.',
    );
  }
  const allowed = policies.flatMap((p) => (p.allow?.[verb] === undefined ? [] : [p.allow[verb]]));
  const asking = policies.filter((p) => p.approvals > 0);
  const [first] = asking;
  const ungoverned = targets.some((t) => !policyOf(t, config.policies));
  const expiresMs = Math.min(...policies.map((p) => p.expiresMs), ...(ungoverned ? [UNGOVERNED_EXPIRES_MS] : []));
  if (!first) return ok({ requirement: { kind: 'requester' }, expiresMs, allowed });
  const same = (p: Policy) => [...p.approvers].sort().join() === [...first.approvers].sort().join();
  if (!asking.every(same)) {
    return failure(
      'not_allowed',
      `These hosts are under ${asking.length} policies with different approvers (${asking.map((p) => p.text).join('; ')}).`,
      'Ask for each group of hosts separately.',
    );
  }
  const selfApproval = asking.every((p) => p.selfApproval);
  return ok({ requirement: { kind: 'approval', approvers: first.approvers, selfApproval }, expiresMs, allowed });
};
