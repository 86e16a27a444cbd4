import { z } from 'zod';
import { answer, type Reply, refuse } from './reply.js';

/** Shapes and limits of SSM's calls, as botocore's ssm/2014-11-06/service-2.json and @aws-sdk/client-ssm state them. */

const instanceId = z.string().regex(/^(i-(\w{8}|\w{17})|mi-\w{17})$/);
const commandId = z.string().length(36);
const nextToken = z.string().optional();
const filters = z
  .array(
    z.object({
      key: z.enum(['InvokedAfter', 'InvokedBefore', 'Status', 'ExecutionStage', 'DocumentName']),
      value: z.string().min(1).max(128),
    }),
  )
  .min(1)
  .max(5)
  .optional();

export const sendCommand = z.object({
  InstanceIds: z.array(instanceId).max(50).optional(),
  Targets: z
    .array(z.object({ Key: z.string().min(1).max(163).optional(), Values: z.array(z.string()).max(50).optional() }))
    .max(5)
    .optional(),
  DocumentName: z.string().regex(/^[a-zA-Z0-9_\-.:/]{3,128}$/),
  DocumentVersion: z
    .string()
    .regex(/^([$]LATEST|[$]DEFAULT|[1-9][0-9]*)$/)
    .optional(),
  TimeoutSeconds: z.number().int().min(30).max(2_592_000).optional(),
  Comment: z.string().max(100).optional(),
  Parameters: z.record(z.string(), z.array(z.string())).optional(),
  OutputS3BucketName: z.string().min(3).max(63).optional(),
  OutputS3KeyPrefix: z.string().max(500).optional(),
  MaxConcurrency: z
    .string()
    .min(1)
    .max(7)
    .regex(/^([1-9][0-9]*|[1-9][0-9]%|[1-9]%|100%)$/)
    .optional(),
  MaxErrors: z
    .string()
    .min(1)
    .max(7)
    .regex(/^([1-9][0-9]*|[0]|[1-9][0-9]%|[0-9]%|100%)$/)
    .optional(),
});

export const listCommands = z.object({
  CommandId: commandId.optional(),
  InstanceId: instanceId.optional(),
  MaxResults: z.number().int().min(1).max(50).optional(),
  NextToken: nextToken,
  Filters: filters,
});

export const listCommandInvocations = listCommands.extend({ Details: z.boolean().optional() });

export const getCommandInvocation = z.object({
  CommandId: commandId,
  InstanceId: instanceId,
  PluginName: z.string().min(4).optional(),
});

export const cancelCommand = z.object({
  CommandId: commandId,
  InstanceIds: z.array(instanceId).max(50).optional(),
});

export const describeInstanceInformation = z.object({
  Filters: z.array(z.object({ Key: z.string().min(1), Values: z.array(z.string().min(1)).min(1).max(100) })).optional(),
  InstanceInformationFilterList: z
    .array(z.object({ key: z.string(), valueSet: z.array(z.string().min(1)).min(1).max(100) }))
    .optional(),
  MaxResults: z.number().int().min(5).max(50).optional(),
  NextToken: nextToken,
});

export const listTagsForResource = z.object({
  ResourceType: z.enum([
    'Document',
    'ManagedInstance',
    'MaintenanceWindow',
    'Parameter',
    'PatchBaseline',
    'OpsItem',
    'OpsMetadata',
    'Automation',
    'Association',
  ]),
  ResourceId: z.string(),
});

/**
 * What a call may hold: unknown members are ignored, as the service does. Faults: SerializationException,
 * ValidationException.
 */
export const readInput = <T>(shape: z.ZodType<T>, input: unknown): Reply<T> => {
  const read = shape.safeParse(input);
  if (read.success) return answer(read.data);
  const wrongType = read.error.issues.find((i) => i.code === 'invalid_type' && valueAt(input, i.path) !== undefined);
  if (wrongType) return refuse('SerializationException', '');
  const told = read.error.issues.map((issue) => constraint(issue, valueAt(input, issue.path)));
  const errors = `${told.length} validation error${told.length === 1 ? '' : 's'} detected`;
  return refuse('ValidationException', `${errors}: ${told.join('; ')}`);
};

const valueAt = (input: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    input,
  );

const constraint = (issue: z.core.$ZodIssue, value: unknown): string => {
  const place = issue.path
    .map((key, index) => (typeof key === 'number' ? `${key + 1}.member` : memberName(String(key), index)))
    .join('.');
  const shown = value === undefined ? 'null' : `'${typeof value === 'string' ? value : JSON.stringify(value)}'`;
  return `Value ${shown} at '${place}' failed to satisfy constraint: ${wordsOf(issue)}`;
};

const memberName = (name: string, index: number): string =>
  index === 0 ? `${name.charAt(0).toLowerCase()}${name.slice(1)}` : name;

const wordsOf = (issue: z.core.$ZodIssue): string => {
  const measure = 'origin' in issue && issue.origin === 'number' ? 'value' : 'length';
  if (issue.code === 'too_big') return `Member must have ${measure} less than or equal to ${issue.maximum}`;
  if (issue.code === 'too_small') return `Member must have ${measure} greater than or equal to ${issue.minimum}`;
  if (issue.code === 'invalid_format' && 'pattern' in issue)
    return `Member must satisfy regular expression pattern: ${String(issue.pattern).slice(1, -1)}`;
  if (issue.code === 'invalid_value') return `Member must satisfy enum value set: [${issue.values.join(', ')}]`;
  return 'Member must not be null';
};
