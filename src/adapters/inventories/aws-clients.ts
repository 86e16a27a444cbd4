import type { EC2Client } from '@aws-sdk/client-ec2';
import type { SSMClient } from '@aws-sdk/client-ssm';
import type { AwsConnection } from '../../core/aws.js';
import type { Clock } from '../../engine/ports.js';
import { credentialsOf } from '../aws/credentials.js';

/** One region of one account. */
export interface AwsRegion {
  readonly region: string;
  readonly profile?: string;
  /** Another AWS than what the environment and `~/.aws` name. */
  readonly connection?: () => Promise<AwsConnection>;
  readonly clock: Clock;
}

/** Reading may be tried again: nothing is done twice by it. Credentials that do not come end with the signal. */
const settings = (at: AwsRegion, connection: AwsConnection | undefined, signal: AbortSignal) => {
  const { region, profile, clock } = at;
  const where = { region, ...(profile !== undefined && { profile }) };
  const credentials = credentialsOf(where, clock, at.connection);
  return {
    ...where,
    ...(connection && { endpoint: connection.endpoint, useFipsEndpoint: false, useDualstackEndpoint: false }),
    credentials: () => credentials.get(signal),
    maxAttempts: 6,
    requestHandler: {
      ...{ connectionTimeout: 5_000, requestTimeout: 20_000, throwOnRequestTimeout: true },
      /** An answer that stops in the middle of it. */
      socketTimeout: 20_000,
    },
  };
};

/** The SDK is loaded here, when the first inventory of AWS is read: it takes 38 MB. For the calls of one reading. */
export const ec2Client = async (at: AwsRegion, signal: AbortSignal) => {
  const [sdk, connection] = await Promise.all([import('@aws-sdk/client-ec2'), at.connection?.()]);
  return { sdk, client: new sdk.EC2Client(settings(at, connection, signal)) satisfies EC2Client };
};

export const ssmClient = async (at: AwsRegion, signal: AbortSignal) => {
  const [sdk, connection] = await Promise.all([import('@aws-sdk/client-ssm'), at.connection?.()]);
  return { sdk, client: new sdk.SSMClient(settings(at, connection, signal)) satisfies SSMClient };
};
