import { type ASTNode, Environment } from '@marcbachmann/cel-js';

/** The tree of an expression, for questions that its type does not answer. */
export type Tree = ASTNode;

const parser = new Environment({ unlistedVariablesAreDyn: true });

/** The tree of a text; undefined where it is no expression. */
export const treeOf = (text: string): Tree | undefined => {
  try {
    return parser.parse(text).ast;
  } catch {
    return undefined;
  }
};

export const isNode = (part: unknown): part is Tree =>
  typeof part === 'object' && part !== null && 'op' in part && 'args' in part;

export const children = (node: Tree): readonly Tree[] => {
  const found: Tree[] = [];
  const visit = (part: unknown): void => {
    if (Array.isArray(part)) part.forEach(visit);
    else if (isNode(part)) found.push(part);
  };
  visit(node.args);
  return found;
};

/** The type of a node in a tree whose types have been checked: `int`, `list<string>`; `dyn` where it is not known. */
export const typeName = (node: Tree): string => {
  const type: unknown = 'checkedType' in node ? node.checkedType : undefined;
  return typeof type === 'object' && type !== null && 'name' in type ? String(type.name) : 'dyn';
};

/** Whether a node, in a tree whose types have been checked, is text. */
export const isText = (node: Tree): boolean => typeName(node) === 'string';

export const findNode = (node: Tree, wanted: (n: Tree) => boolean): Tree | undefined =>
  wanted(node) ? node : children(node).reduce<Tree | undefined>((hit, c) => hit ?? findNode(c, wanted), undefined);

/** The node's own text, white space folded, so that equal pieces are equal texts. */
export const sourceOf = (node: Tree): string => node.input.slice(node.start, node.end).replace(/\s+/g, ' ').trim();

/** Names that the node mentions at the root of a path: `f` of `f.a.b`. */
export const namesIn = (node: Tree): ReadonlySet<string> => {
  const names = new Set<string>();
  const visit = (n: Tree): void => {
    if (n.op === 'id') names.add(n.args);
    children(n).forEach(visit);
  };
  visit(node);
  return names;
};

/** The value of an expression over these variables; undefined where it has none. */
export const evaluated = (node: Tree, variables: Readonly<Record<string, unknown>>): unknown => {
  try {
    return parser.evaluate(sourceOf(node), variables);
  } catch {
    return undefined;
  }
};
