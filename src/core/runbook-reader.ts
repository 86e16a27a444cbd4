import type { z } from 'zod';
import { bindArgs, placeholdersIn, unreplacedIn } from './args.js';
import { compiler as compilerOf } from './expression.js';
import { type Compile, ExpressionReader } from './expression-reader.js';
import type { Texts } from './expression-text.js';
import type { FactSchema, Literals } from './fact-type.js';
import { nearest } from './nearest.js';
import type { ParamSpecs } from './params.js';
import type { Registry } from './registry.js';
import type { Runbook, RunbookChange, RunbookCheck, RunbookFact } from './runbook.js';
import type { RunbookFile } from './runbook-file.js';
import { factFor, unknown, whyUnmet, words } from './runbook-needs.js';
import { choicesOf, listsIn, otherValues, paramSchema } from './runbook-scope.js';
import { scriptEnv } from './script-env.js';
import { type Path, type YamlFile, zodMistakes } from './yaml-file.js';

/** Names that an expression could not mean as a variable: ours, and the language's words and types. */
const RESERVED: ReadonlySet<string> = new Set([
  ...['params', 'checks', 'as', 'break', 'const', 'continue', 'else', 'false', 'for', 'function', 'if', 'import', 'in'],
  ...['let', 'loop', 'package', 'namespace', 'null', 'return', 'true', 'var', 'void', 'while', 'dyn', 'type', 'list'],
  ...['map', 'int', 'uint', 'double', 'string', 'bool', 'bytes', 'cel', 'optional', 'google', 'prototype'],
]);

const CHECK_FIELDS = { passed: 'bool', failed: 'bool', skipped: 'bool', error: 'bool' } as const;

/** Reads a runbook of the right shape: types of facts and changes, their arguments, and every expression. */
export class RunbookReader extends ExpressionReader {
  private params: ParamSpecs = {};
  private readonly schemas = new Map<string, FactSchema>();
  private readonly literals: Record<string, Literals> = {};
  private texts: Texts = { literals: this.literals, choices: {} };

  constructor(
    file: YamlFile,
    private readonly registry: Registry,
  ) {
    super(file);
  }

  runbook(data: RunbookFile): Runbook {
    this.params = data.params;
    this.texts = { literals: this.literals, choices: choicesOf(data.params) };
    const facts = Object.entries(data.facts).flatMap(([name, spec]) => this.fact(name, spec));
    this.unread = Object.keys(data.facts).filter((name) => !facts.some((f) => f.name === name));
    const scope: Record<string, FactSchema> = Object.fromEntries(this.schemas);
    if (Object.keys(data.params).length > 0) scope.params = paramSchema(data.params);
    const compile = compilerOf(scope, this.texts);
    const checks = Object.entries(data.checks).map(([name, spec]) => this.check(name, spec, { scope, compile, facts }));
    const outcomes = Object.fromEntries(checks.map((c) => [c.name, CHECK_FIELDS]));
    const withChecks = compilerOf({ ...scope, ...(checks.length > 0 && { checks: outcomes }) }, this.texts);
    const changes = Object.entries(data.changes).flatMap(([name, spec]) => this.change(name, spec, withChecks, facts));
    if (changes.length > 0 && data.verbs.write === undefined) {
      this.mistake(['verbs'], 'key', 'There are changes, but `verbs` has no `write` word to ask for them.');
    }
    const batch = data.rollout.batch;
    return {
      command: data.command,
      verbs: { read: data.verbs.read, ...(data.verbs.write !== undefined && { write: data.verbs.write }) },
      title: data.title,
      symptoms: data.symptoms,
      params: data.params,
      facts,
      checks,
      changes,
      rollout: {
        canary: data.rollout.canary,
        batch: typeof batch === 'number' ? { count: batch } : { percent: Number.parseInt(batch, 10) },
        stopAfterFailures: data.rollout.stop_after_failures,
      },
      ...(data.proof !== undefined && { proof: this.template(['proof'], data.proof, compile) }),
      ...(data.undone_by !== undefined && { undoneBy: this.template(['undone_by'], data.undone_by, compile) }),
      knowledge: data.knowledge.trim(),
    };
  }

