import type { Message } from '../../engine/ports.js';
import type { RunView } from '../../engine/view.js';
import { planMessage } from './plan.js';
import { resultMessage, rolloutMessage } from './progress.js';
import { localTime, type TimeOfDay } from './safe-text.js';
import { shortSummary, summary } from './summary.js';

/** What the run's thread must say now, in order: summary, plan, rollout, result. Within Slack's limits for any view. */
export const messagesOf = (view: RunView, time: TimeOfDay = localTime): readonly Message[] => [
  { key: 'summary', order: 0, body: view.parent ? shortSummary(view) : summary(view) },
  ...(view.plan ? [{ key: 'plan', order: 1, body: planMessage(view, view.plan, time) }] : []),
  ...(view.rollout ? [{ key: 'rollout', order: 2, body: rolloutMessage(view, view.rollout) }] : []),
  ...(view.result ? [{ key: 'result', order: 3, body: resultMessage(view, view.result) }] : []),
];
