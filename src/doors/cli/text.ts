import type { GroupView, Mark, PlanView, ResultView, RunView } from '../../engine/view.js';

/** A run as plain text for a terminal: the same words as in a thread. */
export const showRun = (view: RunView): string => {
  const env = view.environments.length > 0 ? `${view.environments.join('+')} · ` : '';
  const took = view.endedAt === undefined ? '' : ` · ${seconds(view.endedAt - view.startedAt)}`;
  const coverage = `${view.coverage.reached} of ${view.coverage.total} ${view.coverage.total === 1 ? 'host' : 'hosts'} reached`;
  return [
    `${env}${view.command} · ${view.selector} · ${coverage} · asked by ${view.actor.name}${took}`,
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
  ...result.groups.map((g) => `  ${g.outcome}  ${g.hosts}${g.reason ? `: ${g.reason}` : ''}`),
  ...result.proof.map((line) => `  ${line}`),
];
