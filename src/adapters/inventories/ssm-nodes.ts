import { z } from 'zod';
import { FaultError } from '../../core/fault.js';
import { type AwsRegion, ssmClient } from './aws-clients.js';
import { allPages } from './aws-pages.js';
import { unread } from './source.js';

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
  const { sdk, client } = await ssmClient(at, signal);
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

/**
 * The machines outside of EC2, all pages. Those of `before` that are missing are asked for by ID: where SSM knows one after
 * all, its list was not whole. It is asked a second time, because a node may have registered in between; then it is a
 * fault, for a list with a page missing looks like a smaller fleet.
 */
export const ownNodes = async (
  at: AwsRegion,
  source: string,
  before: readonly string[],
  signal: AbortSignal,
): Promise<readonly Node[]> => {
  const list = () => managedNodes(at, source, 'ManagedInstance', signal);
  const nodes = await list();
  if ((await leftOut(at, before, nodes, signal)) === undefined) return nodes;
  const again = await list();
  const lost = await leftOut(at, before, again, signal);
  if (lost === undefined) return again;
  const why = `the list of SSM in ${at.region} is not whole: ${lost} is not in it`;
  throw new FaultError(unread(source, why, 'Ask again; if it stays so, look at the proxy on the way to AWS.').fault);
};

/** The first of the IDs that is not in a list though SSM knows it. One at a time: an ID that is gone refuses the call. */
const leftOut = async (
  at: AwsRegion,
  ids: readonly string[],
  listed: readonly Node[],
  signal: AbortSignal,
): Promise<string | undefined> => {
  const suspects = ids.filter((id) => !listed.some((one) => one.InstanceId === id));
  if (suspects.length === 0) return undefined;
  const { sdk, client } = await ssmClient(at, signal);
  try {
    for (const id of suspects) {
      const asked = new sdk.DescribeInstanceInformationCommand({ Filters: [{ Key: 'InstanceIds', Values: [id] }] });
      try {
        const { InstanceInformationList } = await client.send(asked, { abortSignal: signal });
        if (answer.parse(InstanceInformationList).some((one) => one.InstanceId === id)) return id;
      } catch (error) {
        if (!(error instanceof sdk.InvalidInstanceId)) throw error;
      }
    }
    return undefined;
  } finally {
    client.destroy();
  }
};
