import { z } from 'zod';
import { awsProfile as profile, awsRegion as region } from './aws.js';
import { labelName, labels, userName } from './label.js';
import type { Selector } from './selector.js';

/** What `inventories` of `runbolt.yaml` may say. */

const path = z.string().min(1).max(1000);
const filterValue = z.string().min(1).max(256);

const places = {
  region: region.optional(),
  regions: z.array(region).min(1).max(30).optional(),
  profile: profile.optional(),
  /** The label that a tag becomes, where it is not to have the tag's own name. */
  tags: z.record(z.string().min(1).max(128), labelName).default({}),
};
const oneOfThem = (where: { region?: string | undefined; regions?: readonly string[] | undefined }) =>
  (where.region === undefined) !== (where.regions === undefined);
const WHERE = 'must name `region` or `regions`, one of them';

const ec2 = z
  .strictObject({
    ...places,
    filters: z
      .record(
        z
          .string()
          .regex(/^[A-Za-z0-9_.:/-]{1,200}$/, "must be a filter of EC2's DescribeInstances such as tag:role or vpc-id")
          .refine((name) => name !== 'instance-state-name', 'is set by Runbolt: only running instances are read'),
        z.union([filterValue.transform((one) => [one]), z.array(filterValue).min(1).max(200)]),
      )
      .default({}),
    name: z.enum(['tag', 'id']).default('tag'),
    transport: z.enum(['ssm', 'ssh']).default('ssm'),
    address: z.enum(['private', 'public']).default('private'),
  })
  .refine(oneOfThem, WHERE);

const ssm = z.strictObject(places).refine(oneOfThem, WHERE);

const SOURCES = ['ansible', 'ssh_config', 'command', 'ec2', 'ssm'] as const;

export const inventoryFile = z
  .strictObject({
    ansible: path.optional(),
    ssh_config: path.optional(),
    command: z.array(z.string().min(1).max(1000)).min(1).max(50).optional(),
    ec2: ec2.optional(),
    ssm: ssm.optional(),
    select: z.string().min(1).max(500).optional(),
    variables: z.array(labelName).max(50).default([]),
    user: userName.optional(),
    identity: path.optional(),
    become: z.enum(['none', 'sudo']).optional(),
    labels: labels.default({}),
  })
  .refine((entry) => SOURCES.filter((name) => entry[name] !== undefined).length === 1, {
    message: `must name one source: ${SOURCES.slice(0, -1).join(', ')} or ${SOURCES.at(-1)}`,
  });

/** The keys that are known at a path below `inventories`, for those that are nearly right. */
export const inventoryKeys = (path: readonly PropertyKey[]): readonly string[] => {
  if (path.length === 2) return Object.keys(inventoryFile.shape);
  if (path[2] === 'ec2') return Object.keys(ec2.shape);
  return path[2] === 'ssm' ? Object.keys(ssm.shape) : [];
};

interface Common {
  /** Where the entry stands: `runbolt.yaml:12`. */
  readonly at: string;
  /** Which of the hosts found are meant. */
  readonly select?: Selector;
  /** For hosts whose source names no user. */
  readonly user: string;
  /** For hosts whose source names no key. */
  readonly identity?: string;
  /** For hosts whose source does not say. */
  readonly become?: 'none' | 'sudo';
  /** Given to every host, over what the source says. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface AnsibleEntry extends Common {
  readonly kind: 'ansible';
  readonly file: string;
  /** Ansible's variables that become labels. */
  readonly variables: readonly string[];
}

export interface SshConfigEntry extends Common {
  readonly kind: 'ssh_config';
  readonly file: string;
}

export interface CommandEntry extends Common {
  readonly kind: 'command';
  readonly argv: readonly string[];
  readonly variables: readonly string[];
}

export interface Ec2Entry extends Common {
  readonly kind: 'ec2';
  readonly regions: readonly string[];
  readonly profile?: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly filters: Readonly<Record<string, readonly string[]>>;
  readonly name: 'tag' | 'id';
  readonly transport: 'ssm' | 'ssh';
  readonly address: 'private' | 'public';
}

export interface SsmEntry extends Common {
  readonly kind: 'ssm';
  readonly regions: readonly string[];
  readonly profile?: string;
  readonly tags: Readonly<Record<string, string>>;
}

export type InventoryEntry = AnsibleEntry | SshConfigEntry | CommandEntry | Ec2Entry | SsmEntry;

/** A checked entry as the adapters take it. */
export const inventoryEntry = (data: z.output<typeof inventoryFile>, common: Common): InventoryEntry | undefined => {
  const { variables } = data;
  if (data.ansible !== undefined) return { kind: 'ansible', file: data.ansible, variables, ...common };
  if (data.ssh_config !== undefined) return { kind: 'ssh_config', file: data.ssh_config, ...common };
  if (data.command !== undefined) return { kind: 'command', argv: data.command, variables, ...common };
  if (data.ec2 !== undefined) {
    const { tags, filters, name, transport, address } = data.ec2;
    return { kind: 'ec2', tags, filters, name, transport, address, ...placed(data.ec2), ...common };
  }
  if (data.ssm !== undefined) return { kind: 'ssm', tags: data.ssm.tags, ...placed(data.ssm), ...common };
  return undefined;
};

const placed = ({
  region: one,
  regions,
  profile: as,
}: Pick<z.output<typeof ssm>, 'region' | 'regions' | 'profile'>) => ({
  regions: [...new Set(regions ?? (one === undefined ? [] : [one]))],
  ...(as !== undefined && { profile: as }),
});
