import { foldNames } from '../core/names.js';
import type { Outcome } from '../core/outcome.js';
import type { Application, Run } from '../core/run.js';
import type { Runbook } from '../core/runbook.js';
import { phraseOf, variablesOf } from './judge.js';
import { foldPhrases } from './phrase.js';
import { revertsOf } from './reverts.js';
import type { ResultView } from './view.js';

/** What an ended run came to: counts, why, and how the symptom stands. */
export const resultView = (run: Run, runbook: Runbook | undefined): ResultView => {
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
    takenBack: count(run, true),
    notTakenBack: count(run, false),
    reverts: revertsOf(run),
    proof: proofLines(run, runbook),
  };
};

const count = (run: Run, reverted: boolean): number =>
  [...run.applications.values()].filter((a) => a.outcome === 'failed' && a.reverted === reverted).length;

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
  const after = foldPhrases(pairs.flatMap((p) => p.after ?? []));
  const hosts = pairs.length === 1 ? '1 host' : `${pairs.length} hosts`;
  const told = before === after ? `${after}, as before,` : `${before} → ${withoutCommonStart(after, before)}`;
  return [`${told} on ${hosts}, judged again after the change`];
};

/** `usable ports 100 %` behind `usable ports 9 %` says only `100 %`. */
const withoutCommonStart = (text: string, other: string): string => {
  const words = text.split(' ');
  const others = other.split(' ');
  const differs = words.findIndex((word, i) => word !== others[i]);
  return differs > 0 ? words.slice(differs).join(' ') : text;
};
