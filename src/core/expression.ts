import { Environment } from '@marcbachmann/cel-js';
import { RE2JS } from 're2js';
import { children, findNode, sourceOf, type Tree } from './expression-tree.js';
import type { FactField, FactSchema, FactValue, FieldType } from './fact-type.js';
import { didYouMean } from './nearest.js';

/**
 * CEL expressions of runbooks, type-checked when the runbook is loaded and evaluated over plain data. `matches` of the
 * library backtracks and is replaced by RE2 (linear time).
 */

export interface ExpressionProblem {
  readonly message: string;
  /** Offset in the expression's text, for file:line:column. */
  readonly offset: number;
  /** The nearest right word, or the few there are; empty where there is none. */
  readonly hint: string;
}

export interface Expression {
  readonly text: string;
  /** Names of the variables it mentions, `ports.busiest` counting as `ports`; `checks` as `checks.NAME`. */
  readonly mentions: ReadonlySet<string>;
  readonly type: string;
  /** Throws when it cannot be evaluated; the caller turns that into the verdict `error`. */
  evaluate(variables: Readonly<Record<string, FactValue>>): unknown;
}

const LIMITS = { maxAstNodes: 500, maxDepth: 40, maxListElements: 200, maxMapEntries: 50, maxCallArguments: 10 };

export type Scope = Readonly<Record<string, FactSchema>>;

/** Compiles expressions over the given variables. */
export const compiler = (scope: Scope) => {
  const env = new Environment({ limits: LIMITS });
  for (const [name, schema] of Object.entries(scope)) env.registerVariable({ name, schema: celSchema(schema) });
  env.registerFunction('search(string, string): bool', (text: string, pattern: string) =>
    RE2JS.compile(pattern).matcher(text).find(),
  );
  env.registerFunction('find(string, string): string', (text: string, pattern: string) => {
    const matcher = RE2JS.compile(pattern).matcher(text);
    return matcher.find() ? (matcher.group() ?? '') : '';
  });
  return (text: string): { ok: true; value: Expression } | { ok: false; problem: ExpressionProblem } => {
    try {
      const parsed = env.parse(text);
      const backtracking = findNode(parsed.ast, (n) => n.op === 'rcall' && n.args[0] === 'matches');
      if (backtracking) {
        return problem('`matches` can take for ever; use search(text, pattern)', backtracking.start);
      }
      const checked = parsed.check();
      if (!checked.valid) {
        const message = summary(checked.error);
        const start = checked.error?.range?.start ?? 0;
        return problem(message, start, hintFor(message, start, parsed.ast, scope));
      }
      const mentions = new Set<string>();
      collect(parsed.ast, mentions, scope);
      const evaluate = (variables: Readonly<Record<string, FactValue>>): unknown =>
        parsed(
          Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, toCel(value, scope[name] ?? {})])),
        );
      return { ok: true, value: { text, mentions, type: checked.type ?? 'dyn', evaluate } };
    } catch (error) {
      return problem(summary(error), offsetOf(error));
    }
  };
};

/** Lists of records are for `each`; expressions see their items, one at a time. */
export const isListOfRecords = (type: FactSchema[string]): type is readonly [FactSchema] => Array.isArray(type);

type CelSchema = { [field: string]: FieldType | CelSchema };

const celSchema = (schema: FactSchema): CelSchema =>
  Object.fromEntries(
    Object.entries(schema).flatMap(([field, type]): [string, FieldType | CelSchema][] => {
      if (typeof type === 'string') return [[field, type]];
      return isListOfRecords(type) ? [] : [[field, celSchema(type)]];
    }),
  );

const problem = (message: string, offset: number, hint = '') => ({
  ok: false as const,
  problem: { message, offset, hint },
});

const FUNCTIONS = [
  'search',
  'find',
  'size',
  'has',
  'int',
  'double',
  'string',
  'exists',
  'all',
  'filter',
  'map',
  'join',
];
const METHODS = [
  ...FUNCTIONS,
  'startsWith',
  'endsWith',
  'contains',
  'split',
  'trim',
  'lowerAscii',
  'indexOf',
  'substring',
];
const FEW = 12;

/** The right word nearest to the wrong one: a variable, a field of the record it is looked for in, or a function. */
const hintFor = (message: string, offset: number, tree: Tree, scope: Scope): string => {
  const variable = /^Unknown variable: (\w+)$/.exec(message)?.[1];
  if (variable !== undefined) return didYouMean(variable, Object.keys(scope));
  const called = /^found no matching overload for '(?:[\w<>]+\.)?(\w+)\(/.exec(message)?.[1];
  if (called !== undefined) return METHODS.includes(called) ? '' : didYouMean(called, METHODS);
  const key = /^No such key: (\w+)$/.exec(message)?.[1];
  if (key === undefined) return '';
  const access = findNode(tree, (n) => n.op === '.' && n.args[1] === key && n.start <= offset && offset <= n.end);
  const fields = access?.op === '.' ? fieldsAt(sourceOf(access.args[0]).split('.'), scope) : [];
  const near = didYouMean(key, fields);
  return near !== '' || fields.length === 0 || fields.length > FEW ? near : ` Known: ${fields.join(', ')}.`;
};

const fieldsAt = (path: readonly string[], scope: Scope): readonly string[] => {
  let at: FactSchema[string] | undefined = scope;
  for (const field of path) at = typeof at === 'object' && !isListOfRecords(at) ? at[field] : undefined;
  return typeof at === 'object' && !isListOfRecords(at) ? Object.keys(at) : [];
};

const summary = (error: unknown): string =>
  error instanceof Error ? (error.message.split('\n')[0] ?? error.message) : String(error);

const offsetOf = (error: unknown): number => {
  if (typeof error !== 'object' || error === null || !('range' in error)) return 0;
  const { range } = error;
  return typeof range === 'object' && range !== null && 'start' in range && typeof range.start === 'number'
    ? range.start
    : 0;
};

const collect = (node: Tree, mentions: Set<string>, scope: Scope): void => {
  if (node.op === '.' && node.args[0].op === 'id' && node.args[0].args === 'checks') {
    mentions.add(`checks.${node.args[1]}`);
    return;
  }
  if (node.op === 'id' && Object.hasOwn(scope, node.args)) mentions.add(node.args);
  for (const child of children(node)) collect(child, mentions, scope);
};

/** Makes CEL values of plain data: a field declared `int` becomes a BigInt. A value that does not fit its type throws. */
const toCel = (value: FactValue, schema: FactSchema): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(schema).flatMap(([field, type]) =>
      isListOfRecords(type) ? [] : [[field, fieldToCel(field, value[field], type)] as const],
    ),
  );

const fieldToCel = (field: string, value: FactField | undefined, type: FieldType | FactSchema): unknown => {
  if (typeof type === 'object') {
    if (isRecord(value)) return toCel(value, type);
  } else if (type === 'int') {
    if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  } else if (type === 'double') {
    if (typeof value === 'number' && Number.isFinite(value)) return value;
  } else if (type === 'list<string>') {
    if (Array.isArray(value)) return [...value];
  } else if (typeof value === (type === 'bool' ? 'boolean' : 'string')) return value;
  throw new TypeError(`${field} is not of the type it declares`);
};

const isRecord = (value: FactField | undefined): value is FactValue =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
