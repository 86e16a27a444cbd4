import { children, evaluated, namesIn, sourceOf, type Tree } from './expression-tree.js';
import type { ParamSpec, ParamSpecs } from './params.js';

/** What a subject can be for the pieces that are about it. */
export type Value = string | number | boolean;

/**
 * A piece of a condition: what it is about, and for which values of that it holds. `s.running == "1"` and
 * `s.running in ["1", "2"]` are about the same, so that both cannot differ; `disk.ok` is about itself.
 */
export interface Piece {
  readonly subject: string;
  readonly holds: (value: Value) => boolean;
  /** Values that it tells apart. */
  readonly constants: readonly Value[];
}

/** What a piece of a condition asks; one of two values that are not constant stands for itself. */
export const pieceOf = (node: Tree): Piece => {
  const always = constantOf(node);
  if (always !== undefined) return fixed(always === true);
  if (node.op === 'in') {
    const [item, list] = node.args;
    const constants = constantsOf(list);
    if (constants) return { subject: sourceOf(item), holds: (value) => constants.includes(value), constants };
  }
  if (!isComparison(node.op)) return bare(node);
  const [left, right] = children(node);
  if (!left || !right) return bare(node);
  if (sourceOf(left) === sourceOf(right)) return fixed(compares(node.op, 0, 0));
  const [a, b] = [constantOf(left), constantOf(right)];
  const { op } = node;
  if (b !== undefined) return { subject: sourceOf(left), holds: (value) => compares(op, value, b), constants: [b] };
  if (a !== undefined) return { subject: sourceOf(right), holds: (value) => compares(op, a, value), constants: [a] };
  return bare(node);
};

const bare = (node: Tree): Piece => ({ subject: sourceOf(node), holds: (value) => value === true, constants: [true] });
const fixed = (outcome: boolean): Piece => ({ subject: String(outcome), holds: () => outcome, constants: [] });

const COMPARISONS = ['==', '!=', '<', '<=', '>', '>='] as const;
type Comparison = (typeof COMPARISONS)[number];
const isComparison = (op: string): op is Comparison => COMPARISONS.some((known) => known === op);

const compares = (op: Comparison, a: Value, b: Value): boolean => {
  switch (op) {
    case '==':
      return a === b;
    case '!=':
      return a !== b;
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
  }
};

const constantOf = (node: Tree): Value | undefined => (namesIn(node).size > 0 ? undefined : plain(evaluated(node, {})));

const constantsOf = (list: Tree): readonly Value[] | undefined => {
  const items: unknown = namesIn(list).size > 0 ? undefined : evaluated(list, {});
  if (!Array.isArray(items)) return undefined;
  const constants = items.map(plain).filter((item) => item !== undefined);
  return constants.length === items.length ? constants : undefined;
};

const plain = (value: unknown): Value | undefined => {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : undefined;
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : undefined;
};

/** Text that no runbook has. */
const OTHER = '\u0000';

/** Enough values of a subject to stand for all that it can be: between and beyond whatever its pieces tell apart. */
export const valuesOf = (
  subject: string,
  constants: readonly Value[],
  { params, atDefaults }: { readonly params: ParamSpecs; readonly atDefaults?: boolean },
): readonly Value[] => {
  const name = /^params\s?\.\s?(\w+)$/.exec(subject)?.[1];
  const spec = name === undefined || !Object.hasOwn(params, name) ? undefined : params[name];
  if (spec) return atDefaults ? [spec.default] : ofParam(spec, constants);
  const counted = /^size\(|\.\s?size\(\)$/.test(subject);
  const numbers = [...constants.filter((constant) => typeof constant === 'number'), ...(counted ? [0] : [])];
  const texts = constants.filter((constant) => typeof constant === 'string');
  const found: readonly Value[] = [
    ...(numbers.length > 0 ? ladder(numbers) : []),
    ...(texts.length > 0 ? [...texts, OTHER] : []),
    ...(constants.includes(true) || constants.includes(false) ? [true, false] : []),
  ];
  return [...new Set(counted ? found.filter((value) => typeof value !== 'number' || value >= 0) : found)];
};

const ofParam = (spec: ParamSpec, constants: readonly Value[]): readonly Value[] => {
  switch (spec.type) {
    case 'boolean':
      return [true, false];
    case 'choice':
      return spec.values;
    case 'string':
      return [...new Set([...constants, OTHER])];
    case 'integer': {
      const known = constants.filter((constant) => typeof constant === 'number');
      const near = known.flatMap((n) => [n - 1, n, n + 1].filter((m) => m >= spec.min && m <= spec.max));
      return [...new Set([spec.min, spec.max, ...near])];
    }
  }
};

/** The numbers, one between each two, and one beyond either end. */
const ladder = (numbers: readonly number[]): readonly number[] => {
  const sorted = [...new Set(numbers)].sort((a, b) => a - b);
  const between = sorted.flatMap((n, i) => [n, i + 1 < sorted.length ? (n + (sorted[i + 1] ?? n)) / 2 : n + 1]);
  return [(sorted[0] ?? 0) - 1, ...between];
};
