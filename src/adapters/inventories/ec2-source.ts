import type { AwsConnection } from '../../core/aws.js';
import { type Fault, fault, ok, type Result } from '../../core/fault.js';
import type { Found, Listing } from '../../core/inventory.js';
import type { Ec2Entry } from '../../core/inventory-entry.js';
import type { Target } from '../../core/target.js';
import type { Clock } from '../../engine/ports.js';
import type { AwsRegion } from './aws-clients.js';
import { awsFault } from './aws-faults.js';
import { labelsOf } from './aws-labels.js';
import { namesOf } from './aws-names.js';
import { type Instance, instancesWith, notWhole, runningInstances } from './ec2-instances.js';
import type { Absence, Source } from './source.js';
import { managedNodes, type Node } from './ssm-nodes.js';

interface Region {
  readonly at: AwsRegion;
  readonly instances: readonly Instance[];
  /** By instance; undefined where SSM may not be asked. */
  readonly nodes: ReadonlyMap<string, Node> | undefined;
}

/** Running EC2 instances of one or several regions, with what SSM knows of them. One page that fails fails it all. */
export const ec2Source = (entry: Ec2Entry, clock: Clock, connection?: () => Promise<AwsConnection>): Source => {
  const { regions, profile } = entry;
  const name = `ec2 ${regions.join(', ')}${profile === undefined ? '' : ` (profile ${profile})`}`;
  /** What the last whole answer had, by region. */
  const before = new Map<string, readonly string[]>();
  const at = (region: string): AwsRegion => ({
    ...{ region, clock },
    ...(profile !== undefined && { profile }),
    ...(connection && { connection }),
  });
  return {
    name,
    read: async (signal) => {
      const asked = regions.map((region) => regionOf(at(region), entry, before.get(region) ?? [], signal));
      const answers = await Promise.all(asked);
      const whole: Region[] = [];
      for (const answer of answers) {
        if (!answer.ok) return answer;
        whole.push(answer.value);
      }
      for (const one of whole)
        before.set(
          one.at.region,
          one.instances.map(({ InstanceId }) => InstanceId),
        );
      return ok(listingOf(entry, whole));
    },
    confirmGone: async (absence, signal) => {
      const asked = await Promise.all(regions.map((region) => goneFrom(at(region), entry, absence, signal)));
      return asked.find((one) => !one.ok) ?? ok(undefined);
    },
  };
};

const regionOf = async (
  at: AwsRegion,
  entry: Ec2Entry,
  before: readonly string[],
  signal: AbortSignal,
): Promise<Result<Region>> => {
  const refused = (error: unknown, service: string, action: string) =>
    ({ ok: false, fault: awsFault(error, `${service} ${at.region}`, action, at.profile) }) as const;
  let nodes: ReadonlyMap<string, Node> | undefined;
  try {
    const managed = await managedNodes(at, `ssm ${at.region}`, 'EC2Instance', signal);
    nodes = new Map(managed.map((node) => [node.InstanceId, node]));
  } catch (error) {
    const denied = error instanceof Error && error.name === 'AccessDeniedException';
    if (!denied || entry.transport === 'ssm') return refused(error, 'ssm', 'ssm:DescribeInstanceInformation');
  }
  const online = [...(nodes?.values() ?? [])].filter((node) => node.PingStatus === 'Online');
  const others = [...new Set([...online.map((node) => node.InstanceId), ...before])];
  try {
    const instances = await runningInstances(at, `ec2 ${at.region}`, entry.filters, others, signal);
    return ok({ at, instances, nodes });
  } catch (error) {
    return refused(error, 'ec2', 'ec2:DescribeInstances');
  }
};

/** Asks for running instances at the addresses: one that was not listed is a fault, for the list was not whole then. */
const goneFrom = async (
  at: AwsRegion,
  entry: Ec2Entry,
  { addresses, isKnown }: Absence,
  signal: AbortSignal,
): Promise<Result<void>> => {
  const place = `ec2 ${at.region}`;
  const tags = Object.keys(entry.tags).filter((tag) => entry.tags[tag] === 'address');
  const properties = ['private-ip-address', 'ip-address', ...tags.map((tag) => `tag:${tag}`)];
  try {
    const found = await instancesWith(properties, addresses, at, place, entry.filters, signal);
    const missing = [...new Set(found)].filter((id) => !isKnown(id));
    if (missing.length > 0) throw notWhole(at, place, missing);
    return ok(undefined);
  } catch (error) {
    return { ok: false, fault: awsFault(error, place, 'ec2:DescribeInstances', at.profile) };
  }
};

