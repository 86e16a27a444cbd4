import { z } from 'zod';
import { OUTCOMES } from '../core/outcome.js';
import type { Run, Verdict } from '../core/run.js';
import type { Runbook } from '../core/runbook.js';
import { fillPhrase } from './phrase.js';

const check = z.strictObject({
  id: z.string(),
  verdict: z.enum(['pass', 'fail', 'skip', 'error']),
  severity: z.enum(['critical', 'warning']),
  message: z.string(),
  rule: z.string(),
  advice: z
    .strictObject({ consequence: z.string().optional(), cure: z.string().optional(), stopgap: z.string().optional() })
    .optional(),
  evidence: z.array(z.string()),
});

/** What `--json` prints: one document a run. Times are ISO 8601 in UTC. */
export const runDocument = z.strictObject({
  run: z.strictObject({
    id: z.string(),
    request: z.string(),
    runbook: z.string(),
    mode: z.enum(['verify', 'plan', 'fix', 'revert']),
    selector: z.string(),
    unmatched: z
      .array(z.string())
      .describe('what the selector asked for and is no host: missing names of a range, items that match nothing'),
    params: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    actor: z.string(),
    phase: z.enum(['gathering', 'deciding', 'rolling-out', 'ended']),
    started_at: z.string(),
    ended_at: z.string().nullable(),
  }),
  plan: z
    .strictObject({
      digest: z.string(),
      expires_at: z.string(),
      changes: z.array(
        z.strictObject({
          target: z.string(),
          change: z.string(),
          title: z.string(),
          lasting: z.string().optional(),
          user_data: z.string().optional(),
          effects: z.array(z.record(z.string(), z.union([z.string(), z.number()]))),
        }),
      ),
    })
    .nullable(),
  targets: z.array(
    z.strictObject({
      name: z.string(),
      outcome: z.enum(OUTCOMES).nullable(),
      reason: z.string(),
      reverted: z
        .boolean()
        .nullable()
        .describe(
          'what was changed is taken back (true), could not be (false), or nothing was to be taken back (null)',
        ),
      checks: z.array(check),
      facts: z.record(z.string(), z.unknown()),
      after: z.strictObject({ checks: z.array(check), facts: z.record(z.string(), z.unknown()) }).nullable(),
    }),
  ),
});

export type RunDocument = z.infer<typeof runDocument>;

export const documentOf = (run: Run, runbook: Runbook | undefined): RunDocument => {
  const { request, actor, targets, at } = run.opened;
  return {
    run: {
      id: run.id,
      request: request.text,
      runbook: request.runbook,
      mode: request.mode,
      selector: request.selector,
      unmatched: [...(run.opened.unmatched ?? [])],
      params: { ...request.params },
      actor: actor.id,
      phase: run.phase,
      started_at: iso(at),
      ended_at: run.ended ? iso(run.ended.at) : null,
    },
    plan: run.planned
      ? {
          digest: run.planned.digest,
          expires_at: iso(run.planned.expiresAt),
          changes: run.planned.plan.targets.flatMap(({ target, steps }) =>
            steps.map(({ change, title, effects, lasting, userData }) => ({
              target,
              change,
              title,
              ...(lasting !== undefined && { lasting }),
              ...(userData !== undefined && { user_data: userData }),
              effects: effects.map((e) => ({ ...e })),
            })),
          ),
        }
      : null,
    targets: targets.map(({ name }) => {
      const observation = run.observations.get(name);
      const application = run.applications.get(name);
      const proof = application?.proof;
      return {
        name,
        outcome: run.ended?.outcomes[name] ?? null,
        reason: application?.reason ?? observation?.missed?.fault.message ?? '',
        reverted: run.takenBack.get(name)?.found === 'change' ? true : (application?.reverted ?? null),
        checks: checksOf(observation, runbook),
        facts: { ...observation?.readings },
        after: proof ? { checks: checksOf(proof, runbook), facts: { ...proof.readings } } : null,
      };
    }),
  };
};

const adviceOf = (advice: NonNullable<Verdict['advice']>) =>
  Object.fromEntries(Object.entries(advice).map(([kind, phrase]) => [kind, fillPhrase(phrase)]));

const iso = (ms: number): string => new Date(ms).toISOString();

type Observed = Run['observations'] extends ReadonlyMap<string, infer O> ? O : never;

const checksOf = (
  observation: Observed | undefined,
  runbook: Runbook | undefined,
): RunDocument['targets'][number]['checks'] =>
  (observation?.verdicts ?? []).map((v) => ({
    id: v.check,
    verdict: v.kind,
    severity: v.severity,
    message: fillPhrase(v.message),
    rule: runbook?.checks.find((c) => c.name === v.check)?.rule ?? '',
    ...(v.advice && { advice: adviceOf(v.advice) }),
    evidence: [...v.evidence],
  }));
