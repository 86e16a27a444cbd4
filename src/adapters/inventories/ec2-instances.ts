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

/** EC2 of one region, asked for running instances that some filters mean, all pages. */
const asking = async <T>(
  at: AwsRegion,
  source: string,
  filters: Filters,
  signal: AbortSignal,
  work: (describe: (more: Filters) => Promise<readonly Instance[]>) => Promise<T>,
): Promise<T> => {
  const { sdk, client } = await ec2Client(at, signal);
  try {
    return await work(async (more) => {
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
    });
  } finally {
    client.destroy();
  }
};

/**
 * The running instances of a region that the filters mean, all pages. `others` are IDs that should be among them as far
 * as is known from elsewhere (SSM says they are online; they were there before): those that are missing are asked for by
 * ID, and if EC2 knows one of them after all, its list was not whole. It is asked a second time, because an instance may
 * have started in between; then it is a fault, for a list with a page missing looks like a smaller fleet.
 */
export const runningInstances = (
  at: AwsRegion,
  source: string,
  filters: Filters,
  others: readonly string[],
  signal: AbortSignal,
): Promise<readonly Instance[]> =>
  asking(at, source, filters, signal, async (describe) => {
    const leftOut = async (listed: readonly Instance[]): Promise<readonly string[]> => {
      const known = new Set(listed.map((one) => one.InstanceId));
      const found = await having(
        'instance-id',
        others.filter((id) => !known.has(id)),
        filters,
        describe,
      );
      return found.map((one) => one.InstanceId);
    };
    let listed = await describe({});
    let missing = await leftOut(listed);
    if (missing.length > 0) {
      listed = await describe({});
      missing = await leftOut(listed);
    }
    if (missing.length > 0) throw notWhole(at, source, missing);
    const byId = new Map(listed.map((one) => [one.InstanceId, one]));
    return [...byId.values()].sort((a, b) => (a.InstanceId < b.InstanceId ? -1 : 1));
  });

/**
 * IDs of the running instances that the filters mean and that have one of the values in one of the `properties`, as EC2
 * names them in filters (`private-ip-address`). Each is a question of its own: its answer is too short for a second page.
 */
export const instancesWith = (
  properties: readonly string[],
  values: readonly string[],
  at: AwsRegion,
  source: string,
  filters: Filters,
  signal: AbortSignal,
): Promise<readonly string[]> =>
  asking(at, source, filters, signal, async (describe) => {
    const found: Instance[] = [];
    for (const value of values)
      for (const property of properties) found.push(...(await having(property, [value], filters, describe)));
    return found.map((one) => one.InstanceId);
  });

/** Those that have one of the values in a property; where the filters name it too, only values that they mean. */
const having = async (
  property: string,
  values: readonly string[],
  filters: Filters,
  describe: (more: Filters) => Promise<readonly Instance[]>,
): Promise<readonly Instance[]> => {
  const wanted = filters[property];
  const asked = values.filter((value) => wanted?.some((one) => globMatches(one, value)) ?? true);
  const found: Instance[] = [];
  for (let i = 0; i < asked.length; i += FILTER_VALUES)
    found.push(...(await describe({ [property]: asked.slice(i, i + FILTER_VALUES) })));
  return found;
};

/** The list of a region lacks instances that run. */
export const notWhole = (at: AwsRegion, source: string, missing: readonly string[]): FaultError => {
  const shown = `${missing.slice(0, SHOWN).join(', ')}${missing.length > SHOWN ? ', …' : ''}`;
  const why = `the list of EC2 in ${at.region} is not whole: at least ${missing.length} running instances are not in it (${shown})`;
  return new FaultError(unread(source, why, 'Ask again; if it stays so, look at the proxy on the way to AWS.').fault);
};
