import { byName, foldNames } from '../core/names.js';
import type { Observation, Run, Verdict } from '../core/run.js';
import type { Runbook } from '../core/runbook.js';
import { cleanLine } from '../core/text.js';
import { fillPhrase, foldPhrases, phraseKey } from './phrase.js';
import { undoerOf } from './undoer.js';
import type { GroupView, Mark } from './view.js';

/** Hosts folded by what is wrong with them. Every observed target is in exactly one group, the worst first. */
export const groupsOf = (run: Run, runbook?: Runbook): readonly GroupView[] => {
  const groups = new Map<string, Observation[]>();
  for (const observation of run.observations.values()) {
    const key = keyOf(observation);
    groups.set(key, [...(groups.get(key) ?? []), observation]);
  }
  return [...groups.values()]
    .map(
      (members): GroupView => ({
        mark: markOf(members[0]),
        count: members.length,
        hosts: foldNames(members.map((m) => m.target)),
        lines: [...linesOf(members), ...undoerLines(members, run, runbook)],
      }),
    )
    .sort((a, b) => ORDER.indexOf(a.mark) - ORDER.indexOf(b.mark) || b.count - a.count || byName(a.hosts, b.hosts));
};

const ORDER: readonly Mark[] = ['critical', 'warning', 'unknown', 'unreachable', 'ok'];

const told = (o: Observation): readonly Verdict[] => o.verdicts.filter((v) => v.kind === 'fail' || v.kind === 'error');

const keyOf = (o: Observation): string =>
  o.missed
    ? JSON.stringify([o.missed.outcome, o.missed.fault.code])
    : JSON.stringify(told(o).map((v) => [v.check, v.kind, phraseKey(v.message)]));

const markOf = (o: Observation | undefined): Mark => {
  if (!o || o.missed) return 'unreachable';
  const failed = o.verdicts.filter((v) => v.kind === 'fail');
  if (failed.some((v) => v.severity === 'critical')) return 'critical';
  if (failed.length > 0) return 'warning';
  return o.verdicts.some((v) => v.kind === 'error') ? 'unknown' : 'ok';
};

const SEVERITY = { critical: 0, warning: 1 } as const;

const linesOf = (members: readonly Observation[]): readonly string[] => {
  const [first] = members;
  if (!first) return [];
  if (first.missed) return missedLines(members);
  const findings = told(first)
    .map((verdict, i) => ({ verdict, all: members.flatMap((m) => told(m)[i] ?? []) }))
    .sort((a, b) => rank(a.verdict) - rank(b.verdict));
  const lines = findings.map(({ verdict, all }) =>
    verdict.kind === 'fail'
      ? foldPhrases(all.map((v) => v.message))
      : `could not check ${verdict.check}: ${fillPhrase(verdict.message)}`,
  );
  const worst = findings.find(({ verdict }) => verdict.advice)?.all ?? [];
  return [...new Set([...lines, ...adviceLines(worst)])];
};

/** Said with the finding until a plan says it. */
const undoerLines = (members: readonly Observation[], run: Run, runbook: Runbook | undefined): readonly string[] => {
  if (run.planned) return [];
  const said = new Set(members.map((m) => undoerOf(m, runbook, run.opened.request.params)).filter((one) => one !== ''));
  const [first, ...more] = said;
  if (first === undefined) return [];
  return [`${first.charAt(0).toUpperCase()}${first.slice(1)}${more.length > 0 ? `, and by others elsewhere` : ''}`];
};

const ADVICE = { consequence: 'If nothing is done', cure: 'Cure', stopgap: 'Stopgap' } as const;

/** What the worst finding means and what to do; the others' advice is in the report. No stopgap is no line of its own. */
export const adviceLines = (verdicts: readonly Verdict[]): readonly string[] => {
  const said = (kind: keyof typeof ADVICE): readonly string[] => {
    const phrases = verdicts.flatMap((v) => v.advice?.[kind] ?? []);
    return phrases.length > 0 ? [`${ADVICE[kind]}: ${foldPhrases(phrases)}`] : [];
  };
  const [stopgap] = said('stopgap');
  if (stopgap !== `${ADVICE.stopgap}: none`) return [...said('consequence'), ...said('cure'), ...said('stopgap')];
  return [...said('consequence'), ...said('cure').map((cure) => `${cure.replace(/\.$/, '')}. ${stopgap}`)];
};

const rank = (v: Verdict): number => (v.kind === 'error' ? 2 : SEVERITY[v.severity]);

const missedLines = (members: readonly Observation[]): readonly string[] => {
  const faults = members.flatMap((m) => (m.missed ? [m.missed.fault] : []));
  const told = [...new Set(faults.map((f) => cleanLine(`${f.message} ${f.next}`, 400)))];
  return told.length > 3 ? [...told.slice(0, 3), `… and ${told.length - 3} more of this kind`] : told;
};
