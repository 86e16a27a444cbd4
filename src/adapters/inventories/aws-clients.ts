import type { EC2Client } from '@aws-sdk/client-ec2';
import type { SSMClient } from '@aws-sdk/client-ssm';

/** One region of one account. */
export interface AwsRegion {
  readonly region: string;
  readonly profile?: string;
}

/** Reading may be tried again: nothing is done twice by it. */
const settings = ({ region, profile }: AwsRegion) => ({
  region,
  ...(profile !== undefined && { profile }),
  maxAttempts: 8,
  requestHandler: { connectionTimeout: 5_000, requestTimeout: 20_000 },
});

/** The SDK is loaded here, when the first inventory of AWS is read: it takes 38 MB. */
export const ec2Client = async (at: AwsRegion) => {
  const sdk = await import('@aws-sdk/client-ec2');
  return { sdk, client: new sdk.EC2Client(settings(at)) satisfies EC2Client };
};

export const ssmClient = async (at: AwsRegion) => {
  const sdk = await import('@aws-sdk/client-ssm');
  return { sdk, client: new sdk.SSMClient(settings(at)) satisfies SSMClient };
};
