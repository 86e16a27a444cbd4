import type { Misreading } from './source.js';

/** An inventory of Ansible as read from INI, YAML or JSON, before its variables are resolved. */
export interface AnsibleData {
  readonly groups: Map<string, AnsibleGroup>;
  readonly hosts: Map<string, AnsibleHost>;
  readonly mistakes: Misreading[];
}

/** A variable's value and where it stands. */
export interface Variable {
  readonly value: unknown;
  readonly at: string;
}

export type Variables = Map<string, Variable>;

export interface AnsibleGroup {
  readonly name: string;
  readonly at: string;
  readonly hosts: Set<string>;
  readonly children: Set<string>;
  readonly vars: Variables;
}

export interface AnsibleHost {
  readonly name: string;
  readonly at: string;
  readonly vars: Variables;
}

/** Hosts that one inventory may have. */
const MAX_HOSTS = 20_000;

/** A value of a variable that is encrypted: it is never read. */
export const VAULT = Symbol('encrypted by ansible-vault');

export const emptyData = (): AnsibleData => ({ groups: new Map(), hosts: new Map(), mistakes: [] });

const GROUP_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,53}$/;
const HOST_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/;

/** The group of that name, made if it is new. A name that no label can carry is a mistake, and the group is undefined. */
export const groupNamed = (data: AnsibleData, name: string, at: string): AnsibleGroup | undefined => {
  const known = data.groups.get(name);
  if (known) return known;
  if (!GROUP_NAME.test(name)) {
    data.mistakes.push({ at, message: `The group \`${name}\` must be letters, digits and _ . : -.` });
    return undefined;
  }
  const made: AnsibleGroup = { name, at, hosts: new Set(), children: new Set(), vars: new Map() };
  data.groups.set(name, made);
  return made;
};

/** The host of that name, made if it is new. */
export const hostNamed = (data: AnsibleData, name: string, at: string): AnsibleHost | undefined => {
  const known = data.hosts.get(name);
  if (known) return known;
  if (!HOST_NAME.test(name)) {
    const message = `\`${name}\` is no host name; give it a name, and its address as ansible_host.`;
    data.mistakes.push({ at, message });
    return undefined;
  }
  if (data.hosts.size >= MAX_HOSTS) {
    if (data.hosts.size === MAX_HOSTS && !data.mistakes.some((m) => m.message.startsWith('More than')))
      data.mistakes.push({ at, message: `More than ${MAX_HOSTS} hosts.` });
    return undefined;
  }
  const made: AnsibleHost = { name, at, vars: new Map() };
  data.hosts.set(name, made);
  return made;
};
