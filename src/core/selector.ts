import { failure, ok, type Result } from './fault.js';
import { globMatches, groupPattern, type HostPattern, namePattern } from './host-pattern.js';
import { nearest } from './nearest.js';
import type { Target } from './target.js';

/**
 * Which targets a request means. Terms are separated by spaces and unite; inside a term, items separated by commas
 * narrow: names (`web-*`, `web-[1-12]`) and groups (`@edge`, the hosts that its own selector means) unite among
 * themselves, labels (`env=prod`, `role=web|db`, `env!=dev`) must all hold, `!name` and `!@group` take away. A term of `!`
 * items only takes away from the whole.
 */
export interface Selector {
  readonly terms: readonly Term[];
  readonly except: readonly HostPattern[];
}

export interface Term {
  /** As it is written. */
  readonly text: string;
  readonly names: readonly HostPattern[];
  readonly labels: readonly LabelCondition[];
  readonly except: readonly HostPattern[];
}

interface LabelCondition {
  readonly label: string;
  readonly values: readonly string[];
  readonly negated: boolean;
}

type Groups = Readonly<Record<string, string>>;

const HINT =
  'Write names (web-1, web-*, web-[1-12]), labels (env=prod,role=web), groups (@edge,env=prod), or !name to leave out.';
const MAX_LENGTH = 500;
/** Groups that one selector may come to, those in groups included. */
const MAX_GROUPS = 1_000;

/** Reads a selector; groups are selectors by name, resolved here (nested groups too, but never in a circle). */
export const parseSelector = (text: string, groups: Groups): Result<Selector> => {
  let resolved = 0;
  const parse = (written: string, within: readonly string[]): Result<Selector> => {
    if (written.length > MAX_LENGTH) {
      return invalid(`${written.slice(0, 40)}…`, `is longer than ${MAX_LENGTH} characters`);
    }
    const terms: Term[] = [];
    const except: HostPattern[] = [];
    for (const word of written.split(/\s+/).filter(Boolean)) {
      const names: HostPattern[] = [];
      const labels: LabelCondition[] = [];
      const left: HostPattern[] = [];
      for (const item of splitItems(word)) {
        const label = /^([A-Za-z0-9_.:/-]+)(!?=)([A-Za-z0-9_.:/|*-]+)$/.exec(item);
        if (label?.[1] && label[3]) {
          labels.push({ label: label[1], values: label[3].split('|'), negated: label[2] === '!=' });
          continue;
        }
        const bare = item.startsWith('!') ? item.slice(1) : item;
        const pattern = bare.startsWith('@') ? groupOf(bare, within) : nameOf(bare, item);
        if (!pattern.ok) return pattern;
        (item.startsWith('!') ? left : names).push(pattern.value);
      }
      if (names.length > 0 || labels.length > 0) terms.push({ text: word, names, labels, except: left });
      else except.push(...left);
    }
    if (terms.length === 0 && except.length > 0) terms.push({ text: '*', names: [], labels: [], except: [] });
    if (terms.length === 0) return invalid(written, 'is empty');
    return ok({ terms, except });
  };
  const groupOf = (item: string, within: readonly string[]): Result<HostPattern> => {
    const name = item.slice(1);
    const means = Object.hasOwn(groups, name) ? groups[name] : undefined;
    if (means === undefined) return noGroup(item, groups);
    if (within.includes(name)) {
      return failure('selector_invalid', `The group \`${item}\` contains itself.`, 'Mend `groups` in runbolt.yaml.');
    }
    resolved += 1;
    if (resolved > MAX_GROUPS) {
      const many = `The selector \`${cutText(text)}\` comes to more than ${MAX_GROUPS} groups.`;
      return failure('selector_invalid', many, 'Put fewer groups into groups under `groups` in runbolt.yaml.');
    }
    const own = parse(means, [...within, name]);
    return own.ok ? ok(groupPattern(item, means, (target) => selects(own.value, target))) : own;
  };
  return parse(text, []);
};

const cutText = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text);

const invalid = (item: string, why: string) => failure('selector_invalid', `The selector \`${item}\` ${why}.`, HINT);

const nameOf = (bare: string, item: string): Result<HostPattern> => {
  if (!/^[A-Za-z0-9_.:*?[\],-]+$/.test(bare)) return invalid(item, 'is neither a name, a label, nor a group');
  const pattern = namePattern(bare);
  return pattern ? ok(pattern) : invalid(item, 'has a range that cannot be read');
};

const noGroup = (item: string, groups: Groups) => {
  const known = nearest(item.slice(1), Object.keys(groups)).map((g) => `@${g}`);
  const next =
    known.length > 0 ? `Near names: ${known.join(', ')}.` : 'Groups are named under `groups` in runbolt.yaml.';
  return failure('selector_invalid', `There is no group \`${item}\`.`, next);
};

const splitItems = (word: string): readonly string[] => word.split(/,(?![^[]*\])/).filter(Boolean);

const termMatches = (term: Term, target: Target): boolean =>
  (term.names.length === 0 || term.names.some((p) => p.matches(target))) &&
  term.labels.every((c) => labelHolds(c, target)) &&
  !term.except.some((p) => p.matches(target));

/** The value of a target's label; undefined when it has none. */
export const labelOf = (target: Target, label: string): string | undefined =>
  Object.hasOwn(target.labels, label) ? target.labels[label] : undefined;

const labelHolds = (condition: LabelCondition, target: Target): boolean => {
  const value = labelOf(target, condition.label);
  const among = value !== undefined && condition.values.some((v) => globMatches(v, value));
  return condition.negated ? !among : among;
};

/** Whether a term means any of these, what the rest of the selector takes away not counted. */
export const termMeansAny = (term: Term, fleet: readonly Target[]): boolean => fleet.some((t) => termMatches(term, t));

/** Whether one target is meant. Used for policies too. */
export const selects = (selector: Selector, target: Target): boolean =>
  selector.terms.some((term) => termMatches(term, target)) && !selector.except.some((p) => p.matches(target));
