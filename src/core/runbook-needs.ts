import type { Need } from './change-type.js';
import { nearest } from './nearest.js';
import type { Registry } from './registry.js';
import type { RunbookFact } from './runbook.js';

/** The name of the fact that reads just this, added to the runbook when none does yet. */
export const factFor = (need: { type: string; args: unknown }, facts: RunbookFact[]): string => {
  const same = facts.find((f) => f.type === need.type && JSON.stringify(f.args) === JSON.stringify(need.args));
  if (same) return same.name;
  const name = `needed_${facts.length}`;
  facts.push({ name, type: need.type, args: need.args });
  return name;
};

/** What is known, for a mistake's words. */
export const words = (known: ReadonlyMap<string, unknown>): string => [...known.keys()].sort().join(', ');

/** That there is no such kind, and the nearest that there is. */
export const unknown = (what: string, type: string, known: ReadonlyMap<string, unknown>): string => {
  const near = nearest(type, known.keys())[0];
  return `There is no ${what} \`${type}\`.${near ? ` Did you mean \`${near}\`?` : ` Known: ${words(known)}.`}`;
};

/** Why planning could not read what it needs; undefined where it can. Facts that are `unread` are told elsewhere. */
export const whyUnmet = (
  need: Need,
  facts: readonly RunbookFact[],
  unread: readonly string[],
  registry: Registry,
): string | undefined => {
  if ('fact' in need) {
    const declared = facts.find((f) => f.name === need.fact);
    if (declared?.type === need.type || unread.includes(need.fact)) return undefined;
    const those = facts.filter((f) => f.type === need.type).map((f) => `\`${f.name}\``);
    return `\`${need.fact}\` is no fact of type \`${need.type}\` here${those.length > 0 ? `; ${those.join(', ')} is` : ''}`;
  }
  const readable = registry.facts.get(need.type)?.args.safeParse(need.args);
  if (readable?.success) return undefined;
  return readable?.error.issues.map((i) => i.message).join('; ') ?? `there is no fact \`${need.type}\``;
};
