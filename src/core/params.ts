import { z } from 'zod';
import { failure, ok, type Result } from './fault.js';
import { didYouMean } from './nearest.js';
import type { ParamValue } from './run.js';

/** A label of the targets that holds the value for each of them, where the request does not give one. */
const label = z.string().max(60).optional();

const anySpec = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('integer'),
    default: z.int(),
    min: z.int(),
    max: z.int(),
    unit: z.string().max(20).optional(),
    help: z.string().max(300),
    label,
  }),
  z.strictObject({
    type: z.literal('boolean'),
    default: z.boolean(),
    help: z.string().max(300),
    label,
    /** Saying true is a person's consent to something that can be felt on the host; no schedule and no label gives it. */
    consent: z.literal(true).optional(),
  }),
  z.strictObject({
    type: z.literal('choice'),
    default: z.string(),
    values: z.array(z.string().max(60)).min(1).max(30),
    help: z.string().max(300),
    label,
  }),
  z.strictObject({
    type: z.literal('string'),
    default: z.string(),
    max_length: z.int().min(1).max(1000),
    help: z.string().max(300),
    label,
  }),
]);

/** A param as a runbook declares it. Every param is typed and bounded, its default too. */
export const paramSpec = anySpec.superRefine((spec, context) => {
  if (spec.type === 'integer' && spec.min > spec.max) {
    context.addIssue({ code: 'custom', path: ['min'], message: `is above max, ${spec.max}: no value is possible` });
    return;
  }
  if (readValue(spec, String(spec.default)) !== undefined) return;
  context.addIssue({ code: 'custom', path: ['default'], message: `must itself be ${kindOf(spec)}` });
});

export type ParamSpec = z.infer<typeof anySpec>;
export type ParamSpecs = Readonly<Record<string, ParamSpec>>;

/** Values for all declared params: what was given, checked, and the defaults for the rest. */
export const readParams = (
  given: readonly { readonly name: string; readonly text: string }[],
  specs: ParamSpecs,
  command: string,
): Result<Readonly<Record<string, ParamValue>>> => {
  const values: Record<string, ParamValue> = Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => [name, spec.default]),
  );
  const seen = new Set<string>();
  for (const { name, text } of given) {
    const spec = Object.hasOwn(specs, name) ? specs[name] : undefined;
    if (!spec) {
      const known = Object.keys(specs);
      const all = known.length > 0 ? `Params of ${command}: ${known.join(', ')}.` : `${command} has no params.`;
      return failure('param_unknown', `${command} has no param \`${name}\`.${didYouMean(name, known)}`, all);
    }
    if (seen.has(name)) return failure('param_invalid', `The param \`${name}\` is given twice.`, 'Give it once.');
    seen.add(name);
    const value = readValue(spec, text);
    if (value === undefined) {
      return failure('param_invalid', `\`${name}=${text}\` is not possible.`, `${name} is ${describe(spec)}.`);
    }
    values[name] = value;
  }
  return ok(values);
};

/** The params by which the request consents to something that can be felt on the hosts. */
export const consentsIn = (values: Readonly<Record<string, ParamValue>>, specs: ParamSpecs): readonly string[] =>
  Object.entries(specs).flatMap(([name, spec]) =>
    spec.type === 'boolean' && spec.consent && values[name] === true ? [name] : [],
  );

/**
 * The values that hold for one target: what the request gave, else its label's, else the default. Fault `param_invalid`
 * for a label with an impossible value.
 */
export const paramsFor = (
  values: Readonly<Record<string, ParamValue>>,
  given: readonly string[],
  specs: ParamSpecs,
  labels: Readonly<Record<string, string>>,
): Result<Readonly<Record<string, ParamValue>>> => {
  const merged = { ...values };
  for (const [name, spec] of Object.entries(specs)) {
    const consent = spec.type === 'boolean' && spec.consent;
    const text = spec.label === undefined || consent || given.includes(name) ? undefined : labels[spec.label];
    if (text === undefined) continue;
    const value = readValue(spec, text);
    if (value === undefined) {
      return failure(
        'param_invalid',
        `The label \`${spec.label}=${text}\` is not possible.`,
        `${name} is ${describe(spec)}.`,
      );
    }
    merged[name] = value;
  }
  return ok(merged);
};

const readValue = (spec: ParamSpec, text: string): ParamValue | undefined => {
  switch (spec.type) {
    case 'integer': {
      const value = /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
      return value >= spec.min && value <= spec.max ? value : undefined;
    }
    case 'boolean':
      return text === 'true' || text === 'yes' ? true : text === 'false' || text === 'no' ? false : undefined;
    case 'choice':
      return spec.values.includes(text) ? text : undefined;
    case 'string':
      return text.length <= spec.max_length ? text : undefined;
  }
};

/** What a param takes, in words: `a whole number from 1 to 100 (percent), 60 if not given`. */
export const describe = (spec: ParamSpec): string => `${kindOf(spec)}, ${String(spec.default) || 'empty'} if not given`;

const kindOf = (spec: ParamSpec): string => {
  switch (spec.type) {
    case 'integer':
      return `a whole number from ${spec.min} to ${spec.max}${spec.unit ? ` (${spec.unit})` : ''}`;
    case 'boolean':
      return 'true or false';
    case 'choice':
      return `one of ${spec.values.join(', ')}`;
    case 'string':
      return `text of at most ${spec.max_length} characters`;
  }
};
