import type { Outcome } from '../../core/outcome.js';
import type { ResultView, RolloutView, RunView } from '../../engine/view.js';
import { type Body, context, lines, pack, section } from './blocks.js';
import { buttons } from './button.js';
import { mrkdwn, type TimeOfDay } from './safe-text.js';
import { duration, hosts } from './summary.js';

const CANARY: Readonly<Record<RolloutView['canary']['state'], string>> = {
  waiting: 'waits',
  changing: 'is being changed',
  changed: '✓',
  failed: '✗',
};

/** How far the change is: `canary web-1 ✓ · 4 of 11 · 12 s left`. */
export const rolloutMessage = (view: RunView, rollout: RolloutView): Body => {
  const decided = view.plan?.decided;
  const line = [
    ...((decided?.verdict === 'approved' || decided?.verdict === 'confirmed') && decided.actor
      ? [`${decided.verdict} by @${mrkdwn(decided.actor.name.replace(/^@/u, ''), 80)}`]
      : []),
    `canary ${mrkdwn(rollout.canary.hosts, 300)} ${CANARY[rollout.canary.state]}`,
    `${rollout.done} of ${rollout.total}`,
    ...(rollout.etaMs !== undefined && view.result === undefined ? [`${duration(rollout.etaMs)} left`] : []),
  ].join(' · ');
  const halted = rollout.halted ? [section(`✗ stopped: ${mrkdwn(rollout.halted, 1500)}`)] : [];
  return {
    text: line,
    blocks: [section(line), ...halted, ...(view.result ? [] : buttons(view, 'rollout', ['cancel']))],
  };
};

const SHOWN_ALWAYS: readonly Outcome[] = ['changed', 'failed'];

const WORDS: Readonly<Record<Outcome, string>> = {
  ok: 'unchanged',
  changed: 'changed',
  failed: 'failed',
  unreachable: 'unreachable',
  'timed-out': 'timed out',
  cancelled: 'cancelled',
  drifted: 'drifted',
  unknown: 'unknown',
};

const isOutcome = (name: string): name is Outcome => name in WORDS;

/** `11 changed, 0 failed, 1 unknown`; a run that was to change nothing leaves the zeros out. */
const counts = (view: RunView, outcomes: ResultView['outcomes']): string => {
  const always = view.plan ? SHOWN_ALWAYS : [];
  const others = Object.keys(WORDS)
    .filter(isOutcome)
    .filter((o) => !always.includes(o) && (outcomes[o] ?? 0) > 0);
  return [...always, ...others].map((o) => `${outcomes[o] ?? 0} ${WORDS[o]}`).join(', ') || 'nothing was done';
};

/** `1 taken back · 1 could not be taken back`, of those that failed. */
const takenBack = ({ takenBack, notTakenBack }: ResultView): readonly string[] => [
  ...(takenBack > 0 ? [`${takenBack} taken back`] : []),
  ...(notTakenBack > 0 ? [`${notTakenBack} could not be taken back`] : []),
];

/** `2 hosts web-[1-2] taken back by @bo at 14:32 (run r2)` */
const reverted = (back: ResultView['reverts'][number], time: TimeOfDay): string => {
  const what = back.found === 'change' ? 'taken back by' : 'had nothing to take back, asked by';
  const who = mrkdwn(back.actor.name.replace(/^@/u, ''), 80);
  return `${hosts(back.count)} ${mrkdwn(back.hosts, 300)} ${what} @${who} at ${time(back.at, true)} (run ${mrkdwn(back.run, 40)})`;
};

/** What became of every target, failures by reason, and how the symptom was judged before and after. */
export const resultMessage = (view: RunView, result: ResultView, time: TimeOfDay): Body => {
  const text = [counts(view, result.outcomes), ...takenBack(result)].join(' · ');
  const since = result.reverts.map((back) => reverted(back, time));
  const proof = result.proof.map((p) => mrkdwn(p, 500));
  const failed = (g: ResultView['groups'][number]) => {
    const mark = g.outcome === 'failed' ? '✗' : '?';
    const where = `${mark} *${hosts(g.count)}* ${WORDS[g.outcome]}  ${mrkdwn(g.hosts, 600)}`;
    return section(`${where}\n        ${mrkdwn(g.reason, 1200)}`);
  };
  const head = [section(lines([text, ...proof, ...since]))];
  const actions = buttons(view, 'result', ['revert', ...(view.parent ? (['details'] as const) : [])]);
  const blocks = pack(head, result.groups, failed, actions, (left) =>
    context(`and ${left} more reasons: press Details for report.txt`),
  );
  return { text: lines([text, ...proof, ...since], 2000), blocks };
};
