import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { sshConfigSource } from '../../src/adapters/inventories/ssh-config-source.js';

const missing = existsSync('/usr/bin/ssh') ? '' : ' (skipped: openssh-client is not installed)';
const root = mkdtempSync(join(tmpdir(), 'runbolt-ssh-config-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let made = 0;
const files = (all: Readonly<Record<string, string>>): string => {
  const directory = join(root, String(made++));
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text.replaceAll('@DIR@', directory), { mode: 0o600 });
  }
  return directory;
};

const read = (directory: string, file = 'config') =>
  sshConfigSource(
    { kind: 'ssh_config', at: 'runbolt.yaml:2', file: join(directory, file), user: userInfo().username, labels: {} },
    {
      ...{ home: homedir(), user: userInfo().username, directory, variables: {} },
      shown: (path) => path.slice(directory.length + 1),
    },
  ).read(new AbortController().signal);

const found = async (directory: string) => {
  const listing = await read(directory);
  if (!listing.ok) throw new Error(`${listing.fault.message} ${listing.fault.next}`);
  return listing.value;
};

/** What ssh itself makes of a host. */
const ssh = (directory: string, host: string) => {
  const printed = execFileSync('ssh', ['-T', '-G', host, '-F', join(directory, 'config')], {
    encoding: 'utf8',
    stdio: 'pipe',
  });
  const lines = printed.split('\n').map((line): [string, string] => {
    const space = line.indexOf(' ');
    return [line.slice(0, space), line.slice(space + 1)];
  });
  const values = (key: string) => lines.filter(([name]) => name === key).map(([, value]) => value);
  return {
    host: values('hostname')[0],
    port: Number(values('port')[0]),
    user: values('user')[0],
    // Printed as written.
    keys: values('identityfile').map((path) =>
      path
        .replace(/^~/, homedir())
        .replaceAll('%r', values('user')[0] ?? '')
        .replaceAll('%h', values('hostname')[0] ?? ''),
    ),
    jump: values('proxyjump')[0],
  };
};

const CONFIG = `# what holds everywhere first
Include @DIR@/conf.d/*.conf
User everybody

Host web-1 web-2
  HostName %h.internal.example
  Port 2200
Host web-*   !web-2
  User deploy
  IdentityFile @DIR@/keys/%r@%h

Host quoted
  HostName "10.0.0.5"
  IdentityFile "@DIR@/with space/key"
host=equals
  hostname = 10.0.0.6
  PORT=2222
Host db-1 db-2 db-3
  HostName 10.0.1.1
Match host 10.0.1.*
  Port 5000
Match originalhost web-1 user everybody
  Port 1
Match !host 10.*
  IdentityFile ~/other
Host behind
  ProxyJump bounce@gate:2022
Host far
  ProxyJump gate,web-1
Host command
  ProxyCommand nc %h %p
Host none
  ProxyCommand none
  ProxyJump gate
Host *
  Port 22022
  User nobody
  ServerAliveInterval 5
`;

const INCLUDED = `Host gate
  HostName gate.example.net
  User gatekeeper
Host inner
  HostName 10.9.9.9
  ProxyJump gate
`;

