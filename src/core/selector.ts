import { failure, ok, type Result } from './fault.js';
import { byName, expandRanges } from './names.js';
import { nearest } from './nearest.js';
import type { Target } from './target.js';

/**
 * Which targets a request means. Terms are separated by spaces and unite; inside a term, items separated by commas
 * narrow: names (`web-*`, `web-[1-12]`, `@group`) unite among themselves, labels (`env=prod`, `role=web|db`,
 * `env!=dev`) must all hold, `!name` takes away. A term of `!` items only takes away from the whole.
 */
export interface Selector {
  readonly terms: readonly Term[];
  readonly except: readonly NamePattern[];
}

interface Term {
  readonly names: readonly NamePattern[];
  readonly labels: readonly LabelCondition[];
  readonly except: readonly NamePattern[];
}

interface NamePattern {
  readonly text: string;
  matches(name: string): boolean;
}

interface LabelCondition {
  readonly label: string;
  readonly values: readonly string[];
  readonly negated: boolean;
}

const HINT =
  'Write names (web-1, web-*, web-[1-12]), labels (env=prod,role=web), groups (@edge), or !name to leave out.';
const MAX_LENGTH = 500;

/** Reads a selector; groups are selectors by name, resolved here (nested groups too, but never in a circle). */
export const parseSelector = (text: string, groups: Readonly<Record<string, string>>): Result<Selector> =>
  parse(text, groups, []);

const parse = (text: string, groups: Readonly<Record<string, string>>, within: readonly string[]): Result<Selector> => {
  if (text.length > MAX_LENGTH) return invalid(`${text.slice(0, 40)}…`, `is longer than ${MAX_LENGTH} characters`);
  const terms: Term[] = [];
  const except: NamePattern[] = [];
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const items = splitItems(word);
    const names: NamePattern[] = [];
    const labels: LabelCondition[] = [];
    const left: NamePattern[] = [];
    for (const item of items) {
      if (item.startsWith('@')) {
        const group = resolveGroup(item, groups, within);
        if (!group.ok) return group;
        terms.push(...group.value.terms);
        except.push(...group.value.except);
        continue;
      }
      const label = /^([A-Za-z0-9_.:/-]+)(!?=)([A-Za-z0-9_.:/|*-]+)$/.exec(item);
      if (label?.[1] && label[3]) {
        labels.push({ label: label[1], values: label[3].split('|'), negated: label[2] === '!=' });
        continue;
      }
      const bare = item.startsWith('!') ? item.slice(1) : item;
      if (!/^[A-Za-z0-9_.:*?[\],-]+$/.test(bare)) return invalid(item, 'is neither a name, a label, nor a group');
      const pattern = namePattern(bare);
      if (!pattern) return invalid(item, 'has a range that cannot be read');
      (item.startsWith('!') ? left : names).push(pattern);
    }
    if (names.length === 0 && labels.length === 0) except.push(...left);
    else terms.push({ names, labels, except: left });
  }
  if (terms.length === 0 && except.length > 0) terms.push({ names: [], labels: [], except: [] });
  if (terms.length === 0) return invalid(text, 'is empty');
  return ok({ terms, except });
};

const invalid = (item: string, why: string) => failure('selector_invalid', `The selector \`${item}\` ${why}.`, HINT);

const resolveGroup = (
  item: string,
  groups: Readonly<Record<string, string>>,
  within: readonly string[],
): Result<Selector> => {
  const name = item.slice(1);
  const text = Object.hasOwn(groups, name) ? groups[name] : undefined;
  if (text === undefined) {
    const known = nearest(name, Object.keys(groups)).map((g) => `@${g}`);
    const next =
      known.length > 0 ? `Near names: ${known.join(', ')}.` : 'Groups are named under `groups` in runbolt.yaml.';
    return failure('selector_invalid', `There is no group \`${item}\`.`, next);
  }
  if (within.includes(name)) {
    return failure('selector_invalid', `The group \`${item}\` contains itself.`, 'Mend `groups` in runbolt.yaml.');
  }
  return parse(text, groups, [...within, name]);
};

