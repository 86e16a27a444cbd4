import { z } from 'zod';
import { readKernelRange } from './kernel-range.js';
import { paramSpec } from './params.js';
import { readSymptom } from './symptom.js';

const identifier = z.string().regex(/^[a-z][a-z0-9_]{0,39}$/, 'must be lower-case letters, digits and _');
const expression = z.string().min(1).max(2000);
const text = z.string().min(1).max(2000);

const symptom = z
  .string()
  .max(200)
  .superRefine((given, context) => {
    const read = readSymptom(given);
    if (!read.ok) context.addIssue({ code: 'custom', message: read.problem });
  });

const kernelRange = z.string().transform((given, context) => {
  const read = readKernelRange(given);
  if (!read)
    context.addIssue({ code: 'custom', message: 'must be a range of versions: ">=4.2", "<4.12", ">=4.2 <=6.18"' });
  return read ?? {};
});

const BATCH = 'must be a number of hosts, or a share from 1% to 100%';

const check = z.strictObject({
  severity: z.enum(['critical', 'warning']).default('warning'),
  each: z
    .record(
      identifier,
      z.string().regex(/^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$/, 'must be a list of a fact: FACT.LIST'),
    )
    .optional(),
  when: expression.optional(),
  expect: expression,
  otherwise: text,
  consequence: text.optional(),
  cure: text.optional(),
  stopgap: text.optional(),
  rule: text,
  absent: z.enum(['error', 'skip']).default('error'),
  kernel: kernelRange.optional(),
  outside: z.enum(['infer', 'skip', 'error']).optional(),
});

/** The shape of a runbook's YAML, before its types and expressions are looked up. Published as JSON Schema too. */
export const runbookFile = z.strictObject({
  command: identifier,
  verbs: z.strictObject({ read: identifier, write: identifier.optional() }).default({ read: 'verify', write: 'fix' }),
  title: text,
  symptoms: z.array(symptom).max(50).default([]),
  params: z.record(identifier, paramSpec).default({}),
  facts: z.record(identifier, z.record(z.string(), z.unknown())),
  checks: z.record(identifier, check),
  changes: z.record(identifier, z.looseObject({ when: expression })).default({}),
  rollout: z
    .strictObject({
      canary: z.int().min(1).max(100).default(1),
      batch: z.union([z.int().min(1).max(1000), z.string().regex(/^(100|[1-9]\d?)\s*%$/, BATCH)]).default('25%'),
      stop_after_failures: z.int().min(1).max(1000).default(1),
    })
    .default({ canary: 1, batch: '25%', stop_after_failures: 1 }),
  proof: text.optional(),
  undone_by: text.optional(),
  knowledge: z.string().max(6000),
});

export type RunbookFile = z.infer<typeof runbookFile>;
