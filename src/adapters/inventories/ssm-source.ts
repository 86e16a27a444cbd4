import { failure, ok, type Result } from '../../core/fault.js';
import type { Found, Listing } from '../../core/inventory.js';
import type { SsmEntry } from '../../core/inventory-entry.js';
import type { Clock } from '../../engine/ports.js';
import { type AwsRegion, ssmClient } from './aws-clients.js';
import { awsFault } from './aws-faults.js';
import { labelsOf, type Tag } from './aws-labels.js';
import { namesOf } from './aws-names.js';
import { bySsm } from './ec2-source.js';
import type { Source } from './source.js';
import { type Node, ownNodes } from './ssm-nodes.js';

/** Tags are asked for a node at a time. */
const AT_ONCE = 5;
const SHOWN = 5;

interface TaggedNode extends Node {
  readonly at: AwsRegion;
  readonly Tags: readonly Tag[];
}

/** Machines outside of EC2 that SSM manages (`mi-…`), with their tags. EC2 instances are found by `ec2`. */
export const ssmSource = (entry: SsmEntry, clock: Clock): Source => {
  const { regions, profile } = entry;
  const name = `ssm ${regions.join(', ')}${profile === undefined ? '' : ` (profile ${profile})`}`;
  /** What the last whole answer had, by region. */
  const before = new Map<string, readonly string[]>();
  return {
    name,
    read: async (signal) => {
      const all: TaggedNode[] = [];
      for (const region of regions) {
        const at = { region, clock, ...(profile !== undefined && { profile }) };
        const found = await nodesOf(at, before.get(region) ?? [], signal);
        if (!found.ok) return found;
        all.push(...found.value);
      }
      for (const region of regions)
        before.set(
          region,
          all.flatMap((node) => (node.at.region === region ? [node.InstanceId] : [])),
        );
      return ok(listingOf(entry, all));
    },
    confirmGone: async ({ addresses, seen }) => {
      const unknown = addresses.filter((one) => !seen.has(one));
      return unknown.length === 0 ? ok(undefined) : untold(name, unknown);
    },
  };
};

const nodesOf = async (
  at: AwsRegion,
  before: readonly string[],
  signal: AbortSignal,
): Promise<Result<readonly TaggedNode[]>> => {
  const place = `ssm ${at.region}`;
  let action = 'ssm:DescribeInstanceInformation';
  try {
    const nodes = await ownNodes(at, place, before, signal);
    action = 'ssm:ListTagsForResource';
    const { sdk, client } = await ssmClient(at, signal);
    const open = [...nodes];
    const tagged: TaggedNode[] = [];
    const one = async (): Promise<void> => {
      for (let node = open.shift(); node; node = open.shift()) {
        const asked = { ResourceType: 'ManagedInstance', ResourceId: node.InstanceId } as const;
        const { TagList } = await client.send(new sdk.ListTagsForResourceCommand(asked), { abortSignal: signal });
        const Tags = (TagList ?? []).map(({ Key = '', Value = '' }) => ({ Key, Value }));
        tagged.push({ ...node, at, Tags });
      }
    };
    try {
      await Promise.all(Array.from({ length: AT_ONCE }, one));
    } finally {
      client.destroy();
    }
    return ok(tagged.sort((a, b) => (a.InstanceId < b.InstanceId ? -1 : 1)));
  } catch (error) {
    return { ok: false, fault: awsFault(error, place, action, at.profile) };
  }
};

/** SSM is not asked by address: of one that an earlier answer had, each later reading has asked by ID. */
const untold = (name: string, addresses: readonly string[]): Result<never> =>
  failure(
    'inventory_unread',
    `Whether a machine of the inventory ${name} is at ${addresses.slice(0, SHOWN).join(', ')} cannot be told: no answer before had one there, and SSM cannot be asked by address.`,
    'Ask the bot, which keeps earlier answers, or do it by hand.',
  );

const listingOf = (entry: SsmEntry, nodes: readonly TaggedNode[]): Listing => {
  const named = nodes.map((node) => {
    const own = node.Tags.some(({ Key }) => Key === 'Name') || node.Name === undefined;
    return own ? node : { ...node, Tags: [...node.Tags, { Key: 'Name', Value: node.Name ?? '' }] };
  });
  const names = namesOf(named, 'tag');
  const notes = new Set<string>();
  const found = named.map((node): Found => {
    const id = node.InstanceId;
    const name = names.get(id) ?? id;
    const unreachable = bySsm(node, name, id);
    const target: Found['target'] = {
      name,
      transport: 'ssm',
      host: node.IPAddress ?? id,
      port: 22,
      user: 'root',
      become: 'none',
      labels: {
        region: node.at.region,
        ...labelsOf(node.Tags, entry.tags, (note) => notes.add(note)),
        ...entry.labels,
      },
      aws: { instance: id, region: node.at.region, ...(node.at.profile !== undefined && { profile: node.at.profile }) },
      ...(unreachable && { unreachable }),
    };
    return { target, place: `ssm ${node.at.region} ${id}` };
  });
  return { found, notes: [...notes] };
};