const listingOf = (entry: Ec2Entry, regions: readonly Region[]): Listing => {
  const names = namesOf(
    regions.flatMap((region) => region.instances),
    entry.name,
  );
  const notes = new Set<string>();
  const found: Found[] = [];
  for (const { at, instances, nodes } of regions) {
    if (!nodes) notes.add(`SSM may not be asked in ${at.region} (ssm:DescribeInstanceInformation).`);
    for (const instance of instances) {
      const id = instance.InstanceId;
      const name = names.get(id) ?? id;
      const target = targetOf(entry, at, instance, nodes?.get(id), name, (note) => notes.add(note));
      found.push({ target, place: `ec2 ${at.region} ${id}` });
    }
  }
  return { found, notes: [...notes] };
};

const targetOf = (
  entry: Ec2Entry,
  at: AwsRegion,
  instance: Instance,
  node: Node | undefined,
  name: string,
  tell: (note: string) => void,
): Target => {
  const { transport, address } = entry;
  const id = instance.InstanceId;
  const inside = instance.PrivateIpAddress;
  const dialled = transport === 'ssh' && address === 'public' ? instance.PublicIpAddress : inside;
  const unreachable =
    windows(instance, name) ?? (transport === 'ssm' ? bySsm(node, name, id) : bySsh(dialled, address, name, id));
  const labels = {
    region: at.region,
    ...(dialled !== inside && inside !== undefined && { address: inside }),
    ...labelsOf(instance.Tags, entry.tags, tell),
    ...entry.labels,
  };
  const ssh = transport === 'ssh';
  return {
    name,
    transport,
    host: dialled ?? id,
    port: 22,
    user: ssh ? entry.user : 'root',
    ...(ssh && entry.identity !== undefined && { identity: entry.identity }),
    become: ssh ? (entry.become ?? 'none') : 'none',
    labels,
    aws: { instance: id, region: at.region, ...(at.profile !== undefined && { profile: at.profile }) },
    ...(unreachable && { unreachable }),
  };
};

const windows = (instance: Instance, name: string): Fault | undefined =>
  instance.Platform?.toLowerCase() === 'windows'
    ? fault(
        'host_unmanaged',
        `${name} (${instance.InstanceId}) runs Windows.`,
        'Runbolt speaks POSIX sh: leave it out by `filters` or `select`.',
      )
    : undefined;

const AGENT =
  'Give it the SSM agent, a role with AmazonSSMManagedInstanceCore, and a way to the endpoints of SSM; or use `transport: ssh`.';

/** Why SSM does not reach a node. */
export const bySsm = (node: Node | undefined, name: string, id: string): Fault | undefined => {
  if (!node) return fault('host_unmanaged', `${name} (${id}) is not managed by SSM.`, AGENT);
  if (node.PlatformType !== undefined && node.PlatformType !== 'Linux')
    return fault('host_unmanaged', `${name} (${id}) runs ${node.PlatformType}.`, 'Runbolt speaks POSIX sh on Linux.');
  if (node.PingStatus === 'Online') return undefined;
  const since = node.LastPingDateTime ? `; last heard of at ${node.LastPingDateTime.toISOString().slice(0, 16)}Z` : '';
  return fault(
    'host_unmanaged',
    `SSM has no contact with ${name} (${id}): ${node.PingStatus}${since}.`,
    'Look at its SSM agent and its network.',
  );
};

const bySsh = (dialled: string | undefined, address: string, name: string, id: string): Fault | undefined =>
  dialled === undefined
    ? fault(
        'host_unresolved',
        `${name} (${id}) has no ${address} address.`,
        'Use `transport: ssm`, or another `address`.',
      )
    : undefined;
