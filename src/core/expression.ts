import { Environment } from '@marcbachmann/cel-js';
import { RE2JS } from 're2js';
import type { ExpressionProblem } from './expression-mismatch.js';
import { syntaxProblem, typeProblem } from './expression-problem.js';
import { type Texts, textMistake } from './expression-text.js';
import { children, findNode, type Tree } from './expression-tree.js';
import type { FactField, FactSchema, FactValue, FieldType } from './fact-type.js';

/**
 * CEL expressions of runbooks, type-checked when the runbook is loaded and evaluated over plain data. `matches` of the
 * library backtracks and is replaced by RE2 (linear time).
 */

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

/** Compiles expressions over the given variables; `texts`: what their fields can be compared with. */
export const compiler = (scope: Scope, texts: Texts = { literals: {}, choices: {} }) => {
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
        const { range, node } = checked.error ?? {};
        const wrong = typeProblem(summary(checked.error), range?.start ?? 0, node, parsed.ast, scope);
        return { ok: false, problem: wrong };
      }
      const mistaken = textMistake(parsed.ast, texts);
      if (mistaken) return problem(mistaken.message, mistaken.offset);
      const mentions = new Set<string>();
      collect(parsed.ast, mentions, scope);
      const evaluate = (variables: Readonly<Record<string, FactValue>>): unknown =>
        parsed(
          Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, toCel(value, scope[name] ?? {})])),
        );
      return { ok: true, value: { text, mentions, type: checked.type ?? 'dyn', evaluate } };
    } catch (error) {
      return { ok: false, problem: syntaxProblem(summary(error), text, offsetOf(error)) };
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

const problem = (message: string, offset: number) => ({ ok: false as const, problem: { message, offset, hint: '' } });

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
