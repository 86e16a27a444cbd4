import type { Effect } from '../core/change-type.js';
import { foldNames } from '../core/names.js';
import type { Outcome } from '../core/outcome.js';
import { shortDigest } from '../core/plan.js';
import { describeRollout } from '../core/rollout.js';
import type { Application, Run } from '../core/run.js';
import type { Runbook } from '../core/runbook.js';
import { groupsOf } from './groups.js';
import { phraseOf, variablesOf } from './judge.js';
import { foldPhrases } from './phrase.js';
import type { ActionName, PlanView, ResultView, RolloutView, RunView } from './view.js';

/** A run as people are shown it. Pure: the same run and time give the same view. */
export const viewOf = (run: Run, runbook: Runbook | undefined, gatherMs: number, now: number): RunView => {
  const { request, actor, targets } = run.opened;
  const groups = groupsOf(run);
  const answered = run.observations.size;
  const waiting = targets.filter((t) => !run.observations.has(t.name)).map((t) => t.name);
  const plan = run.planned && planView(run, runbook, now);
  const findings = groups.some((g) => g.mark === 'critical' || g.mark === 'warning');
  const gathers = request.mode !== 'revert';
  return {
    id: run.id,
    version: run.version,
    mode: request.mode,
    command: request.mode === 'revert' ? `${request.runbook} revert` : `${request.runbook} ${request.verb}`,
    selector: request.mode === 'revert' ? foldNames(targets.map((t) => t.name)) : request.selector,
    title: runbook?.title ?? request.runbook,
    environments: [...new Set(targets.flatMap((t) => t.labels.env?.toUpperCase() ?? []))].sort(),
    actor,
    startedAt: run.opened.at,
    ...(run.ended && { endedAt: run.ended.at }),
    phase: run.phase,
    coverage: {
      total: targets.length,
      answered: gathers ? answered : targets.length,
      reached: gathers ? [...run.observations.values()].filter((o) => !o.missed).length : targets.length,
    },
    ...(run.phase === 'gathering' &&
      gathers &&
      answered > 0 &&
      waiting.length > 0 && { waiting: { hosts: foldNames(waiting), count: waiting.length, limitMs: gatherMs } }),
    groups,
    ...(findings && runbook?.knowledge && { knowledge: gist(runbook.knowledge) }),
    ...(plan && { plan }),
    ...(run.decision?.verdict === 'approved' && { rollout: rolloutView(run, now) }),
    ...(run.ended && (plan || run.cancelled) && { result: resultView(run, runbook) }),
    actions: actionsOf(run),
    ...(run.opened.parent !== undefined && { parent: run.opened.parent }),
  };
};

/** The first paragraph, its line ends folded: what a person needs in the thread. The report has the whole. */
const gist = (knowledge: string): string => (knowledge.split(/\n\s*\n/)[0] ?? '').replace(/\s*\n\s*/g, ' ').trim();

const actionsOf = (run: Run): readonly ActionName[] => {
  const { mode } = run.opened.request;
  const fixable = [...run.observations.values()].some((o) => o.steps.length > 0);
  switch (run.phase) {
    case 'gathering':
      return ['cancel'];
    case 'deciding':
      return run.planned?.requirement.kind === 'requester'
        ? ['apply', 'deny', 'details']
        : ['approve', 'deny', 'details'];
    case 'rolling-out':
      return run.cancelled ? ['details'] : ['cancel', 'details'];
    case 'ended': {
      const changed = [...run.applications.values()].some((a) => a.outcome === 'changed');
      if (mode === 'fix' && changed) return ['revert', 'details'];
      if (mode === 'verify' || mode === 'plan') return fixable ? ['plan', 'details', 'again'] : ['details', 'again'];
      return ['details'];
    }
  }
};

const planView = (run: Run, runbook: Runbook | undefined, now: number): PlanView | undefined => {
  const { planned } = run;
  if (!planned) return undefined;
  const { requirement, plan } = planned;
  const shown = plan.targets.flatMap((t) =>
    t.steps.flatMap((s) => s.effects.map((e) => ({ kind: e.kind, text: showEffect(e), host: t.target }))),
  );
  const effects = EFFECT_ORDER.flatMap((kind) => fold(shown.filter((e) => e.kind === kind)));
  const refusals = fold(
    [...run.observations.values()].flatMap((o) =>
      o.refusals.map((r) => ({ text: `${r.change}: ${r.reason}`, host: o.target })),
    ),
  );
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
      decided: { verdict: run.decision.verdict, actor: run.decision.actor, at: run.decision.at },
    }),
    ...(expired &&
      run.opened.request.mode !== 'plan' && { decided: { verdict: 'expired' as const, at: planned.expiresAt } }),
  };
};

