import { z } from 'zod';
import type { AwsPlace } from './target.js';

export const awsRegion = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d{1,2}$/, 'must be an AWS region such as eu-west-1');
export const awsProfile = z
  .string()
  .regex(/^[A-Za-z0-9_.@+=-]{1,100}$/, "must be the name of a profile of AWS's configuration");

/** The ID of a managed instance, as SSM's API takes it. */
const instance = z
  .string()
  .regex(/^(i-([0-9a-f]{8}|[0-9a-f]{17})|mi-[0-9a-f]{17})$/, 'must be the ID of an instance, i-… or mi-…');

/** What a target of `runbolt.yaml` says of its place in AWS. */
export const awsKeys = {
  instance: instance.optional(),
  region: awsRegion.optional(),
  profile: awsProfile.optional(),
};

interface Written {
  readonly transport: string;
  readonly instance?: string | undefined;
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
}

/** What is missing of a place in AWS: the key, and the sentence. */
export const awsMistakes = (target: Written): readonly { readonly key: string; readonly message: string }[] => {
  const { transport, instance: id, region, profile } = target;
  if (transport !== 'ssm' && id === undefined && region === undefined && profile === undefined) return [];
  const by = transport === 'ssm' ? '`transport: ssm`' : '`region` or `profile`';
  return [
    ...(id === undefined ? [{ key: 'instance', message: `is missing; ${by} needs an ID, i-… or mi-…` }] : []),
    ...(region === undefined ? [{ key: 'region', message: 'is missing; an instance is known in one region' }] : []),
  ];
};

export const awsPlace = ({ instance: id, region, profile }: Written): AwsPlace | undefined =>
  id === undefined || region === undefined
    ? undefined
    : { instance: id, region, ...(profile !== undefined && { profile }) };

/** Where AWS's API is and who asks, for one that is not what the environment says: the demo's own. */
export interface AwsConnection {
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** How commands are sent through SSM. */
export interface SsmSettings {
  /** The command document: it must hand `commands` to aws:runShellScript, and know `executionTimeout`. */
  readonly document: string;
  /** Where output goes that is too long for SSM's own answers. */
  readonly output?: { readonly bucket: string; readonly prefix: string };
}

/** `aws:` of `runbolt.yaml`. */
export const awsFile = z
  .strictObject({
    document: z
      .string()
      .regex(/^[a-zA-Z0-9_\-.:/]{3,128}$/, 'must be the name or the ARN of a command document')
      .default('AWS-RunShellScript'),
    output_bucket: z
      .string()
      .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of an S3 bucket')
      .optional(),
    output_prefix: z
      .string()
      .regex(/^[A-Za-z0-9!_.*'()/-]{1,400}$/, 'must be a prefix of keys in S3')
      .optional(),
  })
  .refine((aws) => aws.output_prefix === undefined || aws.output_bucket !== undefined, {
    message: 'is for `output_bucket`, which is not set',
    path: ['output_prefix'],
  })
  .default({ document: 'AWS-RunShellScript' });

export const ssmSettings = (aws: z.output<typeof awsFile>): SsmSettings => ({
  document: aws.document,
  ...(aws.output_bucket !== undefined && {
    output: { bucket: aws.output_bucket, prefix: aws.output_prefix ?? 'runbolt' },
  }),
});

export const AWS_KEYS: readonly string[] = ['document', 'output_bucket', 'output_prefix'];
