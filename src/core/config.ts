import { z } from 'zod';
import { AWS_KEYS, awsFile, awsKeys, awsMistakes, awsPlace, type SsmSettings, ssmSettings } from './aws.js';
import { failure, ok, type Result } from './fault.js';
import { type InventoryEntry, inventoryEntry, inventoryFile, inventoryKeys } from './inventory-entry.js';
import { hostAddress, hostName, labels, userName } from './label.js';
import { type ListenAddress, listenAddress } from './listen-address.js';
import { type Schedule, scheduleFile } from './schedule.js';
import { parseSelector, type Selector } from './selector.js';
import type { Target } from './target.js';
import { type Path, readYaml, showMistakes, zodMistakes } from './yaml-file.js';
import { ZONE_NAME, type Zone } from './zone.js';

/** The product's own configuration, `runbolt.yaml`. Secrets are never in it: they come from the environment. */

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

const DURATION = 'must be a duration such as 500ms, 10s, 30m or 2h';

const duration = (minMs: number, maxMs: number) =>
  z
    .string(DURATION)
    .regex(/^\d{1,6}(ms|s|m|h)$/, DURATION)
    .transform((text) => {
      const [, count = '0', unit = 's'] = /^(\d+)(ms|s|m|h)$/.exec(text) ?? [];
      return Number(count) * UNITS[unit === 'ms' || unit === 'm' || unit === 'h' ? unit : 's'];
    })
    .refine((ms) => ms >= minMs && ms <= maxMs, `must be between ${minMs / 1000} s and ${maxMs / 1000} s`);

/** Attempts stay on the hosts for 30 days, and can be taken back so long: the record must not go before. */
const retention = z
  .string()
  .regex(/^\d{1,5}d$/, 'must be a number of days such as 400d')
  .transform((text) => Number(text.slice(0, -1)))
  .refine((days) => days >= 30, 'must be at least 30d: so long a change can be taken back')
  .transform((days) => days * 86_400_000);

const target = z.strictObject({
  host: hostAddress.optional(),
  port: z.int().min(1).max(65535).default(22),
  user: userName.optional(),
  identity: z.string().min(1).optional(),
  become: z.enum(['none', 'sudo']).default('none'),
  transport: z.enum(['ssh', 'ssm', 'local']).default('ssh'),
  ...awsKeys,
  labels: labels.default({}),
});

const memberId = z.string().regex(/^([UWS][A-Z0-9]{2,20}|cli:[A-Za-z0-9._-]{1,64})$/, {
  message: 'must be the ID of a Slack user (U…, W…) or usergroup (S…), never a name; in `allow` also cli:USER',
});
const approverId = z.string().regex(/^[UWS][A-Z0-9]{2,20}$/, {
  message: 'must be the ID of a Slack user (U…, W…) or usergroup (S…), never a name',
});

const policy = z
  .strictObject({
    where: z.string().min(1),
    allow: z.record(z.string(), z.array(memberId).min(1)).optional(),
    approvals: z.literal([0, 1]).default(1),
    approvers: z.array(approverId).default([]),
    self_approval: z.boolean().default(false),
    expires: duration(60_000, 86_400_000).default(1_800_000),
  })
  .refine((p) => p.approvals === 0 || p.approvers.length > 0, {
    message: 'one approval is asked for, so `approvers` must name who can give it',
    path: ['approvers'],
  });

const configFile = z.strictObject({
  targets: z.record(hostName, target).default({}),
  inventories: z.array(inventoryFile).max(50).default([]),
  groups: z
    .record(z.string().regex(/^[A-Za-z0-9_-]{1,60}$/, 'must be letters, digits, _ and -'), z.string())
    .default({}),
  ssh: z
    .strictObject({
      user: z.string().optional(),
      known_hosts: z.string().default('~/.ssh/known_hosts'),
      bastion: z
        .string()
        .regex(/^[A-Za-z0-9._-]+@[A-Za-z0-9._:-]+$/, 'must be user@host or user@host:port')
        .optional(),
    })
    .default({ known_hosts: '~/.ssh/known_hosts' }),
  aws: awsFile,
  policies: z.array(policy).default([]),
  schedules: z.array(scheduleFile).max(100).default([]),
  zones: z
    .record(
      z.string().regex(ZONE_NAME, 'must be lower-case letters, digits and -, at most 31, not - first'),
      z.string().min(1),
    )
    .default({}),
  retention: retention.optional(),
  limits: z
    .strictObject({
      gather: duration(1_000, 300_000).default(10_000),
      apply: duration(5_000, 900_000).default(60_000),
    })
    .default({ gather: 10_000, apply: 60_000 }),
  runbooks: z.string().optional(),
  http: listenAddress.optional(),
});

/** Who may ask for changes on which hosts, and who must approve them. The first policy that selects a host holds. */
export interface Policy {
  readonly where: Selector;
  readonly text: string;
  /** Write verb → IDs that may ask for it; undefined: everybody who may use the bot. A verb not named: nobody. */
  readonly allow?: Readonly<Record<string, readonly string[]>>;
  readonly approvals: 0 | 1;
  readonly approvers: readonly string[];
  readonly selfApproval: boolean;
  readonly expiresMs: number;
}

export interface Config {
  readonly targets: readonly Target[];
  /** Where each of `targets` stands: `runbolt.yaml:12`. */
  readonly places: Readonly<Record<string, string>>;
  readonly inventories: readonly InventoryEntry[];
  readonly groups: Readonly<Record<string, string>>;
  readonly ssh: { readonly knownHosts: string; readonly bastion?: string };
  readonly aws: SsmSettings;
  readonly policies: readonly Policy[];
  readonly schedules: readonly Schedule[];
  /** Parts of the network that only workers within them reach; a host belongs to at most one. */
  readonly zones: readonly Zone[];
  /** How long runs are kept after their end, ms; for ever when absent. */
  readonly retentionMs?: number;
  readonly limits: { readonly gatherMs: number; readonly applyMs: number };
  /** Directory of the team's own runbooks, beside those that ship. */
  readonly runbooks?: string;
  /** Where `/healthz`, `/readyz` and `/metrics` are served; nowhere when absent. */
  readonly http?: ListenAddress;
}

