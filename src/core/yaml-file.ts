import {
  Composer,
  type CST,
  type Document,
  isMap,
  isScalar,
  Lexer,
  LineCounter,
  Parser,
  type ScalarTag,
  visit,
  type YAMLError,
} from 'yaml';
import type { z } from 'zod';
import { nearest } from './nearest.js';
import { cleanLine } from './text.js';

/** A mistake in a YAML file, with its place. Lines and columns count from 1. */
export interface Mistake {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export type Path = readonly PropertyKey[];

/** A YAML file that keeps the place of everything in it. */
export interface YamlFile {
  readonly data: unknown;
  readonly mistakes: readonly Mistake[];
  /** The place of the value at a path (or of its key, or of the nearest parent that exists), `offset` characters in. */
  place(path: Path, part?: 'key' | 'value', offset?: number): { line: number; column: number };
}

const MAX_ALIASES = 50;
const MAX_CHARACTERS = 4_000_000;
/** Levels of nesting; the library's composer recurses, and a stack that overflows there can end the process. */
const MAX_DEPTH = 100;

/** Reads YAML 1.2, with `tags` of its own where it has some; mistakes of syntax, size and depth are collected, not thrown. */
export const readYaml = (text: string, tags: readonly ScalarTag[] = []): YamlFile => {
  const lines = new LineCounter();
  const read = text.length > MAX_CHARACTERS ? beginning('is longer than 4,000,000 characters.') : tokensOf(text, lines);
  if ('message' in read)
    return { data: undefined, mistakes: [read], place: () => ({ line: read.line, column: read.column }) };
  const { doc, more } = compose(read.tokens, text.length, tags);
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const errors = causes([...doc.errors, ...doc.warnings]);
  const mistakes = errors.map((e) => ({ ...at(e.pos[0]), message: sentence(inPlainWords(e, text)) }));
  if (more !== undefined)
    mistakes.push({ ...at(more), message: 'There is a second document; one file is one document.' });
  visit(doc, {
    Alias: (_, node) => {
      if (!node.resolve(doc)) {
        mistakes.push({
          ...at(rangeOf(node) ?? 0),
          message: `There is no anchor \`&${node.source}\`; a text that begins with \`*\` stands in quotes.`,
        });
      }
    },
    Pair: (_, { key }) => {
      if (!isScalar(key)) mistakes.push({ ...at(rangeOf(key) ?? 0), message: 'A key must be one plain word.' });
    },
  });
  let data: unknown;
  if (mistakes.length === 0) {
    try {
      data = doc.toJS({ maxAliasCount: MAX_ALIASES });
    } catch (error) {
      mistakes.push(beginning(sentence(error instanceof Error ? error.message : String(error))));
    }
  }
  return {
    data,
    mistakes,
    place: (path, part = 'value', offset = 0) => {
      const node = part === 'value' && offset > 0 ? doc.getIn(path, true) : undefined;
      if (!isScalar(node) || typeof node.value !== 'string') return at(offsetOf(doc, path, part) + offset);
      return at(inSource(text, node.range ?? [0, 0, 0], node.value, offset));
    },
  };
};

/** Without those that only follow from another: behind a tab, and behind a line that is indented otherwise. */
const causes = (errors: readonly YAMLError[]): readonly YAMLError[] => {
  const tabs = errors.filter(({ code }) => code === 'TAB_AS_INDENT');
  if (tabs.length > 0) return tabs;
  const misplaced = errors.filter(({ code }) => code === 'MULTILINE_IMPLICIT_KEY');
  if (misplaced.length > 0) return misplaced.slice(0, 1);
  const [indent] = errors.filter(({ code }) => code === 'BAD_INDENT');
  return errors.filter((error) => error.code !== 'BAD_INDENT' || error === indent);
};

/** What the library says, in the words of who writes the file. */
const inPlainWords = ({ code, message, pos }: YAMLError, text: string): string => {
  if (code === 'MULTILINE_IMPLICIT_KEY') return 'This line and the next are not indented alike';
  if (code === 'BLOCK_AS_IMPLICIT_KEY') return 'A text with `: ` in it stands in quotes';
  if (code === 'TAG_RESOLVE_FAILED' || message.startsWith('Plain value cannot start'))
    return `A text that begins with \`${text[pos[0]]}\` stands in quotes`;
  if (message.startsWith('Unexpected scalar at node end'))
    return 'A text that begins with a quote or a bracket stands in quotes as a whole';
  return message;
};

const beginning = (message: string): Mistake => ({ line: 1, column: 1, message });

/** The text's tokens, or the place where it nests too deeply, found without recursion. */
const tokensOf = (text: string, lines: LineCounter): { readonly tokens: readonly CST.Token[] } | Mistake => {
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  const tokens: CST.Token[] = [];
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    if (parser.stack.length <= MAX_DEPTH) continue;
    const before = text.slice(0, parser.offset).split('\n');
    const message = `is nested more than ${MAX_DEPTH} levels deep.`;
    return { line: before.length, column: Math.max(1, before.at(-1)?.length ?? 1), message };
  }
  tokens.push(...parser.end());
  return { tokens };
};

/** The first document, and where a second one begins. */
const compose = (
  tokens: readonly CST.Token[],
  length: number,
  tags: readonly ScalarTag[],
): { doc: Document.Parsed; more?: number } => {
  const [doc, second] = new Composer({ uniqueKeys: true, customTags: [...tags] }).compose(tokens, true, length);
  if (!doc) throw new Error('the library composes a document of anything');
  return { doc, ...(second && { more: second.range[0] }) };
};