  private fact(name: string, spec: Record<string, unknown>): RunbookFact[] {
    const path = ['facts', name];
    if (RESERVED.has(name)) {
      this.mistake(path, 'key', `\`${name}\` is taken; choose another name.`);
      return [];
    }
    const [type, ...more] = Object.keys(spec);
    if (type === undefined || more.length > 0) {
      this.mistake(path, 'key', `\`${name}\` needs exactly one type of fact. Known: ${words(this.registry.facts)}.`);
      return [];
    }
    const known = this.registry.facts.get(type);
    if (!known) {
      this.mistake([...path, type], 'key', unknown('fact', type, this.registry.facts));
      return [];
    }
    const args = this.args([...path, type], spec[type], known.args);
    if (args === undefined) return [];
    this.schemas.set(name, known.schemaOf?.(args.data) ?? known.schema);
    if (known.literals) this.literals[name] = known.literals;
    return [{ name, type, args: args.written }];
  }

  /** Arguments as they are with the params' defaults, and as written where they have placeholders. */
  private args(path: Path, written: unknown, schema: z.ZodType): { data: unknown; written: unknown } | undefined {
    const placeholders = placeholdersIn(written);
    for (const { kind, name } of placeholders) {
      if (kind === 'secrets' || Object.hasOwn(this.params, name)) continue;
      const near = nearest(name, Object.keys(this.params))[0];
      this.mistake(path, 'value', `There is no param \`${name}\`.${near ? ` Did you mean \`${near}\`?` : ''}`);
      return undefined;
    }
    const unreplaced = unreplacedIn(written);
    if (unreplaced) {
      const place = this.file.place([...path, ...unreplaced.path], 'value', unreplaced.offset);
      this.mistakes.push({ ...place, message: notReplaced(unreplaced.text, unreplaced.path.at(-1)) });
      return undefined;
    }
    const params = Object.fromEntries(Object.entries(this.params).map(([name, spec]) => [name, spec.default]));
    const read = schema.safeParse(bindArgs(written, { params, secrets: {} }), { reportInput: true });
    if (read.success) return { data: read.data, written: placeholders.length > 0 ? written : read.data };
    this.mistakes.push(...zodMistakes(this.file, at(read.error, path), () => []));
    return undefined;
  }

  private check(name: string, spec: RunbookFile['checks'][string], known: Known): RunbookCheck {
    const path = ['checks', name];
    const each = spec.each && this.each([...path, 'each'], spec.each, known);
    const compile = each ? compilerOf({ ...known.scope, [each.item]: each.schema }, this.texts) : known.compile;
    const advice = Object.fromEntries(
      ADVICE.flatMap((kind) => {
        const text = spec[kind];
        return text === undefined ? [] : [[kind, this.template([...path, kind], text, compile)]];
      }),
    );
    return {
      name,
      severity: spec.severity,
      ...(each && { each: { item: each.item, fact: each.fact, path: each.path } }),
      ...(spec.when !== undefined && { when: this.condition([...path, 'when'], spec.when, compile) }),
      expect: this.condition([...path, 'expect'], spec.expect, compile),
      otherwise: this.template([...path, 'otherwise'], spec.otherwise, compile),
      advice,
      rule: spec.rule,
      absent: spec.absent,
      ...this.kernel(path, spec, known.facts),
    };
  }

  private kernel(path: Path, { kernel, outside }: RunbookFile['checks'][string], facts: RunbookFact[]) {
    if (!kernel && outside) this.mistake([...path, 'outside'], 'key', '`outside` needs `kernel`: a range of versions.');
    if (!kernel) return {};
    const fact = factFor({ type: 'kernel', args: {} }, facts);
    return { kernel: { range: kernel, fact, outside: outside ?? 'infer' } };
  }

  private each(path: Path, spec: Readonly<Record<string, string>>, { scope, facts }: Known) {
    const [[item, list] = ['', ''], ...more] = Object.entries(spec);
    const [fact = '', ...fields] = list.split('.');
    const place = [...path, item];
    if (item === '' || more.length > 0) {
      this.mistake(path, 'key', '`each` names one variable and one list: `{ instance: redis.instances }`.');
      return undefined;
    }
    if (Object.hasOwn(scope, item) || RESERVED.has(item)) {
      this.mistake(place, 'key', `\`${item}\` is taken; choose another name.`);
      return undefined;
    }
    if (this.unread.includes(fact)) return undefined;
    const known = facts.find((f) => f.name === fact);
    const lists = listsIn(this.schemas.get(fact) ?? {});
    const found = lists.find((l) => l.path.join('.') === fields.join('.'));
    if (!known || !found) {
      const all = lists.map((l) => `\`${[fact, ...l.path].join('.')}\``).join(', ');
      this.mistake(place, 'value', `\`${list}\` is no list of records.${all ? ` There is ${all}.` : ''}`);
      return undefined;
    }
    return { item, fact, path: fields, schema: found.schema };
  }

  private change(
    name: string,
    { when, ...spec }: RunbookFile['changes'][string],
    compile: Compile,
    facts: RunbookFact[],
  ): RunbookChange[] {
    const path = ['changes', name];
    const condition = this.condition([...path, 'when'], when, compile);
    const [type, ...more] = Object.keys(spec);
    if (type === undefined || more.length > 0) {
      this.mistake(
        path,
        'key',
        `\`${name}\` needs exactly one type of change. Known: ${words(this.registry.changes)}.`,
      );
      return [];
    }
    const known = this.registry.changes.get(type);
    if (!known) {
      this.mistake([...path, type], 'key', unknown('change', type, this.registry.changes));
      return [];
    }
    const args = this.args([...path, type], spec[type], known.args);
    if (args === undefined) return [];
    const wanted = known.needs(args.data);
    const otherwise = known.args.safeParse(bindArgs(spec[type], { params: otherValues(this.params), secrets: {} }));
    if (otherwise.success && JSON.stringify(known.needs(otherwise.data)) !== JSON.stringify(wanted)) {
      this.mistake([...path, type], 'value', 'What a change reads cannot depend on a param: write it out.');
      return [];
    }
    for (const need of wanted) {
      const why = whyUnmet(need, facts, this.unread, this.registry);
      if (why === undefined) continue;
      this.mistake([...path, type], 'value', `This cannot be read, so it cannot be changed: ${why}.`);
      return [];
    }
    const needs = wanted.map((need) => ('fact' in need ? need.fact : factFor(need, facts)));
    return [{ name, type, args: args.written, when: condition, needs }];
  }
}

const PROGRAMS: ReadonlySet<string | undefined> = new Set(['run', 'guard', 'apply', 'verify', 'revert']);

const notReplaced = (text: string, key: string | undefined): string => {
  const [, kind = '', name = ''] = /(param|secret)s?\s*\.\s*(\w+)/.exec(text) ?? [];
  const upper = name.toUpperCase();
  const variable = scriptEnv.safeParse({ [upper]: '' }).success ? upper : `PARAM_${upper}`;
  return PROGRAMS.has(key)
    ? `\`${text}\` is not replaced in a script: give it as \`env: { ${variable}: "{${kind}s.${name}}" }\` and write "$${variable}".`
    : `\`${text}\` is not replaced here: a text must be wholly \`{${kind}s.${name}}\`.`;
};

const ADVICE = ['consequence', 'cure', 'stopgap'] as const;

/** What checks can speak of. */
interface Known {
  readonly scope: Readonly<Record<string, FactSchema>>;
  readonly compile: Compile;
  readonly facts: RunbookFact[];
}

const at = <E extends { issues: { path: PropertyKey[] }[] }>(error: E, prefix: Path): E => {
  for (const issue of error.issues) issue.path = [...prefix, ...issue.path];
  return error;
};
