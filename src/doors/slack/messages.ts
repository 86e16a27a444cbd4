import type { Message } from '../../engine/ports.js';
import type { RunView } from '../../engine/view.js';
import { auditBlocks, missedMessage } from './audit.js';
import type { Body } from './blocks.js';
import { planMessage } from './plan.js';
import { resultMessage, rolloutMessage } from './progress.js';
import { localTime, type TimeOfDay } from './safe-text.js';
import { shortSummary, summary } from './summary.js';

/** What the run's thread must say now, in order: summary, plan, rollout, result. Within Slack's limits for any view. */
export const messagesOf = (view: RunView, time: TimeOfDay = localTime): readonly Message[] => [
  { key: 'summary', order: 0, body: first(view, time) },
  ...(view.plan ? [{ key: 'plan', order: 1, body: planMessage(view, view.plan, time) }] : []),
  ...(view.rollout ? [{ key: 'rollout', order: 2, body: rolloutMessage(view, view.rollout) }] : []),
  ...(view.result ? [{ key: 'result', order: 3, body: resultMessage(view, view.result, time) }] : []),
];

const first = (view: RunView, time: TimeOfDay): Body => {
  if (view.audit?.missed) return missedMessage(view, view.audit, view.audit.missed, time);
  return view.parent ? shortSummary(view) : summary(view, auditBlocks(view, time));
};