describe.skipIf(missing !== '')(`An ssh_config is read as ssh -G reads it${missing}`, () => {
  it('every host of the file: address, port, user, keys, and whether it has a ProxyJump', async () => {
    const directory = files({ config: CONFIG, 'conf.d/a.conf': INCLUDED, 'conf.d/readme': 'Host nobody\n' });
    const { found: hosts, notes } = await found(directory);
    expect(hosts.map(({ target }) => target.name)).toEqual([
      'gate',
      'inner',
      'web-1',
      'web-2',
      'quoted',
      'equals',
      'db-1',
      'behind',
      'far',
      'command',
      'none',
    ]);
    expect(notes).toEqual(['db-2 is another name of db-1 (config:18).', 'db-3 is another name of db-1 (config:18).']);
    for (const { target } of hosts) {
      const theirs = ssh(directory, target.name);
      expect({ ...theirs, keys: theirs.keys.includes(target.identity ?? ''), jump: theirs.jump !== undefined }).toEqual(
        {
          ...{ host: target.host, port: target.port, user: target.user },
          keys: target.identity !== undefined,
          jump: target.jump !== undefined,
        },
      );
    }
    expect(hosts.map(({ place }) => place).slice(0, 4)).toEqual([
      'conf.d/a.conf:1',
      'conf.d/a.conf:4',
      'config:5',
      'config:5',
    ]);
  });

  it('a hop has its own settings, and its own ProxyJump where it is the first', async () => {
    const directory = files({
      config: `Host gate\n  HostName gate.example.net\n  User gatekeeper\nHost middle\n  HostName 10.0.0.2\n  ProxyJump gate\nHost last\n  ProxyJump someone@middle:23,web-9\nHost *\n  Port 2022\n  User u\n`,
    });
    const { found: hosts } = await found(directory);
    expect(hosts.find(({ target }) => target.name === 'last')?.target.jump).toEqual([
      { host: 'gate.example.net', port: 2022, user: 'gatekeeper' },
      { host: '10.0.0.2', port: 23, user: 'someone' },
      { host: 'web-9', port: 2022, user: 'u' },
    ]);
  });

  it('a host behind a ProxyCommand, or a circle of jumps, is listed and said to be out of reach', async () => {
    const directory = files({
      config: `Host command\n  ProxyCommand nc %h %p\nHost a\n  ProxyJump b\nHost b\n  ProxyJump a\n`,
    });
    const { found: hosts } = await found(directory);
    expect(hosts.map(({ target }) => target.unreachable?.message)).toEqual([
      'command is not reached: its ProxyCommand (config:2) is not run by Runbolt (config:1).',
      expect.stringContaining('leads in a circle'),
      expect.stringContaining('leads in a circle'),
    ]);
  });

  it('nothing is run for a Match exec, and it is not guessed', async () => {
    const directory = files({ config: `Host web-1\nMatch exec "touch @DIR@/ran"\n  User root\nMatch final all\n` });
    expect(await read(directory)).toMatchObject({
      ok: false,
      fault: {
        code: 'inventory_invalid',
        message: 'The inventory config has 2 mistakes.',
        next: expect.stringMatching(
          /^config:2 Match exec: Runbolt runs no command.*\nconfig:4 Match final: it is not evaluated/,
        ),
      },
    });
    expect(existsSync(join(directory, 'ran'))).toBe(false);
  });

  it('what stands in an Include below a Host line holds for that host alone', async () => {
    const directory = files({
      config: `Host a\n  Include @DIR@/only-a\nHost b\n  HostName 10.0.0.2\n`,
      'only-a': `HostName 10.0.0.1\nHost b\n  Port 99\n`,
    });
    const { found: hosts } = await found(directory);
    expect(hosts.map(({ target: { name, host, port } }) => ({ name, host, port }))).toEqual(
      hosts.map(({ target: { name } }) => ({ name, host: ssh(directory, name).host, port: ssh(directory, name).port })),
    );
    expect(hosts.map(({ target }) => [target.name, target.host, target.port])).toEqual([
      ['a', '10.0.0.1', 22],
      ['b', '10.0.0.2', 22],
    ]);
  });

  it('what an Include of a directory that cannot be listed has is not known: a mistake, never fewer hosts', async () => {
    // Too many links: an error that root meets, too.
    const directory = files({ config: `Include @DIR@/circle/*.conf @DIR@/none/*.conf @DIR@/config/*.conf\nHost a\n` });
    symlinkSync('circle', join(directory, 'circle'));
    expect(await read(directory)).toMatchObject({
      ok: false,
      fault: {
        message: expect.stringContaining('has 1 mistake.'),
        next: expect.stringMatching(/^config:1 \S+circle cannot be listed \(ELOOP\)/),
      },
    });
  });
});