const sentence = (message: string): string => {
  const [first = message] = message.split('\n');
  return first.endsWith('?') ? first : `${first.replace(/[.:]?$/, '')}.`;
};

const offsetOf = (doc: Document.Parsed, path: Path, part: 'key' | 'value'): number => {
  for (let depth = path.length; depth > 0; depth--) {
    const parent = depth === 1 ? doc.contents : doc.getIn(path.slice(0, depth - 1), true);
    const last = path[depth - 1];
    const node = doc.getIn(path.slice(0, depth), true);
    const wantKey = part === 'key' || depth < path.length;
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isScalar(item.key) && String(item.key.value) === String(last));
      const key = pair && isScalar(pair.key) ? pair.key.range?.[0] : undefined;
      if (wantKey && key !== undefined) return key;
    }
    const range = rangeOf(node);
    if (range !== undefined) return range + (isScalar(node) && node.type?.startsWith('QUOTE') && !wantKey ? 1 : 0);
  }
  return rangeOf(doc.contents) ?? 0;
};

/**
 * Where a character of a text stands in the file: folded lines, indentation and escapes make its source another text.
 * Walks both at once, a run of white space counting as one.
 */
const inSource = (source: string, [start, end]: readonly number[], value: string, offset: number): number => {
  const blank = (text: string, i: number) => /\s/.test(text[i] ?? '');
  let at = start ?? 0;
  let i = 0;
  if (/[|>]/.test(source[at] ?? '')) at = source.indexOf('\n', at) + 1;
  else if (/["']/.test(source[at] ?? '')) at++;
  while (blank(source, at)) at++;
  while (blank(value, i) && i < offset) i++;
  while (i < offset && at < (end ?? 0)) {
    if (blank(value, i)) {
      while (blank(value, i)) i++;
      while (blank(source, at)) at++;
    } else if (source[at] === value[i]) {
      i++;
      at++;
    } else at++;
  }
  while (offset < value.length && blank(source, at) && !blank(value, offset)) at++;
  return at;
};

const rangeOf = (node: unknown): number | undefined =>
  typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)
    ? Number(node.range[0])
    : undefined;

/** Zod's issues as mistakes: unknown keys point at the key and name the nearest known one. */
export const zodMistakes = (file: YamlFile, error: z.ZodError, known: (path: Path) => readonly string[]): Mistake[] => {
  const meant = new Set(
    error.issues.flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.flatMap((key) => nearest(key, known(issue.path), 1).map((near) => pathKey([...issue.path, near])))
        : [],
    ),
  );
  return error.issues.flatMap((issue): Mistake[] => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => {
        const words = known(issue.path);
        const near = nearest(key, words)[0];
        const hint = near ? ` Did you mean \`${near}\`?` : words.length > 0 ? ` Known: ${words.join(', ')}.` : '';
        return { ...file.place([...issue.path, key], 'key'), message: `\`${key}\` is not known here.${hint}` };
      });
    }
    const where = issue.path.length > 0 ? `\`${issue.path.map(String).join('.')}\`: ` : '';
    const missing = issue.code === 'invalid_type' && issue.message.includes('received undefined');
    // Misspelt, and told so.
    if (missing && meant.has(pathKey(issue.path))) return [];
    const part = missing || issue.code === 'invalid_key' ? 'key' : 'value';
    const message = missing ? 'is missing' : inWords(issue);
    return [{ ...file.place(issue.path, part), message: sentence(`${where}${message}`) }];
  });
};

const pathKey = (path: Path): string => JSON.stringify(path.map(String));

const KINDS: Readonly<Record<string, string>> = {
  object: 'a mapping (key: value)',
  record: 'a mapping (key: value)',
  array: 'a list',
  string: 'text; write it in quotes',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

const inWords = (issue: z.core.$ZodIssue): string => {
  switch (issue.code) {
    case 'too_big':
      return issue.origin === 'string' || issue.origin === 'array'
        ? `must not be longer than ${issue.maximum}`
        : `must be at most ${issue.maximum}`;
    case 'too_small':
      return issue.origin === 'string' || issue.origin === 'array'
        ? 'must not be empty'
        : `must be at least ${issue.minimum}`;
    case 'invalid_key':
      return `must not be named so: ${issue.issues.map((i) => i.message).join('; ')}`;
    case 'invalid_value':
      return `must be one of ${issue.values.join(', ')}`;
    case 'invalid_type':
      if (!issue.message.startsWith('Invalid input: expected')) return issue.message;
      return `must be ${KINDS[issue.expected] ?? issue.expected}`;
    default:
      return issue.message.replace(/^Invalid input: /, '');
  }
};

const MAX_SHOWN = 30;

/** `runbooks/tcp.yaml:12:5 message`, a line each, in the file's order; the first 30 of them. */
export const showMistakes = (name: string, mistakes: readonly Mistake[]): readonly string[] => {
  const sorted = [...mistakes].sort((a, b) => a.line - b.line || a.column - b.column);
  const left = sorted.length - MAX_SHOWN;
  const last = sorted[MAX_SHOWN - 1];
  return sorted.slice(0, MAX_SHOWN).map((m) => {
    const more = m === last && left > 0 ? ` (and ${left} more mistakes)` : '';
    return `${name}:${m.line}:${m.column} ${cleanLine(m.message, 500)}${more}`;
  });
};
