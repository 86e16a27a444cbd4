import { pieceOf, type Value, valuesOf } from './condition-piece.js';
import { evaluated, namesIn, type Tree, treeOf } from './expression-tree.js';
import type { ParamSpecs } from './params.js';

/**
 * Whether a condition can come out true (or false) at all, whatever the host: by trying every combination of what its
 * pieces can be about. Pieces that are not `!`, `&&`, `||` or `?:` are independent of each other, unless they compare the
 * same with constants. Where there are too many to try it answers yes.
 */
export interface Assumed {
  readonly params: ParamSpecs;
  /** Judged with the params' defaults, not with all values that they can have. */
  readonly atDefaults?: boolean;
  /** What is known to be so, by what it is of: `s.running`. */
  readonly values?: ReadonlyMap<string, Value>;
  /** What is known of each check, by its name; of one that is not named, nothing. */
  readonly checks?: ReadonlyMap<string, KnownCheck>;
}

export const CHECK_STATES = ['passed', 'failed', 'skipped', 'error'] as const;
export type CheckState = (typeof CHECK_STATES)[number];

/** States that a check can be in, and its conditions where they alone decide whether it passes or fails. */
export interface KnownCheck {
  readonly states: readonly CheckState[];
  readonly when?: string;
  readonly expect?: string;
}

const MAX_COMBINATIONS = 200_000;

export const canBe = (text: string, wanted: boolean, assumed: Assumed): boolean => {
  const tree = treeOf(text);
  if (!tree) return true;
  if (!isReachable(tree, wanted, assumed, false)) return false;
  return !assumed.checks || isReachable(tree, wanted, assumed, true);
};

/** With `bound` only where what the checks' own conditions say agrees with the states that they are in. */
const isReachable = (tree: Tree, wanted: boolean, assumed: Assumed, bound: boolean): boolean => {
  const reader = new ConditionReader(assumed);
  const holds = reader.read(tree);
  const agrees = bound ? [...reader.states.keys()].map((name) => reader.agreement(name)) : [];
  const choices = reader.choices();
  if (choices.reduce((n, { options }) => n * options.length, 1) > MAX_COMBINATIONS) return true;
  const chosen = new Map<string, Value>();
  const reached = (at: number): boolean => {
    const choice = choices[at];
    if (!choice) return holds(chosen) === wanted && agrees.every((agree) => agree(chosen));
    return choice.options.some((option) => {
      chosen.set(choice.key, option);
      return reached(at + 1);
    });
  };
  return reached(0);
};

/** Whether a condition holds for the values of all that it is about. */
type Holds = (chosen: ReadonlyMap<string, Value>) => boolean;

/** Reads conditions, and notes what they are about. */
class ConditionReader {
  /** States of checks that are asked for, by the check's name. */
  readonly states = new Map<string, Set<string>>();
  private readonly subjects = new Map<string, Value[]>();

  constructor(private readonly assumed: Assumed) {}

  read(node: Tree): Holds {
    const check = checkField(node);
    if (check) return this.stateIs(...check);
    switch (node.op) {
      case '&&':
      case '||': {
        const [left, right] = [this.read(node.args[0]), this.read(node.args[1])];
        return node.op === '&&' ? (c) => left(c) && right(c) : (c) => left(c) || right(c);
      }
      case '!_': {
        const negated = this.read(node.args);
        return (c) => !negated(c);
      }
      case '?:': {
        const [condition, yes, no] = [this.read(node.args[0]), this.read(node.args[1]), this.read(node.args[2])];
        return (c) => (condition(c) ? yes(c) : no(c));
      }
      default:
        return this.piece(node);
    }
  }

  /** Where a check has passed or failed, its `when` held, and its `expect` did or did not. */
  agreement(name: string): Holds {
    const { when, expect } = this.assumed.checks?.get(name) ?? {};
    const [expected, applies] = [expect, when].map((text) => (text === undefined ? undefined : treeOf(text)));
    const passes = expected && this.read(expected);
    const judged = applies && this.read(applies);
    return (c) => {
      const state = c.get(stateKey(name));
      if (!passes || (state !== 'passed' && state !== 'failed')) return true;
      return (!judged || judged(c)) && passes(c) === (state === 'passed');
    };
  }

  choices(): readonly { readonly key: string; readonly options: readonly Value[] }[] {
    return [
      ...[...this.subjects].map(([key, constants]) => ({ key, options: this.valuesOf(key, constants) })),
      ...[...this.states].map(([name, asked]) => ({ key: stateKey(name), options: this.statesOf(name, asked) })),
    ];
  }

  private valuesOf(subject: string, constants: readonly Value[]): readonly Value[] {
    const known = this.assumed.values?.get(subject);
    return known === undefined ? valuesOf(subject, constants, this.assumed) : [known];
  }

  private stateIs(name: string, state: string): Holds {
    this.states.set(name, (this.states.get(name) ?? new Set()).add(state));
    return (c) => c.get(stateKey(name)) === state;
  }

  private piece(node: Tree): Holds {
    const given = this.assumed.atDefaults ? byDefaults(node, this.assumed.params) : undefined;
    if (given !== undefined) return () => given;
    const { subject, constants, holds } = pieceOf(node);
    if (constants.length > 0) this.subjects.set(subject, [...(this.subjects.get(subject) ?? []), ...constants]);
    return (c) => holds(c.get(subject) ?? false);
  }

  /** States that the condition can tell apart from the others, and of these the one that says least of the check. */
  private statesOf(name: string, asked: ReadonlySet<string>): readonly string[] {
    const possible = this.assumed.checks?.get(name)?.states ?? CHECK_STATES;
    const others = possible.filter((state) => !asked.has(state));
    const other = others.at(-1);
    return [...possible.filter((state) => asked.has(state)), ...(other === undefined ? [] : [other])];
  }
}

const stateKey = (name: string): string => `checks.${name}`;

/** Checks that a condition mentions, as `checks.NAME.STATE`. */
const checkField = (node: Tree): readonly [string, string] | undefined => {
  if (node.op !== '.') return undefined;
  const [check, state] = node.args;
  if (check.op !== '.') return undefined;
  const [root, name] = check.args;
  return root.op === 'id' && root.args === 'checks' ? [name, state] : undefined;
};

/** What a piece is that is about params alone, where they have their defaults. */
const byDefaults = (node: Tree, params: ParamSpecs): boolean | undefined => {
  const names = [...namesIn(node)];
  if (names.length === 0 || names.some((name) => name !== 'params')) return undefined;
  const defaults = Object.entries(params).map(([name, { default: value }]) => [name, cel(value)] as const);
  const value = evaluated(node, { params: Object.fromEntries(defaults) });
  return typeof value === 'boolean' ? value : undefined;
};

const cel = (value: Value): unknown => (typeof value === 'number' ? BigInt(value) : value);
