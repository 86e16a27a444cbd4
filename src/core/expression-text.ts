import { children, isText, sourceOf, type Tree } from './expression-tree.js';
import type { Literals } from './fact-type.js';

/** What the fields of text of each variable can be, and the texts that each param of that kind chooses from. */
export interface Texts {
  readonly literals: Readonly<Record<string, Literals>>;
  readonly choices: Readonly<Record<string, readonly string[]>>;
}

/** Comparisons of text that have a value on every host, and never the one that is meant. */
export const textMistake = (
  node: Tree,
  texts: Texts,
): { readonly offset: number; readonly message: string } | undefined => {
  const message = ordered(node) ?? impossible(node, texts);
  if (message !== undefined) return { offset: node.start, message };
  return children(node).reduce<ReturnType<typeof textMistake>>(
    (found, child) => found ?? textMistake(child, texts),
    undefined,
  );
};

/** Text is ordered by its characters: "10000" stands before "4096". */
const ordered = (node: Tree): string | undefined => {
  if (node.op !== '<' && node.op !== '<=' && node.op !== '>' && node.op !== '>=') return undefined;
  const [left, right] = node.args;
  if (!isText(left) || !isText(right)) return undefined;
  const [a, b] = [asNumber(left), asNumber(right)];
  const instead = a !== undefined && b !== undefined ? `\`${a} ${node.op} ${b}\`` : 'numbers, `int(…)`';
  return `\`${node.op}\` compares these as text, where "10000" is below "4096"; write ${instead}`;
};

/** The source of the text as a number; undefined for a literal that is none. */
const asNumber = (node: Tree): string | undefined => {
  const literal = literalOf(node);
  if (literal === undefined) return `int(${sourceOf(node)})`;
  return /^-?(?:0|[1-9]\d*)$/.test(literal) ? literal : undefined;
};

/** What is compared with a literal that it can never be. */
const impossible = (node: Tree, { literals, choices }: Texts): string | undefined => {
  if (node.op !== '==' && node.op !== '!=' && node.op !== 'in') return undefined;
  const [left, right] = node.args;
  const wrongWith = (field: Tree, others: readonly Tree[]): string | undefined => {
    if (field.op !== '.' || field.args[0].op !== 'id') return undefined;
    const wrong = literals[field.args[0].args]?.[field.args[1]];
    if (!wrong) return undefined;
    for (const other of others) {
      const literal = literalOf(other);
      const message = literal === undefined ? undefined : wrong(literal);
      if (message !== undefined) return `\`${sourceOf(field)}\` is never ${sourceOf(other)}: ${message}`;
      const chosen = paramOf(other);
      const [first, ...more] = (chosen === undefined ? [] : (choices[chosen] ?? [])).map(wrong);
      if (first !== undefined && !more.includes(undefined))
        return `\`${sourceOf(field)}\` is never what \`${sourceOf(other)}\` can be: ${first}`;
    }
    return undefined;
  };
  if (node.op === 'in') return right.op === 'list' ? wrongWith(left, right.args) : undefined;
  return wrongWith(left, [right]) ?? wrongWith(right, [left]);
};

const paramOf = ({ op, args }: Tree): string | undefined =>
  op === '.' && args[0].op === 'id' && args[0].args === 'params' ? args[1] : undefined;

const literalOf = (node: Tree): string | undefined =>
  node.op === 'value' && typeof node.args === 'string' ? node.args : undefined;
