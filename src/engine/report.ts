import type { Effect } from '../core/change-type.js';
import type { Reading } from '../core/fact-type.js';
import { byName } from '../core/names.js';
import type { Observation, Run, Verdict } from '../core/run.js';
import type { Runbook } from '../core/runbook.js';
import { cleanLine } from '../core/text.js';
import { decisionWord } from './decision-word.js';
import { adviceLines } from './groups.js';
import { fillPhrase } from './phrase.js';
import { showEffect } from './plan-view.js';
import { revertsOf } from './reverts.js';
import { undoerOf } from './undoer.js';

/** The complete report of a run as text: every target with its outcome, checks, evidence and facts. */
export const reportOf = (run: Run, runbook: Runbook | undefined): string => {
  const { request, actor, targets, at } = run.opened;
  const head = [
    `run ${run.id}`,
    `${request.text} · asked by ${actor.name} (${actor.id}) · ${new Date(at).toISOString()}`,
    ...(request.mode === 'revert'
      ? []
      : [`${[...run.observations.values()].filter((o) => !o.missed).length} of ${targets.length} hosts reached`]),
    ...(run.opened.unmatched ? [`not in the inventory: ${run.opened.unmatched.join(', ')}`] : []),
    ...(run.planned ? [`plan ${run.planned.digest}`] : []),
    ...(run.decision
      ? [
          `${decisionWord(run.decision)} by ${run.decision.actor.name} (${run.decision.actor.id}, through ${run.decision.through})`,
        ]
      : []),
    ...(run.halted ? [run.halted.reason] : []),
    ...revertsOf(run).map(
      (r) =>
        `${r.hosts}: ${r.found === 'change' ? 'taken back' : 'nothing to take back, asked'} by ${r.actor.name} (run ${r.run})`,
    ),
    ...planLines(run),
  ];
  const hosts = [...targets]
    .sort((a, b) => byName(a.name, b.name))
    .flatMap((t) => ['', ...hostLines(run, runbook, t.name)]);
  const findings = [...run.observations.values()].some((o) => o.verdicts.some((v) => v.kind === 'fail'));
  const knowledge = findings && runbook ? ['', runbook.knowledge] : [];
  return [...head, ...hosts, ...knowledge, ''].map((line) => line.trimEnd()).join('\n');
};

/** Every step of the plan with all its effects, host by host: what an approval is given for. */
const planLines = (run: Run): readonly string[] =>
  (run.planned?.plan.targets ?? []).flatMap(({ target, steps }) => [
    `  ${target}:`,
    ...steps.flatMap((step) => [
      ...step.effects.flatMap(effectLines),
      ...lastingLines('for the next machine (Ansible)', step.lasting),
      ...lastingLines('for the next machine (user data, #cloud-config)', step.userData),
    ]),
  ]);

const lastingLines = (whatFor: string, text: string | undefined): readonly string[] => {
  if (text === undefined) return [];
  return text.includes('\n')
    ? [`      ${whatFor}:`, ...indented(text).map((line) => `  ${line}`)]
    : [`      ${whatFor}: ${text}`];
};

const effectLines = (effect: Effect): readonly string[] => {
  if (effect.kind === 'adds') return [`    writes ${effect.file}:`, ...indented(effect.content)];
  if (effect.kind === 'runs')
    return ['    runs:', ...indented(effect.script), '    to take it back:', ...indented(effect.revert)];
  return [`    ${showEffect(effect)}`];
};

const indented = (text: string): readonly string[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => `      ${line}`);

const hostLines = (run: Run, runbook: Runbook | undefined, name: string): readonly string[] => {
  const observation = run.observations.get(name);
  const application = run.applications.get(name);
  const outcome = run.ended?.outcomes[name] ?? 'in progress';
  return [
    `${name}: ${outcome}`,
    ...(observation ? observationLines(observation, runbook, run.opened.request.params) : []),
    ...(application
      ? [
          `  attempt ${application.attempt}: ${application.outcome}${application.reason ? `: ${application.reason}` : ''}`,
          ...(application.proof
            ? ['  judged again:', ...observationLines(application.proof, runbook, run.opened.request.params)]
            : []),
        ]
      : []),
  ];
};

const observationLines = (
  o: Observation,
  runbook: Runbook | undefined,
  params: Run['opened']['request']['params'],
): readonly string[] => {
  if (o.missed) return [`  ${o.missed.outcome}: ${cleanLine(`${o.missed.fault.message} ${o.missed.fault.next}`, 500)}`];
  const undoer = undoerOf(o, runbook, params);
  return [
    ...o.verdicts.flatMap((v) => verdictLines(v, runbook)),
    ...(undoer === '' ? [] : [`  ${undoer}`]),
    ...o.refusals.map((r) => `  no change ${r.change}: ${r.reason}`),
    ...Object.entries(o.readings).map(([fact, reading]) => `  fact ${fact}: ${showReading(reading)}`),
  ];
};

const verdictLines = (v: Verdict, runbook: Runbook | undefined): readonly string[] => {
  const rule = runbook?.checks.find((c) => c.name === v.check)?.rule;
  const text = fillPhrase(v.message);
  if (v.kind === 'pass' || v.kind === 'skip') return [`  ${v.kind}  ${v.check}${text ? `: ${text}` : ''}`];
  return [
    `  ${v.kind}  ${v.check} (${v.severity}): ${text}`,
    ...adviceLines([v]).map((line) => `        ${line}`),
    ...(rule ? [`        rule: ${rule}`] : []),
    ...v.evidence.map((line) => `        read: ${line}`),
  ];
};

const showReading = (reading: Reading): string =>
  reading.status === 'read' ? cleanLine(JSON.stringify(reading.value), 2000) : `${reading.status}: ${reading.reason}`;
