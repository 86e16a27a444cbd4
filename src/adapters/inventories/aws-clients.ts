import type { EC2Client } from '@aws-sdk/client-ec2';
import type { SSMClient } from '@aws-sdk/client-ssm';
import type { AwsConnection } from '../../core/aws.js';
import type { Clock } from '../../engine/ports.js';
import { credentialsOf } from '../aws/chain.js';

/** One region of one account. */
export interface AwsRegion {
  readonly region: string;
  readonly profile?: string;
  /** Another AWS than what the environment and `~/.aws` name. */
  readonly connection?: () => Promise<AwsConnection>;
  readonly clock: Clock;
}

/** Reading may be tried again: nothing is done twice by it. */
const settings = ({ region, profile }: AwsRegion, connection: AwsConnection | undefined) => ({
  region,
  ...(profile !== undefined && { profile }),
  ...(connection && { endpoint: connection.endpoint, useFipsEndpoint: false, useDualstackEndpoint: false }),
  maxAttempts: 6,
  requestHandler: {
    ...{ connectionTimeout: 5_000, requestTimeout: 20_000, throwOnRequestTimeout: true },
    /** An answer that stops in the middle of it. */
    socketTimeout: 20_000,
  },
});

const credentialsFor = ({ region, profile, clock, connection }: AwsRegion) =>
  credentialsOf({ region, ...(profile !== undefined && { profile }) }, clock, connection);

/**
 * For the calls of one reading: credentials are read anew for each, and those that do not come end with the signal. The
 * SDK is loaded here, when the first inventory of AWS is read: it takes 38 MB.
 */
export const ec2Client = async (at: AwsRegion, signal: AbortSignal) => {
  const [sdk, connection] = await Promise.all([import('@aws-sdk/client-ec2'), at.connection?.()]);
  const by = credentialsFor(at);
  const client: EC2Client = new sdk.EC2Client({ ...settings(at, connection), credentials: by.forClient(signal) });
  client.middlewareStack.add((next) => (call) => by.use(() => next(call), signal), { step: 'initialize' });
  return { sdk, client };
};

export const ssmClient = async (at: AwsRegion, signal: AbortSignal) => {
  const [sdk, connection] = await Promise.all([import('@aws-sdk/client-ssm'), at.connection?.()]);
  const by = credentialsFor(at);
  const client: SSMClient = new sdk.SSMClient({ ...settings(at, connection), credentials: by.forClient(signal) });
  client.middlewareStack.add((next) => (call) => by.use(() => next(call), signal), { step: 'initialize' });
  return { sdk, client };
};
