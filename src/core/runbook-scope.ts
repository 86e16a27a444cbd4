import { isListOfRecords } from './expression.js';
import type { FactSchema } from './fact-type.js';
import type { ParamSpec, ParamSpecs } from './params.js';
import type { ParamValue } from './run.js';

/** What a runbook's expressions can speak of, from its facts' schemas and its params. */

/** The lists of records in a fact's value, however deep in records. */
export const listsIn = (
  schema: FactSchema,
  path: readonly string[] = [],
): { path: readonly string[]; schema: FactSchema }[] =>
  Object.entries(schema).flatMap(([field, type]) => {
    const here = [...path, field];
    if (isListOfRecords(type)) return [{ path: here, schema: type[0] }];
    return typeof type === 'object' ? listsIn(type, here) : [];
  });

/** For each param a value that is not its default, where it can have one. */
export const otherValues = (specs: ParamSpecs): Readonly<Record<string, ParamValue>> =>
  Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, otherValue(spec)]));

const otherValue = (spec: ParamSpec): ParamValue => {
  switch (spec.type) {
    case 'integer':
      return spec.default === spec.max ? spec.min : spec.max;
    case 'boolean':
      return !spec.default;
    case 'choice':
      return spec.values.find((value) => value !== spec.default) ?? spec.default;
    case 'string':
      return spec.default.length < spec.max_length ? `${spec.default}x` : spec.default.slice(1);
  }
};

/** The texts that each param of that type chooses from. */
export const choicesOf = (specs: ParamSpecs): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(
    Object.entries(specs).flatMap(([name, spec]) => (spec.type === 'choice' ? [[name, spec.values]] : [])),
  );

export const paramSchema = (specs: ParamSpecs): FactSchema =>
  Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => {
      const types = { integer: 'int', boolean: 'bool', choice: 'string', string: 'string' } as const;
      return [name, types[spec.type]];
    }),
  );
