import { byName, foldNames } from '../core/names.js';
import type { Observation, Phrase, Run, Verdict } from '../core/run.js';
import type { Runbook } from '../core/runbook.js';
import { foldPhrases, phraseKey } from './phrase.js';
import type { AuditNews, Difference } from './view.js';

/** A failed check of one host. */
interface Finding {
  readonly target: string;
  readonly check: string;
  readonly message: Phrase;
}

/**
 * What an audit found that those before it (newest first) did not, and the other way round. A host or a check that could
 * not be judged is neither found nor gone: it is compared with the last time it was judged. Undefined without an audit
 * before.
 */
export const auditNews = (
  run: Run,
  earlier: readonly Run[],
  runbook: Pick<Runbook, 'checks'> | undefined,
): AuditNews | undefined => {
  const [before] = earlier;
  if (before?.opened.origin.door !== 'schedule') return undefined;
  const each = new Set(runbook?.checks.filter((c) => c.each).map((c) => c.name));
  const found: Finding[] = [];
  const gone: Finding[] = [];
  for (const observation of run.observations.values()) {
    for (const check of judgedChecks(observation)) {
      const now = failures(observation, check);
      const last = earlier.map((r) => r.observations.get(observation.target)).find((o) => o && isJudged(o, check));
      const then = last ? failures(last, check) : [];
      const identity = each.has(check) ? (f: Finding) => phraseKey(f.message) : () => '';
      found.push(...without(now, then, identity));
      gone.push(...without(then, now, identity));
    }
  }
  return {
    since: before.opened.origin.dueAt,
    before: { total: before.opened.targets.length, reached: reached(before) },
    found: difference(found),
    gone: difference(gone),
    coverageDiffers: unknowns(run) !== unknowns(before),
  };
};

const reached = (run: Run): number => [...run.observations.values()].filter((o) => !o.missed).length;

const isJudged = (o: Observation, check: string): boolean => {
  const own = o.missed ? [] : o.verdicts.filter((v) => v.check === check);
  return own.length > 0 && own.every((v) => v.kind !== 'error');
};

const judgedChecks = (o: Observation): readonly string[] =>
  [...new Set(o.verdicts.map((v) => v.check))].filter((check) => isJudged(o, check));

const failures = (o: Observation, check: string): readonly Finding[] =>
  o.verdicts
    .filter((v: Verdict) => v.check === check && v.kind === 'fail')
    .map(({ message }) => ({ target: o.target, check, message }));

/** Those of `all` that have no like in `others`, each of which stands for one. */
const without = (
  all: readonly Finding[],
  others: readonly Finding[],
  identity: (f: Finding) => string,
): readonly Finding[] => {
  const left = others.map(identity);
  return all.filter((finding) => {
    const at = left.indexOf(identity(finding));
    if (at !== -1) left.splice(at, 1);
    return at === -1;
  });
};

/** What an audit does not know: its hosts, what was asked for and is none, those not read, the checks not judged. */
const unknowns = (run: Run): string => {
  const names = run.opened.targets.map((t) => t.name).sort(byName);
  const unread = names.filter((name) => {
    const observation = run.observations.get(name);
    return !observation || observation.missed;
  });
  const errors = [...run.observations.values()].flatMap((o) =>
    o.verdicts.filter((v) => v.kind === 'error').map((v) => `${o.target} ${v.check}`),
  );
  return JSON.stringify([names, run.opened.unmatched ?? [], unread, [...new Set(errors)].sort()]);
};

/** Findings folded by what they say. */
const difference = (findings: readonly Finding[]): Difference => {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const key = `${finding.check} ${phraseKey(finding.message)}`;
    groups.set(key, [...(groups.get(key) ?? []), finding]);
  }
  return {
    count: findings.length,
    groups: [...groups.values()]
      .map((members) => {
        const names = [...new Set(members.map((m) => m.target))];
        return { hosts: foldNames(names), count: names.length, text: foldPhrases(members.map((m) => m.message)) };
      })
      .sort((a, b) => b.count - a.count || byName(a.hosts, b.hosts)),
  };
};
