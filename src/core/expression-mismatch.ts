import { children, sourceOf, type Tree, typeName } from './expression-tree.js';
import { didYouMean } from './nearest.js';

/** What is wrong with an expression, for a person. */
export interface ExpressionProblem {
  readonly message: string;
  /** Offset in the expression's text, for file:line:column. */
  readonly offset: number;
  /** The nearest right word, or what to write instead; empty where that is not known. */
  readonly hint: string;
}

export const problem = (message: string, offset: number, hint: string): ExpressionProblem => ({
  message,
  offset,
  hint,
});

/** Operands that an operator does not take together. */
export const mismatch = (said: string, node: Tree): ExpressionProblem | undefined => {
  if (said.startsWith('Logical operator')) {
    const odd = children(node).find((operand) => typeName(operand) !== 'bool');
    return odd && problem(`\`${node.op}\` joins what is true or false, and ${described(odd, 'is')}`, odd.start, '');
  }
  if (said.startsWith('Ternary condition'))
    return problem(`What stands before \`?\` must be true or false, and ${described(node, 'is')}`, node.start, '');
  if (node.op === '?:' && said.startsWith('Ternary branches')) {
    const [, yes, no] = node.args;
    const message = `Both answers must be of one kind, and ${described(yes, 'is')} where ${described(no, 'is')}`;
    return problem(message, yes.start, typeName(no) === 'string' ? ` Write \`string(${sourceOf(yes)})\`.` : '');
  }
  if (said.startsWith('Cannot index') && (node.op === '.' || node.op === '[]')) {
    const counted = node.op === '.' && ALIASES.get(String(node.args[1])) === 'size';
    const hint = counted ? ` Write \`size(${sourceOf(node.args[0])})\`.` : '';
    return problem(`${described(node.args[0])} has no ${node.op === '.' ? 'fields' : 'items'}`, node.start, hint);
  }
  if (!said.startsWith('no such overload')) return undefined;
  const [left, right] = children(node);
  if (!left) return undefined;
  if (!right) return problem(`\`${node.op[0]}\` does not go with ${described(left)}`, node.start, '');
  const hint = insteadOf(node.op, left, right);
  const message =
    node.op === 'in'
      ? `${described(left)} cannot be in ${described(right)}`
      : `\`${node.op}\` cannot ${/[=<>]/.test(node.op) ? 'compare' : 'take'} ${described(left)} and ${described(right)}`;
  return problem(message, node.start, hint === undefined ? '' : ` Write \`${hint}\`.`);
};

/** `f.mode` (text), or `f.mode` is text */
const described = (node: Tree, verb?: string): string => {
  const type = kindOf(typeName(node));
  return verb === undefined ? `\`${sourceOf(node)}\` (${type})` : `\`${sourceOf(node)}\` ${verb} ${type}`;
};

const KINDS: ReadonlyMap<string, string> = new Map([
  ['int', 'a whole number'],
  ['double', 'a number'],
  ['string', 'text'],
  ['bool', 'true or false'],
  ['list<string>', 'a list of texts'],
  ['list<int>', 'a list of whole numbers'],
  ['list', 'a list'],
  ['map', 'a record'],
]);
const kindOf = (type: string): string => KINDS.get(type) ?? (type.startsWith('$') ? 'a record' : type);

const isLiteral = (node: Tree): boolean => node.op === 'value';

