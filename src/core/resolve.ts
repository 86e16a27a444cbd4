import { failure, ok, type Result } from './fault.js';
import { globMatches, type HostPattern } from './host-pattern.js';
import { byName } from './names.js';
import { nearest } from './nearest.js';
import { labelOf, type Selector, selects, type Term, termMeansAny } from './selector.js';
import type { Target } from './target.js';

/** The targets that a selector means. */
export interface Resolved {
  /** By name; one at least. */
  readonly targets: readonly Target[];
  /** What was asked for and is no host: missing names of a range (`web-[9,13-20]`), and items that match nothing. */
  readonly unmatched: readonly string[];
}

/** An item of a selector that matches no host. */
interface Gap {
  /** As it is written; of a range the missing names. */
  readonly item: string;
  readonly kind: 'wanted' | 'left out' | 'part of a range' | 'narrowed';
  readonly hint: (fleet: readonly Target[]) => string;
}

/**
 * The targets that a selector means. No host at all is a fault with near names; and, where each item must match (`all`),
 * so is every name, label value, group or `!` that matches no host of the fleet: it is a misspelt one. A range of which
 * some names are missing means the others, and `unmatched` says which. `any`: for who cannot spell it anew.
 */
export const resolve = (
  text: string,
  selector: Selector,
  fleet: readonly Target[],
  must: 'all' | 'any' = 'all',
): Result<Resolved> => {
  const targets = fleet.filter((t) => selects(selector, t)).sort((a, b) => byName(a.name, b.name));
  const gaps = gapsIn(selector, fleet);
  const misspelt = gaps.filter(({ kind }) => kind !== 'part of a range');
  if (misspelt.length > 0 && (must === 'all' || targets.length === 0)) return noHost(misspelt, fleet);
  if (targets.length === 0) {
    const next = 'What `!` leaves out is all that the rest asks for.';
    return failure('selector_empty', `No host matches \`${cutItem(text)}\` among ${fleet.length}.`, next);
  }
  return ok({ targets, unmatched: [...new Set(gaps.map(({ item }) => item))] });
};

const gapsIn = (selector: Selector, fleet: readonly Target[]): readonly Gap[] => [
  ...selector.terms.flatMap((term) => gapsOfTerm(term, fleet)),
  ...selector.except.flatMap((p) => gapsOfPattern(p, fleet, 'left out')),
];

const gapsOfTerm = (term: Term, fleet: readonly Target[]): readonly Gap[] => {
  const gaps = [
    ...term.names.flatMap((p) => gapsOfPattern(p, fleet, 'wanted')),
    ...term.labels.flatMap(({ label, values, negated }) =>
      values
        .filter((value) => !fleet.some((t) => hasLabel(t, label, value)))
        .map(
          (value): Gap => ({
            item: `${label}${negated ? '!' : ''}=${value}`,
            kind: negated ? 'left out' : 'wanted',
            hint: (all) => labelHint(label, all),
          }),
        ),
    ),
    ...term.except.flatMap((p) => gapsOfPattern(p, fleet, 'left out')),
  ];
  if (gaps.some(({ kind }) => kind === 'wanted') || termMeansAny(term, fleet)) return gaps;
  const hint = () => 'Each part of it matches a host, and no host matches all of them.';
  return [...gaps, { item: term.text, kind: 'narrowed', hint }];
};

const hasLabel = (target: Target, label: string, glob: string): boolean => {
  const value = labelOf(target, label);
  return value !== undefined && globMatches(glob, value);
};

const gapsOfPattern = (p: HostPattern, fleet: readonly Target[], kind: 'wanted' | 'left out'): readonly Gap[] => {
  const absent = p.absent(fleet);
  if (!absent) return [];
  if (absent.kind === 'whole')
    return [{ item: kind === 'left out' ? `!${p.text}` : p.text, kind, hint: (all) => nameHint(p, all) }];
  return kind === 'left out' ? [] : [{ item: absent.names, kind: 'part of a range', hint: () => '' }];
};

const MAX_NAMED = 5;

const noHost = (gaps: readonly Gap[], fleet: readonly Target[]) => {
  const wanted = named(gaps.filter(({ kind }) => kind !== 'left out'));
  const out = named(gaps.filter(({ kind }) => kind === 'left out'));
  const message = [
    ...(wanted === '' ? [] : [`No host matches ${wanted} among ${fleet.length}.`]),
    ...(out === '' ? [] : [`No host is left out by ${out} among ${fleet.length}.`]),
  ].join(' ');
  const hints = new Set(gaps.slice(0, MAX_NAMED).map(({ hint }) => hint(fleet)));
  return failure('selector_empty', message, [...hints].join(' '));
};

/** `` `wbe-1`, `wbe-2` and 3 more `` */
const named = (gaps: readonly Gap[]): string => {
  const items = [...new Set(gaps.map(({ item }) => `\`${cutItem(item)}\``))];
  const more = items.length - MAX_NAMED;
  return `${items.slice(0, MAX_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
};

const cutItem = (item: string): string => (item.length > 100 ? `${item.slice(0, 100)}…` : item);

const labelHint = (label: string, fleet: readonly Target[]): string => {
  const values = new Set(fleet.flatMap((t) => labelOf(t, label) ?? []));
  if (values.size > 0) return `Values of the label ${label}: ${[...values].sort(byName).slice(0, 10).join(', ')}.`;
  const keys = new Set(fleet.flatMap((t) => Object.keys(t.labels)));
  return keys.size > 0 ? `Known labels: ${[...keys].sort().slice(0, 10).join(', ')}.` : 'No host has labels.';
};

const nameHint = ({ text, standsFor }: HostPattern, fleet: readonly Target[]): string => {
  if (standsFor !== undefined) return `${text} is \`${cutItem(standsFor)}\` under \`groups\` in runbolt.yaml.`;
  if (fleet.length === 0) return 'The inventory is empty.';
  const names = fleet.map((t) => t.name);
  const bare = text.replace(/[*?[\]].*$/, '');
  const prefixed = bare ? names.filter((n) => n.startsWith(bare.slice(0, Math.max(2, bare.length - 2)))) : [];
  const near = [...new Set([...nearest(text, names), ...prefixed])].slice(0, 5);
  return near.length > 0
    ? `Near names: ${near.join(', ')}.`
    : `Known hosts: ${[...names].sort(byName).slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}. All: \`/runbolt targets\`.`;
};
