import { z } from 'zod';
import type { Registry } from '../core/registry.js';
import { runbookFile } from '../core/runbook-file.js';

interface Json {
  readonly [key: string]: unknown;
}

/** JSON Schema of a runbook's YAML, with the arguments of every fact and change: what an editor completes and checks. */
export const runbookSchema = ({ facts, changes }: Registry): unknown => {
  const base = record(z.toJSONSchema(runbookFile, { io: 'input', unrepresentable: 'any' }));
  const { facts: factMap, changes: changeMap, ...properties } = record(base.properties);
  const oneFact = { type: 'object', properties: typesOf(facts), additionalProperties: false, ...exactly(1) };
  const when = record(record(record(changeMap).additionalProperties).properties).when;
  const oneChange = {
    type: 'object',
    properties: { when, ...typesOf(changes) },
    required: ['when'],
    additionalProperties: false,
    ...exactly(2),
  };
  return {
    ...base,
    title: 'A runbook of Runbolt',
    properties: {
      ...properties,
      facts: { ...record(factMap), additionalProperties: oneFact },
      changes: { ...record(changeMap), additionalProperties: oneChange },
    },
  };
};

const exactly = (n: number) => ({ minProperties: n, maxProperties: n });

const typesOf = (types: ReadonlyMap<string, { readonly summary: string; readonly args: z.ZodType }>): Json =>
  Object.fromEntries(
    [...types].map(([name, { summary, args }]) => {
      const { $schema: _, ...schema } = record(z.toJSONSchema(args, { io: 'input', unrepresentable: 'any' }));
      return [name, { description: summary, ...record(bindable(schema)) }];
    }),
  );

const PLACEHOLDER = {
  type: 'string',
  pattern: '^\\{(params|secrets)\\.[a-z][a-z0-9_]*\\}$',
  description: 'The value of a param or a secret.',
};

/** The same schema with a placeholder possible in the place of every value that is not any text anyway. */
const bindable = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(bindable);
  if (typeof schema !== 'object' || schema === null) return schema;
  const node = record(schema);
  const narrow = ['integer', 'number', 'boolean'].includes(String(node.type)) || 'pattern' in node || 'enum' in node;
  if (narrow || 'const' in node) return { anyOf: [node, PLACEHOLDER] };
  const within = Object.entries(node).map(([key, value]) => {
    if (key === 'properties')
      return [key, Object.fromEntries(Object.entries(record(value)).map(([name, one]) => [name, bindable(one)]))];
    return [key, ['anyOf', 'oneOf', 'allOf', 'items', 'additionalProperties'].includes(key) ? bindable(value) : value];
  });
  return Object.fromEntries(within);
};

const record = (value: unknown): Json => z.record(z.string(), z.unknown()).catch({}).parse(value);