/** Reads `runbolt.yaml`. The fault's `next` lists all mistakes as file:line:column. `user` is for targets without one. */
export const readConfig = (name: string, text: string, user: string): Result<Config> => {
  const file = readYaml(text);
  const refused = (lines: readonly string[]) =>
    failure(
      'config_invalid',
      `${name} has ${lines.length === 1 ? '1 mistake' : `${lines.length} mistakes`}.`,
      lines.join('\n'),
    );
  if (file.mistakes.length > 0) return refused(showMistakes(name, file.mistakes));
  const shape = configFile.safeParse(file.data ?? {}, { reportInput: true });
  if (!shape.success) return refused(showMistakes(name, zodMistakes(file, shape.error, knownKeys)));
  const { data } = shape;
  const mistakes: { line: number; column: number; message: string }[] = [];
  const selector = (at: string, path: Path): Selector | undefined => {
    const parsed = parseSelector(at, data.groups);
    if (parsed.ok) return parsed.value;
    mistakes.push({ ...file.place(path), message: `${parsed.fault.message} ${parsed.fault.next}` });
    return undefined;
  };
  for (const [group, value] of Object.entries(data.groups)) selector(value, ['groups', group]);
  for (const [one, written] of Object.entries(data.targets)) {
    for (const { key, message } of awsMistakes(written))
      mistakes.push({ ...file.place(['targets', one, key], 'key'), message: `\`targets.${one}.${key}\`: ${message}.` });
  }
  const policies = data.policies.flatMap((p, i): Policy[] => {
    const where = selector(p.where, ['policies', i, 'where']);
    if (!where) return [];
    return [
      {
        where,
        text: p.where,
        ...(p.allow !== undefined && { allow: p.allow }),
        approvals: p.approvals,
        approvers: p.approvers,
        selfApproval: p.self_approval,
        expiresMs: p.expires,
      },
    ];
  });
  const zones = Object.entries(data.zones).flatMap(([zone, text]): Zone[] => {
    const where = selector(text, ['zones', zone]);
    return where ? [{ name: zone, where, text }] : [];
  });
  for (const [i, { name: schedule }] of data.schedules.entries()) {
    if (data.schedules.findIndex((s) => s.name === schedule) === i) continue;
    const message = `There are two schedules \`${schedule}\`; each needs a name of its own.`;
    mistakes.push({ ...file.place(['schedules', i, 'name']), message });
  }
  const at = (path: Path, part?: 'key') => `${name}:${file.place(path, part).line}`;
  const inventories = data.inventories.flatMap((entry, i): InventoryEntry[] => {
    const select = entry.select === undefined ? undefined : selector(entry.select, ['inventories', i, 'select']);
    const read = inventoryEntry(entry, {
      at: at(['inventories', i]),
      user: entry.user ?? data.ssh.user ?? user,
      labels: entry.labels,
      ...(select && { select }),
      ...(entry.identity !== undefined && { identity: entry.identity }),
      ...(entry.become !== undefined && { become: entry.become }),
    });
    return read ? [read] : [];
  });
  if (mistakes.length > 0) return refused(showMistakes(name, mistakes));
  return ok({
    inventories,
    places: Object.fromEntries(Object.keys(data.targets).map((one) => [one, at(['targets', one], 'key')])),
    targets: Object.entries(data.targets).map(
      ([targetName, t]): Target => ({
        name: targetName,
        transport: t.transport,
        host: t.host ?? targetName,
        port: t.port,
        user: t.user ?? data.ssh.user ?? user,
        ...(t.identity !== undefined && { identity: t.identity }),
        become: t.become,
        labels: t.labels,
        ...awsOf(t),
      }),
    ),
    groups: data.groups,
    ssh: { knownHosts: data.ssh.known_hosts, ...(data.ssh.bastion !== undefined && { bastion: data.ssh.bastion }) },
    aws: ssmSettings(data.aws),
    policies,
    schedules: data.schedules.map((s, i) => ({ ...s, place: file.place(['schedules', i, 'run']) })),
    zones,
    ...(data.retention !== undefined && { retentionMs: data.retention }),
    limits: { gatherMs: data.limits.gather, applyMs: data.limits.apply },
    ...(data.runbooks !== undefined && { runbooks: data.runbooks }),
    ...(data.http !== undefined && { http: data.http }),
  });
};

const awsOf = (written: z.output<typeof target>): Pick<Target, 'aws'> => {
  const aws = awsPlace(written);
  return aws ? { aws } : {};
};

const knownKeys = (path: Path): readonly string[] => {
  if (path.length === 0) return Object.keys(configFile.shape);
  if (path[0] === 'inventories') return inventoryKeys(path);
  if (path[0] === 'targets') return Object.keys(target.shape);
  if (path[0] === 'policies') return ['where', 'allow', 'approvals', 'approvers', 'self_approval', 'expires'];
  if (path[0] === 'schedules') return Object.keys(scheduleFile.shape);
  if (path[0] === 'limits') return ['gather', 'apply'];
  if (path[0] === 'ssh') return ['user', 'known_hosts', 'bastion'];
  if (path[0] === 'aws') return AWS_KEYS;
  return [];
};

/** JSON Schema of `runbolt.yaml` for editors. */
export const configJsonSchema = (): unknown => z.toJSONSchema(configFile, { io: 'input', unrepresentable: 'any' });
