import { isDeepStrictEqual } from 'node:util';
import type { Step } from '../core/change-type.js';
import type { FactField, FactValue } from '../core/fact-type.js';
import { recorded } from '../core/recorded.js';
import type { Observation } from '../core/run.js';
import { cleanLine } from '../core/text.js';
import { confirmed } from './confirm.js';
import { type Gatherer, readFleet, type Subject } from './gather.js';

/**
 * Why a plan is not to be begun any more though its host may be as it was: what its steps were planned from in the
 * inventory is not so now, or what they take for gone cannot be confirmed once more. A plan waits for its approval.
 */
export const outdated = async (
  gatherer: Pick<Gatherer, 'registry' | 'inventory'>,
  subject: Subject,
  seen: Observation | undefined,
  steps: readonly Step[],
  signal: AbortSignal,
): Promise<string | undefined> => {
  const changes = subject.runbook.changes.filter(({ name }) => steps.some((step) => step.change === name));
  const needed = new Set(changes.flatMap(({ needs }) => needs));
  for (const [name, reading] of Object.entries(readFleet(gatherer, subject))) {
    const then = seen?.readings[name];
    if (!needed.has(name) || then?.status !== 'read') continue;
    const now = recorded(reading);
    if (now.status !== 'read') return cleanLine(`Changed in the inventory since the plan: ${now.reason}`);
    if (!isDeepStrictEqual(now.value, then.value))
      return `Changed in the inventory since the plan${differing(then.value, now.value)}`;
  }
  const { refusals } = await confirmed({ steps, refusals: [] }, gatherer.inventory, subject.fleet, signal);
  return refusals[0]?.reason;
};

/** What came and went, by the first list that tells it. */
const differing = (then: FactValue, now: FactValue): string => {
  for (const [field, value] of Object.entries(now)) {
    const [before, after] = [textsOf(then[field]), textsOf(value)];
    const words = [
      ...after.filter((text) => !before.includes(text)).map((text) => `${text} is new`),
      ...before.filter((text) => !after.includes(text)).map((text) => `${text} is gone`),
    ];
    if (words.length > 0) return cleanLine(`: ${words.slice(0, MOST).join(', ')}${words.length > MOST ? ', ...' : ''}`);
  }
  return '';
};

const MOST = 5;

const textsOf = (field: FactField | undefined): readonly string[] =>
  Array.isArray(field) ? field.filter((one): one is string => typeof one === 'string') : [];
