import { z } from 'zod';
import type { FactField, FieldType, HostFact, Reading } from '../core/fact-type.js';
import { scriptEnv } from '../core/script-env.js';
import { cleanLine } from '../core/text.js';
import { framed, unframed } from './framing.js';

/** Words for the types of a script's fields, as in `params`. */
const FIELD_TYPES = {
  integer: 'int',
  number: 'double',
  text: 'string',
  boolean: 'bool',
  list: 'list<string>',
} as const;

const args = z.strictObject({
  run: z.string().min(1).max(16_000),
  fields: z
    .record(
      z
        .string()
        .regex(/^[a-z][a-z0-9_]{0,39}$/, 'must be lower-case letters, digits and _')
        .refine((name) => !['in', 'true', 'false', 'null'].includes(name), 'is a word of the expressions'),
      z.enum(['integer', 'number', 'text', 'boolean', 'list']),
    )
    .refine((fields) => Object.keys(fields).length > 0, 'names no field: nothing could be judged'),
  env: scriptEnv.optional(),
});

type Args = z.output<typeof args>;

/** How long it may run where the host has `timeout`, s. */
const SECONDS = 5;

const PROBE = framed(
  'script',
  String.raw`
bound() { if timeout -k 1 1 true >/dev/null 2>&1; then timeout -k 1 ${SECONDS} "$@"; else "$@"; fi; }
gather() {
  said=$(script=$RUNBOLT_SCRIPT; unset RUNBOLT_SCRIPT; bound sh -c "$script"; printf 'exit %s.' "$?")
  code=${'$'}{said##*exit }
  printf 'exit\t%s\n' "${'$'}{code%.}"
  printf '%s\n' "${'$'}{said%exit *}" | sed 's/^/out	/'
}
`,
);

/**
 * A reading of the team's own: POSIX sh that prints one JSON object, or lines `field=value` (a line an item for a list,
 * `field=` alone for an empty one). `fields` declares what it prints, each with its type; one that is missing, doubled
 * or of another type is an error, as is an exit status other than 0. It must change nothing, and ends within 5 s.
 */
export const script: HostFact<Args> = {
  name: 'script',
  summary: 'A reading by your own POSIX sh, which prints JSON or field=value lines.',
  args,
  schema: {},
  schemaOf: ({ fields }) => Object.fromEntries(Object.entries(fields).map(([name, type]) => [name, FIELD_TYPES[type]])),
  probe: ({ run, env }) => ({ script: PROBE, env: { ...env, RUNBOLT_SCRIPT: run } }),
  parse: (output, { fields }) => read(output, fields),
};

const error = (reason: string): Reading => ({ status: 'error', reason: cleanLine(reason) });

const read = (output: string, fields: Args['fields']): Reading => {
  const frame = unframed('script', output);
  if (!frame.ok) return error(frame.reason);
  const [head, ...rest] = frame.records;
  const code = head?.[0] === 'exit' && head.length === 2 ? (head[1] ?? '') : '';
  if (!/^\d{1,3}$/.test(code) || rest.some((r) => r[0] !== 'out'))
    return error('The output has a line that is not the probe’s.');
  const lines = rest.map((record) => record.slice(1).join('\t')).filter((line) => line.trim() !== '');
  if (code === '124' || code === '137') return error(`The script was ended after ${SECONDS} s.`);
  if (code !== '0') return error(`The script ended with ${code}: ${lines.join(' ') || 'no words'}`);
  const printed = lines[0]?.trimStart().startsWith('{') ? fromJson(lines.join('\n')) : fromLines(lines, fields);
  if (typeof printed === 'string') return error(printed);
  const value: Record<string, FactField> = {};
  for (const [name, type] of Object.entries(fields)) {
    const field = printed.get(name);
    if (field === undefined) return error(`The script did not print \`${name}\`.`);
    const typed = ofType(field, FIELD_TYPES[type]);
    if (typed === undefined) return error(`\`${name}\` is no ${type}: ${JSON.stringify(field)}`);
    value[name] = typed;
  }
  const more = [...printed.keys()].find((name) => !Object.hasOwn(fields, name));
  if (more !== undefined)
    return error(`The script printed \`${cleanLine(more, 60)}\`, which \`fields\` does not declare.`);
  return { status: 'read', value, evidence: lines.slice(0, 20).map((line) => cleanLine(line)) };
};

const fromJson = (text: string): ReadonlyMap<string, unknown> | string => {
  try {
    const read = z.record(z.string(), z.unknown()).safeParse(JSON.parse(text));
    if (read.success) return new Map(Object.entries(read.data));
  } catch {
    // said below
  }
  return 'What the script printed is no JSON object.';
};

const fromLines = (lines: readonly string[], fields: Args['fields']): ReadonlyMap<string, unknown> | string => {
  const found = new Map<string, string[]>();
  for (const line of lines) {
    const [, name, value] = /^\s*([a-z][a-z0-9_]*)=(.*?)\s*$/.exec(line) ?? [];
    if (name === undefined || value === undefined) return `The script printed a line that is no field=value: ${line}`;
    found.set(name, [...(found.get(name) ?? []), value]);
  }
  const typed = new Map<string, unknown>();
  for (const [name, values] of found) {
    const type = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (type === 'list') typed.set(name, values.length === 1 && values[0] === '' ? [] : values);
    else if (values.length > 1) return `The script printed \`${name}\` ${values.length} times.`;
    else typed.set(name, type === undefined ? values[0] : spelt(values[0] ?? '', type));
  }
  return typed;
};

/** A line's value as its type spells it; text that spells nothing stays text and is refused later. */
const spelt = (text: string, type: Args['fields'][string]): unknown => {
  if (type === 'integer') return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
  if (type === 'number') return /^-?\d{1,15}(?:\.\d{1,15})?$/.test(text) ? Number(text) : text;
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  return text;
};

const ofType = (value: unknown, type: FieldType): FactField | undefined => {
  switch (type) {
    case 'int':
      return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;
    case 'double':
      return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
    case 'bool':
      return typeof value === 'boolean' ? value : undefined;
    case 'string':
      return typeof value === 'string' ? value : undefined;
    case 'list<string>':
      return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined;
  }
};
