import { z } from 'zod';
import { type AwsRegion, ssmClient } from './aws-clients.js';
import { allPages } from './aws-pages.js';

const node = z.object({
  InstanceId: z.string().regex(/^m?i-[0-9a-f]{8,17}$/),
  PingStatus: z.string().default('unknown'),
  LastPingDateTime: z.date().optional(),
  PlatformType: z.string().optional(),
  IPAddress: z.string().optional(),
  ComputerName: z.string().optional(),
  Name: z.string().optional(),
});
const answer = z.array(node).default([]);

/** A machine with an SSM agent, as SSM knows it. */
export type Node = z.output<typeof node>;

/** Every managed node of a region, all pages; rejects with the SDK's error. */
export const managedNodes = async (
  at: AwsRegion,
  source: string,
  kind: 'EC2Instance' | 'ManagedInstance',
  signal: AbortSignal,
): Promise<readonly Node[]> => {
  const { sdk, client } = await ssmClient(at);
  try {
    const pages = await allPages(source, (token) =>
      client.send(
        new sdk.DescribeInstanceInformationCommand({
          MaxResults: 50,
          Filters: [{ Key: 'ResourceType', Values: [kind] }],
          ...(token !== undefined && { NextToken: token }),
        }),
        { abortSignal: signal },
      ),
    );
    return pages.flatMap((page) => answer.parse(page.InstanceInformationList));
  } finally {
    client.destroy();
  }
};
