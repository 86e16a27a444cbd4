import type { Message } from '../../engine/ports.js';
import type { RunView } from '../../engine/view.js';
import { planMessage } from './plan.js';
import { resultMessage, rolloutMessage } from './progress.js';
import { shortSummary, summary } from './summary.js';

/** What the run's thread must say now, in order: summary, plan, rollout, result. Within Slack's limits for any view. */
export const messagesOf = (view: RunView): readonly Message[] => [
  { key: 'summary', order: 0, body: view.parent ? shortSummary(view) : summary(view) },
  ...(view.plan ? [{ key: 'plan', order: 1, body: planMessage(view, view.plan) }] : []),
  ...(view.rollout ? [{ key: 'rollout', order: 2, body: rolloutMessage(view, view.rollout) }] : []),
  ...(view.result ? [{ key: 'result', order: 3, body: resultMessage(view, view.result) }] : []),
];
