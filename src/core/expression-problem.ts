import { type ExpressionProblem, miscall, mismatch, problem } from './expression-mismatch.js';
import { findNode, isNode, sourceOf, type Tree } from './expression-tree.js';
import type { FactSchema } from './fact-type.js';
import { didYouMean } from './nearest.js';

/** What the library says of a text that is no expression, in words. */
export const syntaxProblem = (said: string, text: string, offset: number): ExpressionProblem => {
  const at = Math.min(offset, text.trimEnd().length);
  const word = /^\w+/.exec(text.slice(at))?.[0]?.toLowerCase() ?? '';
  const before = /\bnot\s+$/i.exec(text.slice(0, at));
  if (before) return problem('`not` is no word of expressions', before.index, ' Write `!`.');
  const instead = WORDS.get(word);
  if (instead !== undefined) return problem(`\`${word}\` is no word of expressions`, at, ` Write \`${instead}\`.`);
  for (const [wrong, right] of SIGNS)
    for (const from of [at - wrong.length + 1, at])
      if (from >= 0 && text.startsWith(wrong, from) && !text.startsWith('==', from))
        return problem(`\`${wrong}\` is no sign of expressions`, from, ` Write \`${right}\`.`);
  const missing = /^Expected (\w+), got EOF/.exec(said)?.[1];
  const closing = missing === undefined ? undefined : CLOSING.get(missing);
  if (closing !== undefined) return problem(`A \`${closing}\` is missing`, at, '');
  if (said.startsWith('Unterminated string')) return problem('This text has no closing quote', at, '');
  if (!said.endsWith('EOF')) return problem(said, at, '');
  const share = text.trimEnd().endsWith('%') ? ' A share is a number without %.' : '';
  return problem('Something is missing at the end', Math.max(0, at - 1), share);
};

const WORDS: ReadonlyMap<string, string> = new Map([
  ['and', '&&'],
  ['or', '||'],
  ['is', '=='],
  ['eq', '=='],
  ['matches', 'search(text, pattern)'],
  ['contains', 'text.contains(part)'],
]);
const SIGNS: readonly (readonly [wrong: string, right: string])[] = [
  ['=~', 'search(text, pattern)'],
  ['=>', '>='],
  ['=<', '<='],
  ['<>', '!='],
  ['=', '=='],
  ['&', '&&'],
  ['|', '||'],
];
const CLOSING: ReadonlyMap<string, string> = new Map([
  ['RPAREN', ')'],
  ['RBRACKET', ']'],
  ['RBRACE', '}'],
  ['COLON', ':'],
]);

/** What the library says of an expression whose types do not fit, in words. */
export const typeProblem = (
  said: string,
  offset: number,
  node: unknown,
  tree: Tree,
  scope: Readonly<Record<string, FactSchema>>,
): ExpressionProblem =>
  (isNode(node) ? (mismatch(said, node) ?? miscall(said, node)) : undefined) ??
  problem(said, offset, nearestTo(said, offset, tree, scope));

const FEW = 12;

/** The right word nearest to the wrong one: a variable, or a field of the record that it is looked for in. */
const nearestTo = (
  message: string,
  offset: number,
  tree: Tree,
  scope: Readonly<Record<string, FactSchema>>,
): string => {
  const variable = /^Unknown variable: (\w+)$/.exec(message)?.[1];
  if (variable === 'checks') return ' Only changes can speak of checks.';
  if (variable !== undefined)
    return didYouMean(variable, Object.keys(scope)) || ` Text stands in quotes: \`"${variable}"\`.`;
  const key = /^No such key: (\w+)$/.exec(message)?.[1];
  if (key === undefined) return '';
  const access = findNode(tree, (n) => n.op === '.' && n.args[1] === key && n.start <= offset && offset <= n.end);
  const fields = access?.op === '.' ? fieldsAt(sourceOf(access.args[0]).split('.'), scope) : [];
  const near = didYouMean(key, fields);
  return near !== '' || fields.length === 0 || fields.length > FEW ? near : ` Known: ${fields.join(', ')}.`;
};

const fieldsAt = (path: readonly string[], scope: Readonly<Record<string, FactSchema>>): readonly string[] => {
  let at: FactSchema[string] | undefined = scope;
  for (const field of path) at = isRecord(at) ? at[field] : undefined;
  return isRecord(at) ? Object.keys(at) : [];
};

const isRecord = (type: FactSchema[string] | undefined): type is FactSchema =>
  typeof type === 'object' && !Array.isArray(type);