const EFFECT_ORDER: readonly Effect['kind'][] = ['running', 'boot', 'adds', 'edits', 'note'];

const showEffect = (effect: Effect): string => {
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

const rolloutView = (run: Run, now: number): RolloutView => {
  const waves = run.planned?.waves ?? [];
  const [canary = []] = waves;
  const total = waves.flat().length;
  const applied = [...run.applications.values()];
  const tried = canary.flatMap((name) => run.applications.get(name) ?? []);
  const failed = tried.some((a) => a.outcome !== 'changed');
  const done = tried.length === canary.length;
  const since = run.decision?.at ?? now;
  const pace = applied.length > canary.length || done ? (now - since) / Math.max(1, applied.length) : undefined;
  return {
    done: applied.length,
    total,
    canary: {
      hosts: foldNames(canary),
      state: failed ? 'failed' : done ? 'changed' : run.deliveries.has('apply-0') ? 'changing' : 'waiting',
    },
    ...(pace !== undefined && run.phase !== 'ended' && { etaMs: Math.round(pace * (total - applied.length)) }),
    ...(run.halted && { halted: run.halted.reason }),
  };
};

const resultView = (run: Run, runbook: Runbook | undefined): ResultView => {
  const outcomes: Partial<Record<Outcome, number>> = {};
  for (const outcome of Object.values(run.ended?.outcomes ?? {})) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  const planned = new Set(run.planned?.plan.targets.map((t) => t.target) ?? []);
  const told = Object.entries(run.ended?.outcomes ?? {}).filter(
    ([name, o]) => o !== 'ok' && o !== 'changed' && (planned.has(name) || !run.observations.get(name)?.missed),
  );
  const groups = new Map<string, { outcome: Outcome; reason: string; hosts: string[] }>();
  for (const [name, outcome] of told) {
    const reason = reasonOf(run, name, planned.has(name), run.applications.get(name));
    const key = `${outcome} ${reason}`;
    const group = groups.get(key) ?? { outcome, reason, hosts: [] };
    group.hosts.push(name);
    groups.set(key, group);
  }
  return {
    outcomes,
    groups: [...groups.values()].map((g) => ({
      outcome: g.outcome,
      reason: g.reason,
      count: g.hosts.length,
      hosts: foldNames(g.hosts),
    })),
    proof: proofLines(run, runbook),
  };
};

const reasonOf = (run: Run, name: string, planned: boolean, application: Application | undefined): string => {
  if (application) return application.reason;
  if (planned && run.decision?.verdict === 'denied') return `denied by ${run.decision.actor.name}`;
  if (planned && run.halted) return run.halted.reason;
  if (run.cancelled) return `cancelled by ${run.cancelled.actor.name}`;
  if (planned && !run.decision) return 'the plan expired';
  const refused = run.observations.get(name)?.refusals.map((r) => r.reason) ?? [];
  return refused.length > 0 ? `no change made: ${refused.join('; ')}` : 'the runbook has no change for these findings';
};

/** The runbook's proof sentence before and after, folded over the hosts that were changed. */
const proofLines = (run: Run, runbook: Runbook | undefined): readonly string[] => {
  const template = runbook?.proof;
  if (!template || run.opened.request.mode !== 'fix') return [];
  const phrase = (readings: Parameters<typeof variablesOf>[0] | undefined) => {
    try {
      return readings && [phraseOf(template, variablesOf(readings, run.opened.request.params))];
    } catch {
      return undefined;
    }
  };
  const pairs = [...run.applications.values()].flatMap((a) => {
    const before = phrase(run.observations.get(a.target)?.readings);
    const after = a.outcome === 'changed' ? phrase(a.proof?.readings) : undefined;
    return before && after ? [{ before: before[0], after: after[0] }] : [];
  });
  if (pairs.length === 0) return [];
  const before = foldPhrases(pairs.flatMap((p) => p.before ?? []));
  const after = withoutCommonStart(foldPhrases(pairs.flatMap((p) => p.after ?? [])), before);
  const hosts = pairs.length === 1 ? '1 host' : `${pairs.length} hosts`;
  return [`${before} → ${after} on ${hosts}, judged again after the change`];
};

/** `usable ports 100 %` behind `usable ports 9 %` says only `100 %`. */
const withoutCommonStart = (text: string, other: string): string => {
  const words = text.split(' ');
  const others = other.split(' ');
  const differs = words.findIndex((word, i) => word !== others[i]);
  return differs > 0 ? words.slice(differs).join(' ') : text;
};
