import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { openInventory } from '../../../../src/adapters/inventories/index.js';
import { readConfig } from '../../../../src/core/config.js';
import { FaultError } from '../../../../src/core/fault.js';
import { unite } from '../../../../src/core/inventory.js';
import { realClock } from '../../../rig/sshd/clock.js';
import { target } from '../../../rig/targets.js';

const root = mkdtempSync(join(tmpdir(), 'runbolt-fleet-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let directory = root;
beforeEach(() => {
  directory = mkdtempSync(join(root, 'x'));
});

const write = (name: string, text: string) => writeFileSync(join(directory, name), text, { mode: 0o755 });

/** The fleet of a runbolt.yaml whose files are written beside it. */
const open = (yaml: string) => {
  const config = readConfig('runbolt.yaml', yaml, 'me');
  if (!config.ok) throw new Error(config.fault.next);
  const at = (path: string) => join(directory, path);
  return openInventory({
    zones: config.value.zones,
    ...{ targets: config.value.targets, places: config.value.places, configuration: 'runbolt.yaml', clock: realClock },
    entries: config.value.inventories.map((entry) =>
      'file' in entry
        ? { ...entry, file: at(entry.file) }
        : entry.kind === 'command'
          ? { ...entry, argv: [at(entry.argv[0] ?? ''), ...entry.argv.slice(1)] }
          : entry,
    ),
    around: {
      ...{ home: '/root', user: 'me', directory, variables: { PATH: process.env.PATH } },
      shown: (path) => path.slice(directory.length + 1),
    },
    onFailure: () => undefined,
  });
};
const refused = async (yaml: string): Promise<string> => {
  try {
    await open(yaml).targets();
  } catch (error) {
    if (error instanceof FaultError) return `${error.fault.code}: ${error.fault.message} ${error.fault.next}`;
    throw error;
  }
  throw new Error('it was read');
};

describe('a fleet of several inventories', () => {
  it('is all of them, each with its own user, become and labels', async () => {
    write('hosts.ini', '[web]\nweb-[1:2] ansible_user=deploy\n[web:vars]\nenv=prod\n');
    write('ssh', 'Host db-1\n  HostName 10.0.0.9\n');
    write('print', '#!/bin/sh\necho \'{"_meta":{"hostvars":{}},"app":["app-1","app-2"]}\'\n');
    const fleet = open(`targets: { lb-1: {} }
inventories:
  - ansible: hosts.ini
    variables: [env]
  - ssh_config: ssh
    become: sudo
    labels: { env: stage }
  - command: [print, --list]
    select: app-2
    user: ops
`);
    const { found, sources } = await fleet.survey();
    expect(found.map(({ target: t, place }) => [t.name, t.user, t.become, t.labels, place])).toEqual([
      ['lb-1', 'me', 'none', {}, 'runbolt.yaml:1'],
      ['web-1', 'deploy', 'none', { 'group.web': 'yes', env: 'prod' }, 'hosts.ini:2'],
      ['web-2', 'deploy', 'none', { 'group.web': 'yes', env: 'prod' }, 'hosts.ini:2'],
      ['db-1', 'me', 'sudo', { env: 'stage' }, 'ssh:1'],
      ['app-2', 'ops', 'none', { 'group.app': 'yes' }, 'command print --list app'],
    ]);
    expect(sources.map(({ name, hosts }) => [name, hosts])).toEqual([
      ['runbolt.yaml', 1],
      ['hosts.ini', 2],
      ['ssh', 1],
      ['command print --list', 1],
    ]);
  });

  it('reads files anew each time', async () => {
    write('hosts.ini', 'web-1\n');
    const fleet = open('inventories: [{ ansible: hosts.ini }]');
    expect(await fleet.targets()).toHaveLength(1);
    write('hosts.ini', 'web-1\nweb-2\n');
    expect(await fleet.targets()).toHaveLength(2);
  });

  it.each([
    [
      'a file that is not there',
      'inventories: [{ ansible: nowhere.ini }]',
      /^inventory_unread: The inventory nowhere.ini could not be read: it is not there/,
    ],
    ['a directory', 'inventories: [{ ansible: . }]', /it is a directory\. Name each file/],
    ['a program as a file', 'inventories: [{ ansible: program }]', /it is a program\. Let it be run: `command: /],
    [
      'a command that fails',
      'inventories: [{ command: [fails] }]',
      /command fails could not be read: it ended with 3; it said: no such region/,
    ],
    ['a command that is not there', 'inventories: [{ command: [absent] }]', /there is no such program/],
    [
      'a command that prints no JSON',
      'inventories: [{ command: [words] }]',
      /^inventory_invalid: .*It printed no JSON/s,
    ],
    ['a command without _meta', 'inventories: [{ command: [bare] }]', /It printed no `_meta` with `hostvars`/],
  ])('%s is a fault, never a smaller fleet', async (_, yaml, message) => {
    write('program', '#!/bin/sh\necho {}\n');
    write('fails', '#!/bin/sh\necho no such region >&2\nexit 3\n');
    write('words', '#!/bin/sh\necho hello\n');
    write('bare', '#!/bin/sh\necho \'{"web":["web-1"]}\'\n');
    expect(await refused(`targets: { a: {} }\n${yaml}`)).toMatch(message);
  });

  it('variables that cannot be looked at are a mistake with their place', async () => {
    write('hosts.ini', 'web-1\n');
    symlinkSync('group_vars', join(directory, 'group_vars'));
    expect(await refused('inventories: [{ ansible: hosts.ini }]')).toMatch(/group_vars It cannot be read \(ELOOP\)/);
  });

  it('what nobody thought of is a fault that names the inventory, in the background too', async () => {
    const yaml = 'inventories: [{ command: [print, "a\\0b"] }]';
    const fleet = open(yaml);
    fleet.begin();
    expect(await refused(yaml)).toMatch(/^inventory_unread: The inventory command print/);
    await fleet.close();
  });

  it('two names of one SSH server are a fault that names both places, unless another way or zone leads there', async () => {
    write('hosts.ini', 'web-1 ansible_host=10.0.0.5\n');
    const own = (text: string) => `targets: { old: { host: 10.0.0.5${text} } }\ninventories: [{ ansible: hosts.ini }]`;
    expect(await refused(own(''))).toContain(
      '10.0.0.5:22 is two hosts: old at runbolt.yaml:1 and web-1 at hosts.ini:1.',
    );
    for (const other of [', port: 2222', ', labels: { net: dmz }'])
      expect(await open(`${own(other)}\nzones: { dmz: net=dmz }`).targets()).toHaveLength(2);
  });

  it('two hosts of one name are a fault that names both places and what differs', async () => {
    write('hosts.ini', '[web]\nlb-1\nweb-1 ansible_host=10.0.0.1\n');
    write('ssh', '\nHost web-1\n  HostName 10.0.0.2\n');
    expect(await refused('inventories: [{ ansible: hosts.ini }, { ssh_config: ssh }]')).toMatch(
      /^inventory_conflict: web-1 is found twice: at hosts\.ini:3 and at ssh:2, with another host, labels\./,
    );
    expect(await refused('targets:\n  lb-1: {}\ninventories: [{ ansible: hosts.ini }]')).toMatch(
      /^inventory_conflict: lb-1 is found twice: at runbolt\.yaml:2 and at hosts\.ini:2, with another labels\./,
    );
  });

  it('the same host with the same facts twice is one host', async () => {
    write('a.ini', 'web-1 ansible_host=10.0.0.1\n');
    write('b.ini', 'web-1 ansible_host=10.0.0.1\n');
    expect(await open('inventories: [{ ansible: a.ini }, { ansible: b.ini }]').targets()).toHaveLength(1);
  });

  it('one instance under two names is a fault', () => {
    const aws = { instance: 'i-0123456789abcdef0', region: 'eu-west-1' };
    const listing = (name: string) => ({ found: [{ target: { ...target(name, {}), aws }, place: name }], notes: [] });
    expect(unite([listing('a'), listing('b')])).toMatchObject({
      ok: false,
      fault: { code: 'inventory_conflict', message: 'i-0123456789abcdef0 is two hosts: a at a and b at b.' },
    });
  });
});

describe('mistakes of an inventory are told with their lines', () => {
  it.each([
    ['[web\nweb-1\n', /hosts\.ini:1/],
    ['[web:var]\n', /hosts\.ini:1 The section \[web:var\] is not known/],
    ['web-[1:\n', /hosts\.ini:1 `web-\[1:` has a range or a port/],
    ['web-[9:1]\n', /hosts\.ini:1 .* has a range/],
    ['web-[01:100]\n', /hosts\.ini:1 .* has a range/],
    ['web-1 ansible_host="10.0.0.1\n', /hosts\.ini:1 .* quote that does not end/],
    ['web-1 10.0.0.1\n', /hosts\.ini:1 `10\.0\.0\.1` behind the host is not name=value/],
    ['web-1 ansible_port=99999\n', /hosts\.ini:1 ansible_port `99999` must be 1 to 65535/],
    [
      'web-1 ansible_host=$(id)\n',
      /hosts\.ini:1 ansible_host `\$\(id\)` cannot be used: must be a host name or an IP address/,
    ],
    ['web-1 ansible_user="a b"\n', /hosts\.ini:1 ansible_user `a b` cannot be used/],
    ['web-1 ansible_become=perhaps\n', /hosts\.ini:1 ansible_become `perhaps` must be true or false/],
    [
      'web-1\n[all:vars]\nansible_host={{ inventory_hostname }}.lan\n',
      /hosts\.ini:3 ansible_host is an expression of Jinja/,
    ],
    ['[a:children]\nb\n', /hosts\.ini:2 \[a:children\] names the group `b`, which is declared nowhere/],
    ['[a:vars]\nx=1\n', /hosts\.ini:1 These are variables of the group `a`, which is declared nowhere/],
    ['[a]\nweb-1\n[b]\n[a:children]\nb\n[b:children]\na\n', /hosts\.ini:1 The group `a` contains itself/],
    ['2001:db8::1\n', /hosts\.ini:1 .*(no host name|range or a port)/],
    ['-oProxyCommand=id\n', /hosts\.ini:1 `-oProxyCommand=id` is no host name/],
  ])('%j', async (text, message) => {
    write('hosts.ini', text);
    expect(await refused('inventories: [{ ansible: hosts.ini }]')).toMatch(message);
  });

  it.each([
    ['all:\n  host:\n    web-1:\n', /hosts\.yml:2:3 A group has no `host`: hosts, children, vars/],
    ['all:\n  hosts: [web-1]\n', /hosts\.yml:2:\d+ `hosts` must be a mapping/],
    [
      'plugin: aws_ec2\nregions: [eu-west-1]\n',
      /configuration of an inventory plugin\. Let it be run: command: \[ansible-inventory/,
    ],
    ['all: {\n', /hosts\.yml:/],
    [
      'all:\n  hosts:\n    web-1:\n      ansible_host: !vault |\n        $ANSIBLE_VAULT;1.1\n        3132\n',
      /hosts\.yml:4:7 ansible_host is encrypted by ansible-vault/,
    ],
  ])('%j', async (text, message) => {
    write('hosts.yml', text);
    expect(await refused('inventories: [{ ansible: hosts.yml }]')).toMatch(message);
  });

  it('what is encrypted and does not matter is not read', async () => {
    write(
      'hosts.yml',
      'all:\n  hosts:\n    web-1:\n      password: !vault |\n        $ANSIBLE_VAULT;1.1\n        3132\n      ansible_user: !unsafe ops\n',
    );
    expect((await open('inventories: [{ ansible: hosts.yml }]').targets()).map((t) => t.user)).toEqual(['ops']);
  });

  it.each(['-p 2201', '-p2201', '-o Port=2201', '-oHostName=10.0.0.2', '-l root', '-J gate -o User=root'])(
    'a host whose ssh arguments lead elsewhere (%s) is not dialled where they do not lead',
    async (args) => {
      write('hosts.ini', `a ansible_host=10.0.0.1 ansible_ssh_common_args='${args}'\n`);
      const [a] = await open('inventories: [{ ansible: hosts.ini }]').targets();
      expect(a?.unreachable?.message).toMatch(
        /^a is not reached: ansible_ssh_common_args has (-p|-l|Port|HostName|User),/,
      );
    },
  );

  it('hosts that Ansible reaches in another way are listed, and not dialled', async () => {
    write(
      'hosts.ini',
      `a ansible_connection=docker
b ansible_ssh_common_args='-o ProxyCommand="nc %h %p"'
c ansible_become=true ansible_become_method=su
d ansible_connection=local
e ansible_ssh_common_args='-o ProxyJump=ops@gate:2222 -o ControlPersist=60s -o UserKnownHostsFile=/dev/null' ansible_ssh_private_key_file=keys/e
`,
    );
    const [a, b, c, d, e] = await open('inventories: [{ ansible: hosts.ini }]').targets();
    expect(a?.unreachable?.message).toBe('a is not reached: its ansible_connection is docker (hosts.ini:1).');
    expect(b?.unreachable?.message).toContain('has a ProxyCommand, which is not run');
    expect(c?.unreachable?.message).toContain('it becomes root by su');
    expect(d).toMatchObject({ transport: 'local' });
    expect(e).toMatchObject({
      identity: join(directory, 'keys/e'),
      jump: [{ host: 'gate', port: 2222, user: 'ops', identity: join(directory, 'keys/e') }],
    });
    expect(e?.unreachable).toBeUndefined();
  });
});
