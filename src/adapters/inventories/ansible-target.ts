import { resolve } from 'node:path';
import { type Fault, fault } from '../../core/fault.js';
import type { Found } from '../../core/inventory.js';
import { hostAddress, labelValue, userName } from '../../core/label.js';
import type { Hop, Target } from '../../core/target.js';
import { VAULT, type Variable } from './ansible-data.js';
import type { ResolvedHost } from './ansible-variables.js';
import { parseJump } from './jump.js';
import { words } from './shell-words.js';
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
  const read = new Reader(host, mistakes);
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

/** Variables by what they must be. Those with an expression of Jinja are a mistake with their line, never a guess. */
class Reader {
  constructor(
    private readonly host: ResolvedHost,
    private readonly mistakes: Misreading[],
  ) {}

  /** The last of the names that is set, as Ansible has it. */
  variable(names: readonly string[]): { name: string; value: Variable } | undefined {
    const set = names.flatMap((name) => {
      const value = this.host.vars.get(name);
      return value && value.value !== null && value.value !== '' ? [{ name, value }] : [];
    });
    return set.at(-1);
  }

  text(names: readonly string[]): string | undefined {
    const found = this.variable(names);
    if (!found) return undefined;
    const { value, at } = found.value;
    if (value === VAULT) return this.mistake(at, `${found.name} is encrypted by ansible-vault, which is never read.`);
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
      return this.mistake(at, `${found.name} must be text.`);
    const text = String(value);
    if (/\{\{|\{%/.test(text))
      return this.mistake(at, `${found.name} is an expression of Jinja (${text}); write its value out.`);
    return text;
  }

  checked(names: readonly string[], grammar: typeof hostAddress): string | undefined {
    const text = this.text(names);
    if (text === undefined || grammar.safeParse(text).success) return text;
    const found = this.variable(names);
    return this.mistake(
      found?.value.at,
      `${found?.name} \`${text}\` cannot be used: ${grammar.safeParse(text).error?.issues[0]?.message ?? ''}.`,
    );
  }

  port(): number {
    const names = ['ansible_port', 'ansible_ssh_port'];
    const text = this.text(names);
    if (text === undefined) return 22;
    const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
    if (port >= 1 && port <= 65_535) return port;
    this.mistake(this.variable(names)?.value.at, `ansible_port \`${text}\` must be 1 to 65535.`);
    return 22;
  }

  flag(name: string): boolean | undefined {
    const text = this.text([name])?.toLowerCase();
    if (text === undefined) return undefined;
    if (/^(y|yes|true|on|1|t|1\.0)$/.test(text)) return true;
    if (/^(n|no|false|off|0|f|0\.0)$/.test(text)) return false;
    return this.mistake(this.variable([name])?.value.at, `${name} \`${text}\` must be true or false.`);
  }

  private mistake(at: string | undefined, message: string): undefined {
    const place = at ?? this.host.at;
    if (!this.mistakes.some((m) => m.at === place && m.message === message)) this.mistakes.push({ at: place, message });
    return undefined;
  }
}

type Way =
  | { readonly kind: 'straight' }
  | { readonly kind: 'jump'; readonly hops: readonly Hop[] }
  | { readonly kind: 'odd'; readonly why: string };

/** How the arguments for ssh lead to the host; other options of ssh are not followed. */
const wayOf = (read: Reader, login: Pick<Hop, 'user' | 'identity'>): Way => {
  for (const name of ['ansible_ssh_args', 'ansible_ssh_common_args', 'ansible_ssh_extra_args']) {
    const text = read.text([name]);
    const args = text === undefined ? [] : words(text);
    if (!args) return { kind: 'odd', why: `${name} has a quote that does not end` };
    for (const [i, arg] of args.entries()) {
      const option = arg.startsWith('-o') ? arg.slice(2) || (args[i + 1] ?? '') : '';
      const jump =
        arg === '-J' ? args[i + 1] : (/^-J(.+)$/.exec(arg)?.[1] ?? /^proxyjump\s*[= ]\s*(.+)$/i.exec(option)?.[1]);
      if (/^proxycommand\b/i.test(option)) return { kind: 'odd', why: `${name} has a ProxyCommand, which is not run` };
      if (/^-F/.test(arg)) return { kind: 'odd', why: `${name} names a file of ssh (-F), which is not read` };
      if (jump === undefined || jump === 'none') continue;
      const hops = parseJump(jump);
      if (!hops) return { kind: 'odd', why: `the ProxyJump of ${name} is not understood` };
      return { kind: 'jump', hops: hops.map((hop) => ({ port: 22, ...login, ...hop })) };
    }
  }
  return { kind: 'straight' };
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
  read: Reader,
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
