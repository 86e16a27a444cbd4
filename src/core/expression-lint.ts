import { RE2JS } from 're2js';
import { children, sourceOf, type Tree, treeOf } from './expression-tree.js';

/** Something in an expression that its type does not show. Offsets count from its beginning. */
export interface Doubt {
  readonly offset: number;
  readonly message: string;
}

/**
 * What can go wrong unseen when an expression is evaluated: an operand of `||` or `&&` that fails is passed over when
 * the other one decides, so a verdict could rest on something that was never read; `dyn` makes values of different
 * types unequal without a word; `has` is true of every field that there is; a pattern of `search` that is no regular
 * expression fails on every host.
 */
export const hiddenErrors = (text: string): readonly Doubt[] => {
  const tree = treeOf(text);
  return tree ? [...swallowed(tree, []), ...everywhere(tree)] : [];
};

/** What fails where a host's data is not as expected, and is not guarded: in a message it would hide the finding. */
export const openErrors = (text: string): readonly Doubt[] => {
  const tree = treeOf(text);
  const fragile = tree ? unguarded(tree, []) : [];
  return fragile.map((node) => ({
    offset: node.start,
    message: `${why(node)}, and the finding is then told as an error: ${advice(node)}`,
  }));
};

const swallowed = (node: Tree, guards: readonly string[]): readonly Doubt[] => {
  const inside = (fragile: readonly Tree[], by: string): readonly Doubt[] =>
    fragile.map((n) => ({ offset: n.start, message: `${why(n)}, and ${by} hides that: ${advice(n)}` }));
  switch (node.op) {
    case '&&':
    case '||': {
      const [left, right] = node.args;
      return inside([...unguarded(left, guards), ...unguarded(right, [...guards, sourceOf(left)])], `\`${node.op}\``);
    }
    case '?:': {
      const [condition, yes, no] = node.args;
      const more = [...guards, sourceOf(condition)];
      return [...swallowed(condition, guards), ...swallowed(yes, more), ...swallowed(no, more)];
    }
    case 'rcall': {
      const [name, list, args] = node.args;
      const body = name === 'exists' || name === 'all' ? args.flatMap((arg) => unguarded(arg, guards)) : [];
      return [...swallowed(list, guards), ...inside(body, `\`${name}\``)];
    }
    default:
      return children(node).flatMap((child) => swallowed(child, guards));
  }
};

/** Nodes that can fail on some host, unless a condition to their left speaks of what they depend on. */
const unguarded = (node: Tree, guards: readonly string[]): readonly Tree[] => {
  const subject = dependsOn(node);
  const here = subject !== undefined && !guards.some((guard) => guard.includes(subject)) ? [node] : [];
  switch (node.op) {
    case '&&':
    case '||':
      return [...unguarded(node.args[0], guards), ...unguarded(node.args[1], [...guards, sourceOf(node.args[0])])];
    case '?:': {
      const more = [...guards, sourceOf(node.args[0])];
      return [...unguarded(node.args[0], guards), ...unguarded(node.args[1], more), ...unguarded(node.args[2], more)];
    }
    default:
      return [...here, ...children(node).flatMap((child) => unguarded(child, guards))];
  }
};

const CONVERSIONS: ReadonlySet<string> = new Set(['int', 'uint', 'double', 'bool', 'timestamp', 'duration']);
const CUTS: ReadonlySet<string> = new Set(['substring', 'charAt']);

/** The text of what a node can fail on; undefined where it cannot. */
const dependsOn = (node: Tree): string | undefined => {
  switch (node.op) {
    case '[]':
      return sourceOf(node.args[0]);
    case '/':
    case '%': {
      const divisor = node.args[1];
      return divisor.op === 'value' && Number(divisor.args) !== 0 ? undefined : sourceOf(divisor);
    }
    case 'call': {
      const [name, [first]] = node.args;
      return CONVERSIONS.has(name) && first && first.op !== 'value' ? sourceOf(first) : undefined;
    }
    case 'rcall':
      return CUTS.has(node.args[0]) ? sourceOf(node.args[1]) : undefined;
    default:
      return undefined;
  }
};

const why = (node: Tree): string => {
  const text = `\`${sourceOf(node)}\``;
  if (node.op === '[]') return `${text} fails where there is no such item`;
  if (node.op === '/' || node.op === '%') return `${text} fails where the divisor is 0`;
  if (node.op === 'call') return `${text} fails where the text is no ${node.args[0] === 'bool' ? 'truth' : 'number'}`;
  return `${text} fails where the text is shorter`;
};

const advice = (node: Tree): string => {
  const subject = dependsOn(node) ?? '';
  if (node.op === '[]') return `put \`size(${subject}) > 0 &&\` before it`;
  if (node.op === '/' || node.op === '%') return `put \`${subject} != 0 &&\` before it`;
  if (node.op === 'call' && node.args[0] === 'int')
    return `put \`search(${subject}, "^[0-9]+$") &&\` before it, or make a check of its own of it`;
  return `put a condition on \`${subject}\` before it`;
};

const everywhere = (node: Tree): readonly Doubt[] => {
  const below = children(node).flatMap(everywhere);
  if (node.op !== 'call') return below;
  const [name, args] = node.args;
  if (name === 'dyn')
    return [{ offset: node.start, message: '`dyn` hides a type: values of different types are never equal' }, ...below];
  if (name === 'has' && args[0])
    return [
      {
        offset: node.start,
        message: `\`has\` is true on every host, for a fact has all its fields: say what \`${sourceOf(args[0])}\` must be`,
      },
      ...below,
    ];
  const pattern = name === 'search' || name === 'find' ? args[1] : undefined;
  if (pattern?.op !== 'value' || typeof pattern.args !== 'string') return below;
  const wrong = patternMistake(pattern.args);
  return wrong === undefined ? below : [{ offset: pattern.start, message: wrong }, ...below];
};

/** Patterns in which `^` or `$` stands for an end of a whole text of many lines, one of `texts`: likely a line's is meant. */
export const wholeTextPatterns = (text: string, texts: ReadonlySet<string>): readonly Doubt[] => {
  const tree = treeOf(text);
  return tree ? anchored(tree, texts) : [];
};

const anchored = (node: Tree, texts: ReadonlySet<string>): readonly Doubt[] => {
  const below = children(node).flatMap((child) => anchored(child, texts));
  if (node.op !== 'call' || (node.args[0] !== 'search' && node.args[0] !== 'find')) return below;
  const [subject, pattern] = node.args[1];
  if (!subject || !texts.has(sourceOf(subject)) || typeof pattern?.args !== 'string') return below;
  const anchor = /^\((?=\^)|^\^(?!#!)|(?<!\\)\$\)?$/.exec(pattern.args)?.[0];
  if (anchor === undefined || /\(\?[a-zA-Z]*m/.test(pattern.args)) return below;
  const ends =
    '`^` and `$` are the ends of the whole text here, not of a line: `(?m)` before the pattern makes them that';
  return [{ offset: pattern.start, message: ends }, ...below];
};

const patternMistake = (pattern: string): string | undefined => {
  try {
    RE2JS.compile(pattern);
    return undefined;
  } catch (error) {
    const said = error instanceof Error ? error.message.split('\n')[0] : String(error);
    return `This is no regular expression (RE2): ${said}`;
  }
};
