import { foldNames } from '../core/names.js';
import { givenParams } from '../core/request-words.js';
import { type Run, standing } from '../core/run.js';
import type { Runbook } from '../core/runbook.js';
import { cut } from '../core/text.js';
import { groupsOf } from './groups.js';
import { planView, refusalsOf } from './plan-view.js';
import { resultView } from './result-view.js';
import type { ActionName, RolloutView, RunView } from './view.js';

const MAX_UNMATCHED = 400;

/** A run as people are shown it. Pure: the same run and time give the same view. */
export const viewOf = (run: Run, runbook: Runbook | undefined, gatherMs: number, now: number): RunView => {
  const { request, actor, targets, unmatched } = run.opened;
  const params = request.mode === 'revert' ? '' : givenParams(request);
  const groups = groupsOf(run, runbook);
  const answered = run.observations.size;
  const waiting = targets.filter((t) => !run.observations.has(t.name)).map((t) => t.name);
  const plan = run.planned && planView(run, runbook, now);
  const refusals = refusalsOf(run);
  const findings = groups.some((g) => g.mark === 'critical' || g.mark === 'warning');
  const advised = [...run.observations.values()].some((o) => o.verdicts.some((v) => v.advice));
  const gathers = request.mode !== 'revert';
  return {
    id: run.id,
    version: run.version,
    mode: request.mode,
    command: request.mode === 'revert' ? `${request.runbook} revert` : `${request.runbook} ${request.verb}`,
    selector: request.mode === 'revert' ? foldNames(targets.map((t) => t.name)) : request.selector,
    ...(params !== '' && { params }),
    ...(unmatched && { unmatched: cut(unmatched.join(', '), MAX_UNMATCHED) }),
    title: runbook?.title ?? request.runbook,
    environments: [...new Set(targets.flatMap((t) => t.labels.env?.toUpperCase() ?? []))].sort(),
    actor,
    startedAt: run.opened.at,
    ...(run.ended && { endedAt: run.ended.at }),
    phase: run.phase,
    ...(gathers && {
      coverage: {
        total: targets.length,
        answered,
        reached: [...run.observations.values()].filter((o) => !o.missed).length,
      },
    }),
    ...(run.phase === 'gathering' &&
      gathers &&
      answered > 0 &&
      waiting.length > 0 && { waiting: { hosts: foldNames(waiting), count: waiting.length, limitMs: gatherMs } }),
    groups,
    ...(findings && !advised && runbook?.knowledge && { knowledge: gist(runbook.knowledge) }),
    ...(plan ? { plan } : run.ended && refusals.length > 0 && { refusals }),
    ...(run.decision?.verdict === 'approved' && { rollout: rolloutView(run, now) }),
    ...(run.ended && (run.cancelled || (plan && request.mode !== 'plan')) && { result: resultView(run, runbook) }),
    actions: actionsOf(run),
    ...(run.opened.parent !== undefined && { parent: run.opened.parent }),
  };
};

/** The first paragraph, its line ends folded: what a person needs in the thread. The report has the whole. */
const gist = (knowledge: string): string => (knowledge.split(/\n\s*\n/)[0] ?? '').replace(/\s*\n\s*/g, ' ').trim();

/** What can be pressed on a run now. */
export const actionsOf = (run: Run): readonly ActionName[] => {
  const { mode } = run.opened.request;
  if (run.opened.origin.door === 'schedule' && run.opened.origin.missed) return ['again'];
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
      if (standing(run).length > 0) return ['revert', 'details'];
      if (mode === 'verify' || mode === 'plan') return fixable ? ['plan', 'details', 'again'] : ['details', 'again'];
      return ['details'];
    }
  }
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
      state: failed ? 'failed' : done ? 'changed' : isChanging(run) ? 'changing' : 'waiting',
    },
    ...(pace !== undefined && run.phase !== 'ended' && { etaMs: Math.round(pace * (total - applied.length)) }),
    ...(run.halted && { halted: run.halted.reason }),
  };
};

const isChanging = ({ deliveries }: Run): boolean => [...deliveries.keys()].some((key) => key.startsWith('apply-'));
