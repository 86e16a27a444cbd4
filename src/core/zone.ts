import { failure, ok, type Result } from './fault.js';
import { type Selector, selects } from './selector.js';
import type { Target } from './target.js';

/** A part of the network that only workers within it reach. */
export interface Zone {
  readonly name: string;
  readonly where: Selector;
  /** The selector as written. */
  readonly text: string;
}

/** Names of zones: they become part of a queue's name. */
export const ZONE_NAME = /^[a-z0-9][a-z0-9-]{0,30}$/;

/** The targets, each with its zone. Fault `config_invalid` when one is in two. */
export const zoned = (targets: readonly Target[], zones: readonly Zone[]): Result<readonly Target[]> => {
  if (zones.length === 0) return ok(targets);
  const placed: Target[] = [];
  for (const target of targets) {
    const [zone, other] = zones.filter((z) => selects(z.where, target));
    if (zone && other) {
      return failure(
        'config_invalid',
        `${target.name} is in the zones ${zone.name} (\`${zone.text}\`) and ${other.name} (\`${other.text}\`).`,
        'Narrow one of them under `zones` in runbolt.yaml: a host belongs to at most one.',
      );
    }
    placed.push(zone ? { ...target, zone: zone.name } : target);
  }
  return ok(placed);
};
