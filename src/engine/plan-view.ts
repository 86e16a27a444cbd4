import type { Effect } from '../core/change-type.js';
import { foldNames } from '../core/names.js';
import { shortDigest } from '../core/plan.js';
import { describeRollout } from '../core/rollout.js';
import type { Run } from '../core/run.js';
import type { Runbook } from '../core/runbook.js';
import { decisionWord } from './decision-word.js';
import type { PlanView } from './view.js';

/** The plan of a run as its approver sees it; undefined while there is none. */
export const planView = (run: Run, runbook: Runbook | undefined, now: number): PlanView | undefined => {
  const { planned } = run;
  if (!planned) return undefined;
  const { requirement, plan } = planned;
  const shown = plan.targets.flatMap((t) =>
    t.steps.flatMap((s) => s.effects.map((e) => ({ kind: e.kind, text: showEffect(e), host: t.target }))),
  );
  const effects = EFFECT_ORDER.flatMap((kind) => fold(shown.filter((e) => e.kind === kind)));
  const refusals = refusalsOf(run);
  const expired = run.phase === 'ended' ? !run.decision && !run.cancelled : now >= planned.expiresAt && !run.decision;
  return {
    digest: planned.digest,
    short: shortDigest(planned.digest),
    approvers: requirement.kind === 'approval' ? requirement.approvers : [],
    selfApproval: requirement.kind === 'approval' && requirement.selfApproval,
    expiresAt: planned.expiresAt,
    targets: plan.targets.length,
    effects,
    refusals,
    rollout: runbook
      ? describeRollout(foldNames(planned.waves[0] ?? []), plan.targets.length, runbook.rollout)
      : 'one host at a time',
    ...(run.decision && {
      decided: { verdict: decisionWord(run.decision), actor: run.decision.actor, at: run.decision.at },
    }),
    ...(expired &&
      run.opened.request.mode !== 'plan' && { decided: { verdict: 'expired' as const, at: planned.expiresAt } }),
  };
};

/** Why wanted changes are not possible, folded by reason. */
export const refusalsOf = (run: Run): PlanView['refusals'] =>
  fold(
    [...run.observations.values()].flatMap((o) =>
      o.refusals.map((r) => ({ text: `${r.change}: ${r.reason}`, host: o.target })),
    ),
  );

const EFFECT_ORDER: readonly Effect['kind'][] = [
  ...(['running', 'boot', 'adds', 'edits', 'removes', 'sets', 'runs', 'note'] as const),
];

/** An effect as one line. */
export const showEffect = (effect: Effect): string => {
  switch (effect.kind) {
    case 'running':
      return `running  ${effect.subject} ${effect.from} → ${effect.to}`;
    case 'boot':
      return `at boot  ${effect.subject} ${effect.from} → ${effect.to}`;
    case 'adds':
      return `writes ${effect.file}: ${effect.content
        .trim()
        .split('\n')
        .filter((l) => !l.startsWith('#'))
        .join('; ')}`;
    case 'edits':
      return `edits ${effect.file}:${effect.line}: ${effect.from} → ${effect.to}`;
    case 'sets':
      return `sets ${effect.subject} ${effect.from} → ${effect.to}`;
    case 'removes':
      return `removes ${effect.file}`;
    case 'runs':
      return `runs: ${effect.script.trim().split('\n').join('; ')}`;
    case 'note':
      return effect.text;
  }
};

/** Equal texts together, with the hosts they hold for, in the order they first came. */
const fold = (items: readonly { text: string; host: string }[]): PlanView['effects'] => {
  const hosts = new Map<string, string[]>();
  for (const { text, host } of items) hosts.set(text, [...(hosts.get(text) ?? []), host]);
  return [...hosts].map(([text, names]) => ({ text, count: new Set(names).size, hosts: foldNames(names) }));
};
