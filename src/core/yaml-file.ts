import { type Document, isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { nearest } from './nearest.js';

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

/** Reads YAML 1.2; syntax mistakes are collected, not thrown. */
export const readYaml = (text: string): YamlFile => {
  const lines = new LineCounter();
  const doc = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const mistakes = [...doc.errors, ...doc.warnings].map((e) => ({ ...at(e.pos[0]), message: sentence(e.message) }));
  let data: unknown;
  if (mistakes.length === 0) {
    try {
      data = doc.toJS({ maxAliasCount: MAX_ALIASES });
    } catch (error) {
      mistakes.push({ line: 1, column: 1, message: sentence(error instanceof Error ? error.message : String(error)) });
    }
  }
  return {
    data,
    mistakes,
    place: (path, part = 'value', offset = 0) => at(offsetOf(doc, path, part) + offset),
  };
};

const sentence = (message: string): string => `${(message.split('\n')[0] ?? message).replace(/[.:]?$/, '')}.`;

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

const rangeOf = (node: unknown): number | undefined =>
  typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)
    ? Number(node.range[0])
    : undefined;

/** Zod's issues as mistakes: unknown keys point at the key and name the nearest known one. */
export const zodMistakes = (file: YamlFile, error: z.ZodError, known: (path: Path) => readonly string[]): Mistake[] =>
  error.issues.flatMap((issue): Mistake[] => {
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
    const message = missing ? 'is missing' : issue.message.replace(/^Invalid input: /, '');
    return [{ ...file.place(issue.path, missing ? 'key' : 'value'), message: sentence(`${where}${message}`) }];
  });

/** `runbooks/tcp.yaml:12:5 message`, a line each, in the file's order. */
export const showMistakes = (name: string, mistakes: readonly Mistake[]): readonly string[] =>
  [...mistakes]
    .sort((a, b) => a.line - b.line || a.column - b.column)
    .map((m) => `${name}:${m.line}:${m.column} ${m.message}`);
