import { resolve } from 'node:path';
import { type Fault, fault } from '../../core/fault.js';
import type { Found } from '../../core/inventory.js';
import { hostAddress, labelValue, userName } from '../../core/label.js';
import type { Target } from '../../core/target.js';
import { VariableReader } from './ansible-reader.js';
import type { ResolvedHost } from './ansible-variables.js';
import { type Way, wayOf } from './ansible-way.js';
import type { Misreading } from './source.js';

/** What hosts have that the inventory does not say. */
export interface AnsibleDefaults {
  readonly user: string;
  readonly identity?: string;
  readonly become?: 'none' | 'sudo';
  readonly labels: Readonly<Record<string, string>>;
  /** Variables that become labels. */
  readonly variables: readonly string[];
  /** The directory from which key files are named. */
  readonly directory: string;
  readonly home: string;
}

/** A host as a target, or the mistakes in the variables that matter. Each group is the label `group.NAME=yes`. */
export const ansibleTarget = (
  host: ResolvedHost,
  defaults: AnsibleDefaults,
  mistakes: Misreading[],
): Found | undefined => {
  const before = mistakes.length;
  const read = new VariableReader(host, mistakes);
  const connection = read.text(['ansible_connection']) ?? 'ssh';
  const address = read.checked(['ansible_host', 'ansible_ssh_host'], hostAddress) ?? host.name;
  const port = read.port();
  const user = read.checked(['ansible_user', 'ansible_ssh_user'], userName) ?? defaults.user;
  const key = read.text(['ansible_private_key_file', 'ansible_ssh_private_key_file']);
  const become = read.flag('ansible_become');
  const labels: Record<string, string> = Object.fromEntries(host.groups.map((group) => [`group.${group}`, 'yes']));
  for (const name of defaults.variables) {
    const value = read.checked([name], labelValue);
    if (value !== undefined) labels[name] = value;
  }
  const expanded = key?.replace(/^~(?=\/|$)/, defaults.home);
  const identity = expanded === undefined ? defaults.identity : resolve(defaults.directory, expanded);
  const way = wayOf(read, { user: defaults.user, ...(identity !== undefined && { identity }) });
  const unreachable = unreachableOf(read, host, connection, way, become === true);
  if (mistakes.length > before) return undefined;
  const target: Target = {
    name: host.name,
    transport: connection === 'local' ? 'local' : 'ssh',
    host: address,
    port,
    user,
    ...(identity !== undefined && { identity }),
    become: become === undefined ? (defaults.become ?? 'none') : become ? 'sudo' : 'none',
    labels: { ...labels, ...defaults.labels },
    ...(way.kind === 'jump' && { jump: way.hops }),
    ...(unreachable && { unreachable }),
  };
  return { target, place: host.at };
};

const CONNECTIONS: ReadonlySet<string> = new Set([
  'ssh',
  'smart',
  'paramiko',
  'paramiko_ssh',
  'local',
  'ansible.builtin.ssh',
]);

const unreachableOf = (
  read: VariableReader,
  host: ResolvedHost,
  connection: string,
  way: Way,
  root: boolean,
): Fault | undefined => {
  const closed = (why: string, next: string) =>
    fault('host_unmanaged', `${host.name} is not reached: ${why} (${host.at}).`, next);
  if (!CONNECTIONS.has(connection))
    return closed(
      `its ansible_connection is ${connection}`,
      'Runbolt knows ssh and local; name the host under `targets` to reach it.',
    );
  if (way.kind === 'odd') return closed(way.why, 'Use ProxyJump, or name the host under `targets`.');
  if (!root) return undefined;
  const method = read.text(['ansible_become_method']) ?? 'sudo';
  const as = read.text(['ansible_become_user']) ?? 'root';
  if (/^(ansible\.builtin\.)?sudo$/.test(method) && as === 'root') return undefined;
  return closed(`it becomes ${as} by ${method}`, 'Runbolt becomes root by `sudo -n`, and nobody else.');
};
