import { z } from 'zod';
import { FaultError } from '../../core/fault.js';
import { globMatches } from '../../core/host-pattern.js';
import { type AwsRegion, ec2Client } from './aws-clients.js';
import { allPages } from './aws-pages.js';
import { unread } from './source.js';

const instance = z.object({
  InstanceId: z.string().regex(/^i-[0-9a-f]{8,17}$/),
  State: z.object({ Name: z.string() }),
  PrivateIpAddress: z.string().optional(),
  PublicIpAddress: z.string().optional(),
  Platform: z.string().optional(),
  Tags: z.array(z.object({ Key: z.string(), Value: z.string().default('') })).default([]),
});
const answer = z.array(z.object({ Instances: z.array(instance).default([]) })).default([]);

/** An instance as EC2 tells of it. */
export type Instance = z.output<typeof instance>;

type Filters = Readonly<Record<string, readonly string[]>>;

/** Values that a filter may have. */
const FILTER_VALUES = 200;
const SHOWN = 5;

/**
 * The running instances of a region that the filters mean, all pages. `others` are IDs that should be among them as far
 * as is known from elsewhere (SSM says they are online; they were there before): those that are missing are asked for by
 * ID, and if EC2 knows one of them after all, its list was not whole. It is asked a second time, because an instance may
 * have started in between; then it is a fault, for a list with a page missing looks like a smaller fleet.
 */
export const runningInstances = async (
  at: AwsRegion,
  source: string,
  filters: Filters,
  others: readonly string[],
  signal: AbortSignal,
): Promise<readonly Instance[]> => {
  const { sdk, client } = await ec2Client(at, signal);
  const describe = async (more: Filters): Promise<readonly Instance[]> => {
    const all = { ...filters, ...more, 'instance-state-name': ['running'] };
    const asked = Object.entries(all).map(([Name, Values]) => ({ Name, Values: [...Values] }));
    const pages = await allPages(source, (token) =>
      client.send(
        new sdk.DescribeInstancesCommand({
          Filters: asked,
          MaxResults: 1000,
          ...(token !== undefined && { NextToken: token }),
        }),
        { abortSignal: signal },
      ),
    );
    const instances = pages.flatMap((page) => answer.parse(page.Reservations).flatMap((one) => one.Instances));
    return instances.filter((one) => one.State.Name === 'running');
  };
  const leftOut = async (listed: readonly Instance[]): Promise<readonly string[]> => {
    const known = new Set(listed.map((one) => one.InstanceId));
    const wanted = filters['instance-id'];
    const suspects = others.filter((id) => !known.has(id) && (wanted?.some((one) => globMatches(one, id)) ?? true));
    const found: string[] = [];
    for (let i = 0; i < suspects.length; i += FILTER_VALUES) {
      const again = await describe({ 'instance-id': suspects.slice(i, i + FILTER_VALUES) });
      found.push(...again.map((one) => one.InstanceId));
    }
    return found;
  };
  try {
    let listed = await describe({});
    let missing = await leftOut(listed);
    if (missing.length > 0) {
      listed = await describe({});
      missing = await leftOut(listed);
    }
    if (missing.length > 0) {
      const shown = `${missing.slice(0, SHOWN).join(', ')}${missing.length > SHOWN ? ', …' : ''}`;
      const why = `the list of EC2 in ${at.region} is not whole: at least ${missing.length} running instances are not in it (${shown})`;
      throw new FaultError(
        unread(source, why, 'Ask again; if it stays so, look at the proxy on the way to AWS.').fault,
      );
    }
    const byId = new Map(listed.map((one) => [one.InstanceId, one]));
    return [...byId.values()].sort((a, b) => (a.InstanceId < b.InstanceId ? -1 : 1));
  } finally {
    client.destroy();
  }
};
