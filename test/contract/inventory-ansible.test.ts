import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ansibleSource, commandSource } from '../../src/adapters/inventories/ansible-source.js';
import type { Listing } from '../../src/core/inventory.js';

const ANSIBLE = '/usr/bin/ansible-inventory';
const missing = existsSync(ANSIBLE) ? '' : ' (skipped: ansible-core is not installed)';

/** What `ansible-inventory --list` prints, as far as it is looked at. */
const printed = z.looseObject({
  _meta: z.object({ hostvars: z.record(z.string(), z.record(z.string(), z.unknown())) }),
});
const group = z.looseObject({ hosts: z.array(z.string()).default([]), children: z.array(z.string()).default([]) });

const root = mkdtempSync(join(tmpdir(), 'runbolt-ansible-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let made = 0;
const files = (all: Readonly<Record<string, string>>): string => {
  const directory = join(root, String(made++));
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
    if (text.startsWith('#!')) chmodSync(join(directory, path), 0o755);
  }
  return directory;
};

const COMMON = { at: 'runbolt.yaml:1', user: 'me', labels: {}, variables: ['env', 'role'] };

const read = async (directory: string, file: string): Promise<Listing> => {
  const around = { home: '/root', directory, variables: process.env, shown: (path: string) => path };
  const program = file.endsWith('.py');
  const source = program
    ? commandSource({ kind: 'command', argv: [join(directory, file), '--list'], ...COMMON }, around)
    : ansibleSource({ kind: 'ansible', file: join(directory, file), ...COMMON }, around);
  const listing = await source.read(new AbortController().signal);
  if (!listing.ok) throw new Error(`${listing.fault.message} ${listing.fault.next}`);
  return listing.value;
};

interface Seen {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly become: boolean;
  readonly labels: Readonly<Record<string, string>>;
}

const ours = async (directory: string, file: string): Promise<Record<string, Seen>> =>
  Object.fromEntries(
    (await read(directory, file)).found.map(({ target: t }) => [
      t.name,
      { host: t.host, port: t.port, user: t.user, become: t.become === 'sudo', labels: t.labels },
    ]),
  );

/** The same by Debian's ansible-inventory: groups walked from the top, variables as it resolves them. */
const theirs = (directory: string, file: string): Record<string, Seen> => {
  const text = execFileSync(ANSIBLE, ['--list', '-i', join(directory, file)], {
    encoding: 'utf8',
    env: { ...process.env, ANSIBLE_LOCALHOST_WARNING: 'false', HOME: root },
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { _meta, ...rest } = printed.parse(JSON.parse(text));
  const groups = new Map(Object.entries(rest).map(([name, value]) => [name, group.parse(value)]));
  const memberOf = new Map<string, Set<string>>();
  const walk = (name: string, above: readonly string[]): void => {
    const here = [...above, name];
    for (const host of groups.get(name)?.hosts ?? [])
      memberOf.set(host, new Set([...(memberOf.get(host) ?? []), ...here]));
    for (const child of groups.get(name)?.children ?? []) walk(child, here);
  };
  walk('all', []);
  return Object.fromEntries(
    [...memberOf].map(([name, all]) => {
      const vars = _meta.hostvars[name] ?? {};
      const label = (key: string) => (vars[key] === undefined ? {} : { [key]: String(vars[key]) });
      const inGroups = [...all].filter((one) => one !== 'all' && one !== 'ungrouped').sort();
      const seen: Seen = {
        host: String(vars.ansible_host ?? name),
        port: Number(vars.ansible_port ?? 22),
        user: String(vars.ansible_user ?? 'me'),
        become: vars.ansible_become === true || vars.ansible_become === 'yes',
        labels: {
          ...Object.fromEntries(inGroups.map((g) => [`group.${g}`, 'yes'])),
          ...label('env'),
          ...label('role'),
        },
      };
      return [name, seen];
    }),
  );
};

const INI = `# a comment
mail.example.com ansible_port=5555 ansible_user=postfix   # behind it
solo

[webservers]
www[01:50].example.com
foo.example.com:2222 ansible_host='10.0.0.9' ansible_become=yes

[dbservers]
db-[a:f].example.com ansible_user="dba"
one.example.com
odd-[1:9:3]

[prod:children]
webservers
dbservers

[dbservers:vars]
env = staging
role=db
ansible_user = narrow

[prod:vars]
env=prod
role=any
ansible_port=2022

[all:vars]
ansible_user=everybody
env=none
`;

const YAML = `---
all:
  hosts:
    mail.example.com: { ansible_port: 5555 }
    plain:
  vars: { env: none, ansible_user: everybody }
  children:
    prod:
      vars: { env: prod, ansible_become: true }
      children:
        web:
          hosts:
            www[01:05].example.com:
            "foo.example.com:2222":
              ansible_host: 10.0.0.9
              ansible_user: ops
        db:
          vars: { role: db, ansible_port: 2022 }
          hosts:
            db-[a:c]:
              env: own
edge:
  children: { web: {} }
`;

const DYNAMIC = `#!/usr/bin/env python3
import json
print(json.dumps({
  "_meta": {"hostvars": {"web-1": {"ansible_host": "10.0.0.1", "env": "prod"}, "web-2": {"ansible_port": 2222}}},
  "web": {"hosts": ["web-1", "web-2"], "vars": {"role": "web", "env": "group"}},
  "list": ["web-2", "db-1"],
  "site": {"children": ["web", "list"], "vars": {"ansible_user": "ops"}},
}))
`;

describe.skipIf(missing !== '')(`Ansible's inventories are read as ansible-inventory reads them${missing}`, () => {
  it.each([
    ['INI: groups, children, variables, ranges, ports', { 'hosts.ini': INI }, 'hosts.ini'],
    ['YAML: the same, nested', { 'hosts.yml': YAML }, 'hosts.yml'],
    [
      'group_vars and host_vars, files and directories, over the inventory or below it',
      {
        'hosts.ini': INI,
        'group_vars/all.yml': 'env: from-all\nansible_user: all-file\n',
        'group_vars/prod/a.yml': 'role: from-file\n',
        'group_vars/prod/b.yaml': '{ "ansible_port": 2300 }\n',
        'group_vars/prod/notes.txt': 'no: variables\n',
        'group_vars/webservers': 'env: web-file\n',
        'group_vars/webservers.yml': 'env: unused\n',
        'host_vars/www07.example.com.yml': 'ansible_host: 10.0.7.7\nenv: host-file\n',
        'host_vars/foo.example.com.yml': 'ansible_host: 10.0.0.10\n',
      },
      'hosts.ini',
    ],
    [
      'a priority of a group goes before its name',
      {
        'hosts.ini':
          '[a]\nh\n[b]\nh\n[c]\nh\n[a:vars]\nenv=a\nansible_group_priority=10\n[b:vars]\nenv=b\nrole=b\n[c:vars]\nrole=c\n',
      },
      'hosts.ini',
    ],
    ['a program that prints JSON', { 'dynamic.py': DYNAMIC }, 'dynamic.py'],
  ])('%s', async (_, all, file) => {
    const directory = files(all);
    const expected = theirs(directory, file);
    expect(Object.keys(expected).length).toBeGreaterThan(0);
    expect(await ours(directory, file)).toEqual(expected);
  });

  it('the hosts of the first example are all there: 61 of them', async () => {
    const directory = files({ 'hosts.ini': INI });
    expect((await read(directory, 'hosts.ini')).found).toHaveLength(1 + 1 + 50 + 1 + 6 + 1 + 3);
  });
});
