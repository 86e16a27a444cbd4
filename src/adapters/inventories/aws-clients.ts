import type { EC2Client } from '@aws-sdk/client-ec2';
import type { SSMClient } from '@aws-sdk/client-ssm';
import type { AwsConnection } from '../../core/aws.js';

/** One region of one account. */
export interface AwsRegion {
  readonly region: string;
  readonly profile?: string;
  /** Another AWS than what the environment and `~/.aws` name. */
  readonly connection?: () => Promise<AwsConnection>;
}

/** Reading may be tried again: nothing is done twice by it. */
const settings = ({ region, profile }: AwsRegion, connection: AwsConnection | undefined) => ({
  region,
  ...(profile !== undefined && { profile }),
  ...(connection && { ...connection, useFipsEndpoint: false, useDualstackEndpoint: false }),
  maxAttempts: 6,
  requestHandler: {
    ...{ connectionTimeout: 5_000, requestTimeout: 20_000, throwOnRequestTimeout: true },
    /** An answer that stops in the middle of it. */
    socketTimeout: 20_000,
  },
});

/** The SDK is loaded here, when the first inventory of AWS is read: it takes 38 MB. */
export const ec2Client = async (at: AwsRegion) => {
  const [sdk, connection] = await Promise.all([import('@aws-sdk/client-ec2'), at.connection?.()]);
  return { sdk, client: new sdk.EC2Client(settings(at, connection)) satisfies EC2Client };
};

export const ssmClient = async (at: AwsRegion) => {
  const [sdk, connection] = await Promise.all([import('@aws-sdk/client-ssm'), at.connection?.()]);
  return { sdk, client: new sdk.SSMClient(settings(at, connection)) satisfies SSMClient };
};