/** What the author likely meant by an operator between these two. */
const insteadOf = (op: string, left: Tree, right: Tree): string | undefined => {
  const [a, b] = [sourceOf(left), sourceOf(right)];
  const types = `${typeName(left)} ${typeName(right)}`;
  const equality = op === '==' || op === '!=';
  switch (types) {
    case 'string int':
      if (!/[=<>]/.test(op)) return undefined;
      if (equality && isLiteral(right)) return `${a} ${op} "${b}"`;
      return numberOf(left) && `${numberOf(left)} ${op} ${b}`;
    case 'int string':
      return /[=<>]/.test(op) ? numberOf(right) && `${a} ${op} ${numberOf(right)}` : undefined;
    case 'bool string':
    case 'bool int':
      return isLiteral(left) || !equality || !isLiteral(right) ? undefined : alone(a, op, b);
    case 'int double':
      return `double(${a}) ${op} ${b}`;
    case 'double int':
      return isLiteral(right) ? `${a} ${op} ${b}.0` : `${a} ${op} double(${b})`;
    case 'list<string> string':
      if (!equality) return undefined;
      return op === '==' ? `${b} in ${a}` : `!(${b} in ${a})`;
    case 'string string':
      return op === 'in' ? `${b}.contains(${a})` : undefined;
    case 'string list<int>':
      return op === 'in' ? `${a} in ${b.replace(/-?\d+/g, '"$&"')}` : undefined;
    case 'string null':
      return equality ? `${a} ${op} ""` : undefined;
    default:
      return undefined;
  }
};

/** Text as the number that it says; undefined for a literal that says none. */
const numberOf = (text: Tree): string | undefined => {
  const source = sourceOf(text);
  if (!isLiteral(text)) return `int(${source})`;
  return /^["']\d+["']$/.test(source) ? source.slice(1, -1) : undefined;
};

/** A truth that is compared with a word for one. */
const alone = (truth: string, op: string, word: string): string | undefined => {
  const yes = /^(?:["'](?:true|yes|1)["']|1)$/i.test(word);
  if (!yes && !/^(?:["'](?:false|no|0)["']|0)$/i.test(word)) return undefined;
  return yes === (op === '==') ? truth : `!${truth}`;
};

/** What a function takes. */
const TAKES: ReadonlyMap<string, string> = new Map([
  ['search', '(text, pattern)'],
  ['find', '(text, pattern)'],
  ['size', 'text or a list'],
  ['int', 'text or a number'],
  ['double', 'text or a number'],
  ['string', 'a number, or true or false'],
  ['contains', 'text, in text'],
  ['startsWith', 'text, of text'],
  ['endsWith', 'text, of text'],
]);

/** A function that is there, and does not take these arguments. */
export const miscall = (said: string, node: Tree): ExpressionProblem | undefined => {
  const [, type, name, args] = /^found no matching overload for '(?:([\w<>]+)\.)?(\w+)\((.*)\)'$/.exec(said) ?? [];
  if (name === undefined) return undefined;
  const takes = TAKES.get(name);
  if (takes === undefined) return METHODS.has(name) ? undefined : unknownFunction(name, node);
  const given = (args ?? '').split(', ').filter(Boolean).map(kindOf).join(', ');
  if (type === undefined) return problem(`\`${name}\` does not take (${given})`, node.start, ` It takes ${takes}.`);
  const [subject] = children(node);
  const [argument] = children(node).slice(1);
  const listed = type.startsWith('list') && name === 'contains' && subject && argument;
  const hint = listed ? ` Write \`${sourceOf(argument)} in ${sourceOf(subject)}\`.` : ` It takes ${takes}.`;
  return problem(`\`${name}\` does not go with ${kindOf(type)}`, node.start, hint);
};

const unknownFunction = (name: string, node: Tree): ExpressionProblem => {
  const alias = ALIASES.get(name.toLowerCase());
  const hint = alias === undefined ? didYouMean(name, METHODS) : ` Did you mean \`${alias}\`?`;
  return problem(`There is no function \`${name}\``, node.start, hint);
};

/** Names that functions have elsewhere. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['len', 'size'],
  ['length', 'size'],
  ['count', 'size'],
  ['match', 'search'],
  ['regex', 'search'],
  ['grep', 'search'],
  ['lower', 'lowerAscii'],
  ['any', 'exists'],
]);

const METHODS: ReadonlySet<string> = new Set([
  ...['search', 'find', 'size', 'int', 'double', 'string', 'exists', 'all', 'filter', 'map', 'join'],
  ...['startsWith', 'endsWith', 'contains', 'split', 'trim', 'lowerAscii', 'indexOf', 'substring'],
]);
