import type { GroupView, Mark, PlanView, ResultView, RunView } from '../../engine/view.js';

/** A run as plain text for a terminal: the same words as in a thread. */
export const showRun = (view: RunView): string => {
  const env = view.environments.length > 0 ? `${view.environments.join('+')} · ` : '';
  const took = view.endedAt === undefined ? '' : ` · ${seconds(view.endedAt - view.startedAt)}`;
  const coverage = view.coverage
    ? ` · ${view.coverage.reached} of ${view.coverage.total} ${view.coverage.total === 1 ? 'host' : 'hosts'} reached`
    : '';
  const params = view.params === undefined ? '' : ` · ${view.params}`;
  return [
    `${env}${view.command} · ${view.selector}${params}${coverage} · asked by ${view.actor.name}${took}`,
    ...(view.unmatched === undefined ? [] : [`? not in the inventory: ${view.unmatched}`]),
    ...view.groups.flatMap(groupLines),
    ...(view.refusals ?? []).map((r) => `no change on ${r.hosts}: ${r.text}`),
    ...(view.plan ? ['', ...planLines(view.plan)] : []),
    ...(view.rollout?.halted ? [view.rollout.halted] : []),
    ...(view.result ? ['', ...resultLines(view.result)] : []),
  ].join('\n');
};

/** One line that says how far the run is. */
export const showProgress = (view: RunView): string => {
  if (view.rollout)
    return `${view.rollout.done} of ${view.rollout.total} changed · canary ${view.rollout.canary.state}`;
  if (!view.coverage) return `${count(view.plan?.targets ?? 0).trim()} to take back`;
  const waiting = view.waiting ? ` · waiting for ${view.waiting.hosts}, at most ${seconds(view.waiting.limitMs)}` : '';
  return `${view.coverage.answered} of ${view.coverage.total} answered${waiting}`;
};

const MARKS: Readonly<Record<Mark, string>> = { critical: '✗', warning: '!', unknown: '?', unreachable: '?', ok: '✓' };

const groupLines = (group: GroupView): readonly string[] => {
  const head = `${MARKS[group.mark]} ${count(group.count)}  ${group.hosts}`;
  const [first = '', ...rest] = group.lines;
  return [first ? `${head}  ${first}` : head, ...rest.map((line) => `    ${line}`)];
};

const count = (hosts: number): string => (hosts === 1 ? '1 host ' : `${hosts} hosts`);

const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;

const planLines = (plan: PlanView): readonly string[] => [
  `plan ${plan.short} · ${count(plan.targets).trim()} · ${plan.approvers.length > 0 ? `needs one of ${plan.approvers.join(', ')}` : 'no approval needed'} · digest ${plan.digest}`,
  ...plan.effects.map((e) => `  ${e.text}  (${count(e.count).trim()}: ${e.hosts})`),
  ...plan.refusals.map((r) => `  no change on ${r.hosts}: ${r.text}`),
  `  ${plan.rollout}`,
  ...(plan.decided ? [`  ${plan.decided.verdict}${plan.decided.actor ? ` by ${plan.decided.actor.name}` : ''}`] : []),
];

const resultLines = (result: ResultView): readonly string[] => [
  Object.entries(result.outcomes)
    .map(([outcome, n]) => `${n} ${outcome}`)
    .join(', '),
  ...(result.takenBack > 0 ? [`  ${result.takenBack} taken back`] : []),
  ...(result.notTakenBack > 0 ? [`  ${result.notTakenBack} could not be taken back`] : []),
  ...result.groups.map((g) => `  ${g.outcome}  ${g.hosts}${g.reason ? `: ${g.reason}` : ''}`),
  ...result.reverts.map(
    (r) =>
      `  ${count(r.count).trim()} (${r.hosts}) ${r.found === 'change' ? 'taken back' : 'had nothing to take back, asked'} by ${r.actor.name} (run ${r.run})`,
  ),
  ...result.proof.map((line) => `  ${line}`),
];
