import type { Target } from '../core/target.js';
import { cleanLine } from '../core/text.js';
import type { Inventory } from './ports.js';
import type { Proposal } from './propose.js';

/**
 * A proposal whose steps may be taken: where one rests on hosts being gone from the fleet, the inventory has confirmed it.
 * Else all of the target's changes are refused, with the reason: they were planned together.
 */
export const confirmed = async (
  { steps, refusals }: Proposal,
  inventory: Pick<Inventory, 'confirmGone'>,
  fleet: readonly Target[],
  signal: AbortSignal,
): Promise<Proposal> => {
  const addresses = [...new Set(steps.flatMap((step) => step.gone ?? []))];
  if (addresses.length === 0 || !inventory.confirmGone) return { steps, refusals };
  const told = await inventory.confirmGone(addresses, fleet, signal);
  if (told.ok) return { steps, refusals };
  const reason = cleanLine(`${told.fault.message} ${told.fault.next}`);
  const changes = [...new Set(steps.map((step) => step.change))];
  return { steps: [], refusals: [...refusals, ...changes.map((change) => ({ change, reason }))] };
};