const splitItems = (word: string): readonly string[] => word.split(/,(?![^[]*\])/).filter(Boolean);

const namePattern = (text: string): NamePattern | undefined => {
  const names = expandRanges(text);
  if (!names) return undefined;
  const exact = new Set(names.filter((n) => !/[*?]/.test(n)));
  const globs = names.filter((n) => /[*?]/.test(n));
  return { text, matches: (name) => exact.has(name) || globs.some((g) => globMatches(g, name)) };
};

/** Glob match in linear space, without regular expressions: `*` any run, `?` any one character. */
export const globMatches = (glob: string, name: string): boolean => {
  let g = 0;
  let n = 0;
  let star = -1;
  let mark = 0;
  while (n < name.length) {
    if (g < glob.length && (glob[g] === '?' || (glob[g] !== '*' && glob[g] === name[n]))) {
      g++;
      n++;
    } else if (glob[g] === '*') {
      star = g++;
      mark = n;
    } else if (star !== -1) {
      g = star + 1;
      n = ++mark;
    } else return false;
  }
  while (glob[g] === '*') g++;
  return g === glob.length;
};

const termMatches = (term: Term, target: Target): boolean =>
  (term.names.length === 0 || term.names.some((p) => p.matches(target.name))) &&
  term.labels.every((c) => labelHolds(c, target)) &&
  !term.except.some((p) => p.matches(target.name));

const labelHolds = (condition: LabelCondition, target: Target): boolean => {
  const value = Object.hasOwn(target.labels, condition.label) ? target.labels[condition.label] : undefined;
  const among = value !== undefined && condition.values.some((v) => globMatches(v, value));
  return condition.negated ? !among : among;
};

/** Whether one target is meant. Used for policies too. */
export const selects = (selector: Selector, target: Target): boolean =>
  selector.terms.some((term) => termMatches(term, target)) && !selector.except.some((p) => p.matches(target.name));

/** The targets a selector means, by name; none at all is a fault that lists near names. */
export const resolve = (text: string, selector: Selector, fleet: readonly Target[]): Result<readonly Target[]> => {
  const chosen = fleet.filter((t) => selects(selector, t)).sort((a, b) => byName(a.name, b.name));
  if (chosen.length > 0) return ok(chosen);
  return failure('selector_empty', `No host matches \`${text}\` among ${fleet.length}.`, nearHint(text, fleet));
};

const nearHint = (text: string, fleet: readonly Target[]): string => {
  const word = text.split(/[\s,]+/).find((w) => !w.startsWith('!')) ?? text;
  const label = /^([^=!]+)!?=(.+)$/.exec(word);
  if (label?.[1]) {
    const key = label[1];
    const values = new Set(fleet.flatMap((t) => (t.labels[key] === undefined ? [] : [t.labels[key]])));
    if (values.size > 0) return `Values of the label ${key}: ${[...values].sort(byName).slice(0, 10).join(', ')}.`;
    const keys = new Set(fleet.flatMap((t) => Object.keys(t.labels)));
    return keys.size > 0 ? `Known labels: ${[...keys].sort().slice(0, 10).join(', ')}.` : 'No host has labels.';
  }
  const names = fleet.map((t) => t.name);
  const bare = word.replace(/[*?[\]].*$/, '');
  const prefixed = bare ? names.filter((n) => n.startsWith(bare.slice(0, Math.max(2, bare.length - 2)))) : [];
  const near = [...new Set([...nearest(word, names), ...prefixed])].slice(0, 5);
  return near.length > 0
    ? `Near names: ${near.join(', ')}.`
    : `Known hosts: ${[...names].sort(byName).slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}. All: \`/runbolt targets\`.`;
};
