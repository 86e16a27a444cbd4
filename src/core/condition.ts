import { children, evaluated, namesIn, sourceOf, type Tree, treeOf } from './expression-tree.js';
import type { ParamSpecs } from './params.js';

/**
 * Whether a condition can come out true (or false) at all, whatever the host: by trying every combination of what its
 * pieces can be. Pieces that are not `!`, `&&`, `||` or `?:` count as independent, unless they are constant or say of a
 * param what its bounds decide. Where there are too many to try it answers yes.
 */
export interface Assumed {
  readonly params: ParamSpecs;
  /** Judged with the params' defaults, not with all values that they can have. */
  readonly atDefaults?: boolean;
  /** States that each check can be in, by its name; any where it is not named. */
  readonly checks?: ReadonlyMap<string, readonly CheckState[]>;
}

export const CHECK_STATES = ['passed', 'failed', 'skipped', 'error'] as const;
export type CheckState = (typeof CHECK_STATES)[number];

const MAX_COMBINATIONS = 200_000;

export const canBe = (text: string, wanted: boolean, assumed: Assumed): boolean => {
  const tree = treeOf(text);
  if (!tree) return true;
  const pieces = new Map<string, readonly boolean[]>();
  const states = new Map<string, Set<string>>();
  gather(tree, assumed, pieces, states);
  const choices: { readonly key: string; readonly options: readonly (boolean | string)[] }[] = [
    ...[...pieces].map(([key, options]) => ({ key, options })),
    ...[...states].map(([name, fields]) => ({ key: `checks.${name}`, options: statesOf(name, fields, assumed) })),
  ];
  if (choices.reduce((n, { options }) => n * options.length, 1) > MAX_COMBINATIONS) return true;
  const chosen = new Map<string, boolean | string>();
  const reached = (at: number): boolean => {
    const choice = choices[at];
    if (!choice) return holds(tree, chosen) === wanted;
    return choice.options.some((option) => {
      chosen.set(choice.key, option);
      return reached(at + 1);
    });
  };
  return reached(0);
};

/** Checks that a condition mentions, as `checks.NAME.STATE`. */
const checkField = (node: Tree): readonly [string, string] | undefined => {
  if (node.op !== '.') return undefined;
  const [check, state] = node.args;
  if (check.op !== '.') return undefined;
  const [root, name] = check.args;
  return root.op === 'id' && root.args === 'checks' ? [name, state] : undefined;
};

/** States in which the condition can tell the check apart from its other states, and one of these. */
const statesOf = (name: string, mentioned: ReadonlySet<string>, { checks }: Assumed): readonly string[] => {
  const possible = checks?.get(name) ?? CHECK_STATES;
  const other = possible.find((state) => !mentioned.has(state));
  return [...possible.filter((state) => mentioned.has(state)), ...(other === undefined ? [] : [other])];
};

const gather = (
  node: Tree,
  assumed: Assumed,
  pieces: Map<string, readonly boolean[]>,
  states: Map<string, Set<string>>,
): void => {
  const check = checkField(node);
  if (check) states.set(check[0], (states.get(check[0]) ?? new Set()).add(check[1]));
  else if (node.op === '&&' || node.op === '||' || node.op === '!_' || node.op === '?:')
    for (const child of children(node)) gather(child, assumed, pieces, states);
  else pieces.set(sourceOf(node), decided(node, assumed));
};

/** What a piece can be. */
const decided = (node: Tree, { params, atDefaults }: Assumed): readonly boolean[] => {
  const names = [...namesIn(node)];
  if (names.some((name) => name !== 'params')) return [true, false];
  const tried = names.length === 0 ? [{}] : samples(node, params, atDefaults ?? false);
  const values = tried?.map((sample) => evaluated(node, { params: sample }));
  const outcomes = [true, false].filter((value) => values?.includes(value));
  return values?.every((value) => typeof value === 'boolean') ? outcomes : [true, false];
};

const COMPARISONS: ReadonlySet<string> = new Set(['<', '<=', '>', '>=', '==', '!=']);

/** Values of the one param that a comparison with a constant is about, among them all that can decide it. */
const samples = (node: Tree, params: ParamSpecs, atDefaults: boolean) => {
  const defaults = Object.fromEntries(Object.entries(params).map(([name, { default: value }]) => [name, cel(value)]));
  if (atDefaults) return [defaults];
  if (node.op === '.' && typeof node.args[1] === 'string') return boolean(node.args[1], params, defaults);
  if (!COMPARISONS.has(node.op)) return undefined;
  const sides = children(node);
  const constant = sides.find((side) => side.op === 'value');
  const param = sides.find((side) => side.op === '.');
  if (!constant || param?.op !== '.') return undefined;
  const name = param.args[1];
  const spec = params[name];
  if (spec?.type === 'choice') return spec.values.map((value) => ({ ...defaults, [name]: value }));
  if (spec?.type !== 'integer') return undefined;
  const at = typeof constant.args === 'bigint' ? Number(constant.args) : spec.min;
  const near = [at - 1, at, at + 1].filter((n) => n >= spec.min && n <= spec.max);
  return [spec.min, spec.max, ...near].map((n) => ({ ...defaults, [name]: BigInt(n) }));
};

const boolean = (name: string, params: ParamSpecs, defaults: Readonly<Record<string, unknown>>) =>
  params[name]?.type === 'boolean' ? [true, false].map((value) => ({ ...defaults, [name]: value })) : undefined;

const cel = (value: string | number | boolean): unknown => (typeof value === 'number' ? BigInt(value) : value);

const holds = (node: Tree, chosen: ReadonlyMap<string, boolean | string>): boolean => {
  const check = checkField(node);
  if (check) return chosen.get(`checks.${check[0]}`) === check[1];
  switch (node.op) {
    case '&&':
      return holds(node.args[0], chosen) && holds(node.args[1], chosen);
    case '||':
      return holds(node.args[0], chosen) || holds(node.args[1], chosen);
    case '!_':
      return !holds(node.args, chosen);
    case '?:':
      return holds(node.args[0], chosen) ? holds(node.args[1], chosen) : holds(node.args[2], chosen);
    default:
      return chosen.get(sourceOf(node)) === true;
  }
};
