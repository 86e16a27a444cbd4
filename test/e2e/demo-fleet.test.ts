import { execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { hostname, networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import pino from 'pino';
import type { Client } from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoInventory } from '../../src/composition/demo-inventory.js';
import { systemClock, systemRandom } from '../../src/composition/system.js';
import type { Target } from '../../src/core/target.js';
import { startLocalAws } from '../../src/demo/aws/index.js';
import { type Fleet, startFleet } from '../../src/demo/fleet.js';
import { thisMachine } from '../../src/demo/machine.js';
import { namespaceMode } from '../../src/demo/namespaces/ability.js';
import { makeKeyPair } from '../../src/demo/sshd/keys.js';
import { compiled } from '../rig/demo/compiled.js';
import { connectTo, type Ended, eventually, execute } from '../rig/demo/ssh.js';
import { descendants, isAlive, mounts, namespaceOf, processesInNamespaces } from '../rig/demo/traces.js';

const able = namespaceMode(thisMachine());
const why = able.ok ? '' : ` (skipped: ${able.fault.message})`;
const logger = pino({ level: 'silent' });

describe.skipIf(!able.ok)(`the demo fleet${why}`, () => {
  let directory: string;
  let runtimeDir: string;
  const clients: Client[] = [];
  const machineBefore = machineState();
  let fleet: Fleet;
  let startMs: number;

  const target = (name: string): Target => {
    const found = fleet.targets.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no target ${name}`);
    return found;
  };
  const client = async (name: string): Promise<Client> => {
    const made = await connectTo(target(name), fleet.knownHosts);
    clients.push(made);
    return made;
  };
  const on = async (name: string, command: string, stdin = ''): Promise<Ended> => {
    const made = await connectTo(target(name), fleet.knownHosts);
    const ended = await execute(made, command, stdin);
    made.end();
    return ended;
  };

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'runbolt-fleet-'));
    runtimeDir = join(directory, 'runtime');
    const begun = performance.now();
    const started = await startFleet({ signal: new AbortController().signal, runtimeDir, logger });
    if (!started.ok) throw new Error(started.fault.message);
    fleet = started.value;
    startMs = performance.now() - begun;
  });
  afterAll(async () => {
    for (const one of clients) one.end();
    await fleet?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  it('has 27 targets, labelled, with a private key file and a known_hosts', () => {
    expect(fleet.leftOut).toEqual([]);
    expect(fleet.targets.map((one) => one.name)).toEqual([
      ...Array.from({ length: 14 }, (_, n) => `web-${n + 1}`),
      ...['db-1', 'cache-1', 'cache-2', 'app-1', 'app-2', 'tom-1', 'tom-2', 'tom-3', 'edge-1', 'proxy-1'],
      ...['cloud-1', 'cloud-2', 'cloud-3'],
    ]);
    expect(target('web-12').labels).toEqual({ env: 'staging', role: 'web' });
    expect(target('db-1').labels).toEqual({ env: 'prod', role: 'db' });
    expect(target('cloud-1')).toEqual({
      ...{ name: 'cloud-1', transport: 'ssm', host: '10.0.8.1', port: 22, user: 'root', become: 'none' },
      ...{
        labels: { env: 'cloud', role: 'worker', region: 'eu-west-1' },
        aws: { instance: 'i-0de00000000000001', region: 'eu-west-1' },
      },
    });
    expect(fleet.instances.map(({ tags }) => tags.Name)).toEqual(['cloud-1', 'cloud-2', 'cloud-3']);
    expect(readFileSync(fleet.knownHosts, 'utf8').trim().split('\n')).toHaveLength(23);
    expect(statSync(runtimeDir).mode & 0o777).toBe(0o700);
    expect(statSync(target('web-1').identity ?? '').mode & 0o777).toBe(0o600);
    expect(startMs).toBeLessThan(10_000);
  });

  it('is found by EC2 as it says itself, those of its hosts that are instances', async () => {
    const aws = await startLocalAws({ hosts: fleet.instances, clock: systemClock, random: systemRandom });
    try {
      const survey = await demoInventory(
        async () => fleet,
        async () => ({ endpoint: aws.endpoint, credentials: aws.credential }),
      ).survey?.();
      const byName = (targets: readonly Target[]) => [...targets].sort((a, b) => (a.name < b.name ? -1 : 1));
      expect(byName(survey?.found.map((found) => found.target) ?? [])).toEqual(byName(fleet.targets));
      expect(survey?.found.at(-1)?.place).toMatch(/^ec2 eu-west-1 i-0de0000000000000\d$/);
      expect(survey?.sources).toMatchObject([
        { name: 'demo fleet', hosts: 24 },
        { name: 'ec2 eu-west-1', hosts: 3, notes: [] },
      ]);
    } finally {
      await aws.stop();
    }
  });

  it('gives each host its own name, processes and namespaces', async () => {
    const names = ['web-1', 'web-2', 'db-1'];
    const seen = await Promise.all(
      names.map((name) =>
        on(name, 'cat /etc/hostname /proc/sys/kernel/hostname; readlink /proc/1/ns/net; ls -d /proc/[0-9]* | wc -l'),
      ),
    );
    const lines = seen.map((one) => one.stdout.split('\n'));
    expect(lines.map((one) => one.slice(0, 2))).toEqual(names.map((name) => [name, name]));
    expect(new Set([...lines.map((one) => one[2]), namespaceOf(process.pid, 'net')]).size).toBe(4);
    for (const one of lines) expect(Number(one[3])).toBeLessThan(12);
  });

  it.each(['web-1', 'web-2', 'web-3', 'web-4', 'web-5', 'web-6'])(
    '%s has 84 to 93 percent of its ports to 10.0.3.7:6379 in use, nearly all in TIME_WAIT, by gunicorn',
    async (name) => {
      const seen = await on(
        name,
        `cat /proc/sys/net/ipv4/ip_local_port_range; ${COUNT}; ss -Htnp state established | grep -c gunicorn`,
      );
      const [range = '', waiting = '', established = '', byGunicorn = ''] = seen.stdout.split('\n');
      const [low = 0, high = 0] = range.split('\t').map(Number);
      const capacity = high - low + 1;
      const share = (Number(waiting) + Number(established)) / capacity;
      expect(share).toBeGreaterThan(0.84);
      expect(share).toBeLessThan(0.93);
      expect(Number(byGunicorn)).toBeGreaterThan(0);
      expect((await on(name, `cat /proc/sys/net/ipv4/tcp_tw_reuse /proc/sys/net/ipv4/tcp_timestamps`)).stdout).toBe(
        '2\n1\n',
      );
    },
  );

  it('has what a reboot would undo in files: web-2 by sysctl.conf, web-3 by rc.local, web-7 and web-8 though right now', async () => {
    const conf =
      'cat /proc/sys/net/ipv4/tcp_tw_reuse; grep -n tcp_tw_reuse /etc/sysctl.conf; readlink /etc/sysctl.d/99-sysctl.conf';
    expect((await on('web-2', conf)).stdout).toBe('2\n12:net.ipv4.tcp_tw_reuse = 2\n../sysctl.conf\n');
    for (const name of ['web-7', 'web-8'])
      expect((await on(name, conf)).stdout).toBe('1\n12:net.ipv4.tcp_tw_reuse = 2\n../sysctl.conf\n');
    expect((await on('web-3', 'test -x /etc/rc.local && grep tcp_tw_reuse /etc/rc.local')).stdout).toBe(
      'echo 0 > /proc/sys/net/ipv4/tcp_tw_reuse\n',
    );
  });

  it('has ESTABLISHED dominating on web-9', async () => {
    const [waiting = '', established = ''] = (await on('web-9', COUNT)).stdout.split('\n');
    expect(Number(waiting)).toBe(0);
    expect(Number(established) / 200).toBeGreaterThan(0.85);
  });

  it.each(['web-10', 'web-11', 'web-12', 'db-1', 'tom-1'])('%s has no connections to speak of', async (name) => {
    expect((await on(name, COUNT)).stdout).toBe('0\n0\n');
  });

  it('connects when reuse is 1 where it could not before', async () => {
    const open = `perl -MIO::Socket::INET -e '
      my ($good, $bad, @all) = (0, 0);
      for (1 .. 150) { my $s = IO::Socket::INET->new("10.0.3.7:6379"); if ($s) { $good++; push @all, $s } else { $bad++ } }
      print "$good $bad\\n"'`;
    const before = (await on('web-4', open)).stdout.trim().split(' ').map(Number);
    expect(before[0]).toBeLessThan(60);
    expect(before[1]).toBeGreaterThan(90);
    await on('web-4', 'echo 1 > /proc/sys/net/ipv4/tcp_tw_reuse');
    await on('web-4', 'sleep 1.1');
    expect((await on('web-4', open)).stdout).toBe('150 0\n');
    const recycled = await on(
      'web-4',
      `awk '/^TcpExt/ { if (!n) { n = split($0, name) } else { split($0, v); for (i in name) if (name[i] == "TWRecycled") print v[i] } }' /proc/net/netstat`,
    );
    expect(Number(recycled.stdout)).toBeGreaterThan(90);
  });

  it('keeps a change of a setting or a file on the one host, and off the machine', async () => {
    const other = 'cat /proc/sys/net/ipv4/tcp_fin_timeout; md5sum < /etc/sysctl.conf; ls /var/lib /run /tmp';
    const before = await on('web-11', other);
    await on(
      'web-10',
      'echo 33 > /proc/sys/net/ipv4/tcp_fin_timeout; echo x >> /etc/sysctl.conf; echo x > /etc/new; touch /var/lib/x /run/x /tmp/x',
    );
    expect(
      (await on('web-10', 'cat /proc/sys/net/ipv4/tcp_fin_timeout; tail -n 1 /etc/sysctl.conf; cat /etc/new')).stdout,
    ).toBe('33\nx\nx\n');
    expect((await on('web-11', other)).stdout).toBe(before.stdout);
    expect(machineState()).toEqual(machineBefore);
  });

  it('cannot set what belongs to the whole machine', async () => {
    const ended = await on('db-1', 'echo 1 > /proc/sys/vm/swappiness; touch /usr/x');
    expect(ended.code).not.toBe(0);
    expect(ended.stderr).toMatch(/Read-only|Permission denied|cannot create/);
    const rights = BigInt(`0x${(await on('db-1', "awk '/^CapEff/ { print $2 }' /proc/self/status")).stdout.trim()}`);
    const has = (capability: number): boolean => ((rights >> BigInt(capability)) & 1n) === 1n;
    expect({ netAdmin: has(12), clock: has(25), modules: has(16), devices: has(27) }).toEqual({
      netAdmin: true,
      clock: false,
      modules: false,
      devices: false,
    });
    expect(machineState()).toEqual(machineBefore);
  });

  it('passes standard input, both outputs, the exit status and the signal of a command', async () => {
    expect(await on('db-1', 'cat; echo oops >&2; exit 7', 'hello')).toEqual({
      code: 7,
      signal: undefined,
      stdout: 'hello',
      stderr: 'oops\n',
    });
    expect(await on('db-1', 'kill -TERM $$')).toMatchObject({ code: undefined, signal: 'SIGTERM' });
    expect((await on('db-1', 'id -u; pwd; echo $HOME')).stdout).toBe('0\n/root\n/root\n');
    expect((await on('db-1', 'head -c 3000000 /dev/zero | tr "\\0" x')).stdout.length).toBe(3_000_000);
  });

  it('runs ten commands at once on a connection and refuses an eleventh session', async () => {
    const one = await client('cache-1');
    const ten = Array.from({ length: 10 }, (_, n) => execute(one, `cat; echo ${n}`));
    const eleventh = execute(one, 'true');
    await expect(eleventh).rejects.toThrow();
    expect((await Promise.all(ten)).map((ended) => ended.stdout)).toEqual(
      Array.from({ length: 10 }, (_, n) => `${n}\n`),
    );
    expect((await execute(one, 'echo again')).stdout).toBe('again\n');
  });

  it('leaves a command running when its connection is gone, as sshd does', async () => {
    const one = await client('cache-1');
    const lost = execute(
      one,
      'trap "" HUP PIPE; echo $$ > /run/survivor; sleep 1; echo done > /run/survived; exec sleep 60',
    );
    await eventually('the command runs', async () => (await on('cache-1', 'cat /run/survivor')).code === 0);
    one.end();
    await lost;
    await eventually('it lives on', async () => (await on('cache-1', 'cat /run/survived')).stdout === 'done\n');
    expect((await on('cache-1', 'kill -- -$(cat /run/survivor)')).code).toBe(0);
  });

  it('sends a signal to the command it is meant for', async () => {
    const one = await client('cache-1');
    const ended = new Promise<string>((resolve, reject) => {
      one.exec('sleep 61; echo not reached', (error, channel) => {
        if (error) return reject(error);
        let signal = '';
        channel.on('exit', (_code: number | null, name?: string) => {
          signal = name ?? '';
        });
        channel.on('close', () => resolve(signal));
        channel.resume();
        eventually('it runs', async () => (await on('cache-1', 'ps ax | grep -c "[s]leep 61"')).code === 0)
          .then(() => channel.signal('TERM'))
          .catch(reject);
        return undefined;
      });
    });
    expect(await ended).toBe('SIGTERM');
  });

  it('lets nobody in with another key, another user or a password', async () => {
    const stranger = join(directory, 'stranger');
    writeFileSync(stranger, makeKeyPair('ed25519').privateKey, { mode: 0o600 });
    await expect(connectTo({ ...target('db-1'), identity: stranger }, fleet.knownHosts)).rejects.toThrow(
      'authentication',
    );
    await expect(connectTo({ ...target('db-1'), user: 'admin' }, fleet.knownHosts)).rejects.toThrow('authentication');
  });

  it('answers OpenSSH, whose known_hosts check passes', async () => {
    const { port, identity } = target('web-1');
    const { stdout } = await promisify(execFile)(
      'ssh',
      [
        ...[
          '-F',
          'none',
          '-o',
          'BatchMode=yes',
          '-o',
          'StrictHostKeyChecking=yes',
          '-o',
          `UserKnownHostsFile=${fleet.knownHosts}`,
        ],
        ...['-i', identity ?? '', '-p', String(port), 'root@127.0.0.1', 'hostname'],
      ],
      { encoding: 'utf8', timeout: 10_000 },
    );
    expect(stdout).toBe('web-1\n');
  });

  it('hangs on web-13 after authentication, without an end', async () => {
    const one = await client('web-13');
    const first = await Promise.race([
      execute(one, 'true').then(() => 'ended'),
      on('db-1', 'sleep 1').then(() => 'still silent when another host had slept 1 s'),
    ]);
    expect(first).toBe('still silent when another host had slept 1 s');
  });

  it('refuses the connection on web-14', async () => {
    const code = await new Promise((resolve) => {
      connect({ host: '127.0.0.1', port: target('web-14').port })
        .once('connect', () => resolve('connected'))
        .once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    });
    expect(code).toBe('ECONNREFUSED');
  });

  it('keeps the share of used ports over the end of the first TIME_WAITs', { timeout: 300_000 }, async () => {
    const samples = (
      await on(
        'web-1',
        `n=0; while [ $n -lt 340 ]; do n=$((n + 1)); awk '/^TCP:/ { print $7 + ($3 - 1) / 2 }' /proc/net/sockstat; sleep 0.2; done`,
      )
    ).stdout
      .trim()
      .split('\n')
      .map((line) => Number(line) / 300);
    expect(samples.length).toBe(340);
    expect(Math.max(...samples)).toBeLessThan(0.93);
    const low = samples.filter((share) => share < 0.84).length;
    expect(low / samples.length).toBeLessThan(0.03);
  });

  it('takes less than 600 MB for all hosts', () => {
    expect(memoryOf(processesInNamespaces(fleetNamespaces())) / 1024).toBeLessThan(600);
  });

  const fleetNamespaces = (): ReadonlySet<string> => namespacesBelow(process.pid);

  it('leaves nothing behind when stopped', async () => {
    const namespaces = fleetNamespaces();
    expect(namespaces.size).toBe(26);
    const { identity } = target('web-1');
    await Promise.all([fleet.stop(), fleet.stop()]);
    expect(processesInNamespaces(namespaces)).toEqual([]);
    expect(() => statSync(identity ?? '')).toThrow('ENOENT');
    expect(() => statSync(fleet.knownHosts)).toThrow('ENOENT');
    expect(machineState()).toEqual(machineBefore);
  });
});

describe.skipIf(!able.ok)(`the demo fleet of a process that is killed${why}`, () => {
  it('is gone with it: no process, no namespace, no mount, no file but key and known_hosts', {
    timeout: 300_000,
  }, async () => {
    const product = compiled();
    const directory = mkdtempSync(join(tmpdir(), 'runbolt-killed-'));
    const before = machineState();
    const program = join(product.directory, 'parent.mjs');
    writeFileSync(
      program,
      `import { startFleet } from ${JSON.stringify(join(product.directory, 'demo/fleet.js'))};
       const silent = { debug() {}, warn() {} };
       const fleet = await startFleet({ signal: new AbortController().signal, runtimeDir: ${JSON.stringify(join(directory, 'r'))}, logger: silent });
       console.log(JSON.stringify(fleet));`,
    );
    const parent = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const line = await new Promise<string>((resolve, reject) => {
        createInterface(parent.stdout).once('line', resolve);
        parent.once('exit', (code) => reject(new Error(`parent ended with ${code}`)));
      });
      const { value } = JSON.parse(line);
      const target: Target = value.targets.find((one: Target) => one.name === 'web-1');
      const one = await connectTo(target, value.knownHosts);
      one.on('error', () => {});
      await execute(
        one,
        'setsid sh -c "trap \\"\\" HUP TERM INT; exec sleep 600" > /dev/null 2>&1 < /dev/null & echo $!',
      );
      const namespaces = namespacesBelow(parent.pid ?? 0);
      expect(namespaces.size).toBe(26);
      expect(processesInNamespaces(namespaces).length).toBeGreaterThan(30);
      const helpers = descendants(parent.pid ?? 0);
      parent.removeAllListeners('exit');
      parent.kill('SIGKILL');
      await eventually(
        'all of it gone',
        () => processesInNamespaces(namespaces).length === 0 && helpers.every((pid) => !isAlive(pid)),
      );
      expect(machineState()).toEqual(before);
      expect(execFileSync('find', [directory, '-type', 'f'], { encoding: 'utf8' }).trim().split('\n').sort()).toEqual([
        join(directory, 'r/id_ed25519'),
        join(directory, 'r/known_hosts'),
      ]);
    } finally {
      parent.kill('SIGKILL');
      product.remove();
      rmSync(directory, { recursive: true, force: true });
    }
  });
});

/** TIME_WAITs, then connections of the client side, to the host's Redis. */
const COUNT =
  'ss -Htan state time-wait dst 10.0.3.7:6379 | wc -l; ss -Htan state established dst 10.0.3.7:6379 | wc -l';

/** What a host could have changed of the machine: mounts where hosts have theirs, settings, files and addresses. */
function machineState() {
  const read = (path: string): string | undefined => {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return undefined;
    }
  };
  const places = new Set(['/', '/tmp', '/usr', '/proc', '/proc/sys', '/proc/sys/net', '/dev/null', '/sys']);
  const settings = [
    'net/ipv4/tcp_tw_reuse',
    'net/ipv4/ip_local_port_range',
    'net/ipv4/tcp_fin_timeout',
    'vm/swappiness',
  ];
  const files = [
    'sysctl.conf',
    'sysctl.d/99-sysctl.conf',
    'sysctl.d/60-shop.conf',
    'rc.local',
    'hostname',
    'hosts',
    'new',
  ];
  return {
    mounts: mounts()
      .split('\n')
      .filter((line) => places.has(line.split(' ')[1] ?? '')),
    hostname: hostname(),
    settings: settings.map((path) => read(`/proc/sys/${path}`)),
    files: files.map((path) => read(`/etc/${path}`)),
    left: ['/var/lib/x', '/run/x', '/tmp/x', '/usr/x'].filter((path) => existsSync(path)),
    addresses: Object.values(networkInterfaces()).flatMap((some) => some?.map((one) => one.address) ?? []),
  };
}

/** Network namespaces of this process's descendants, its own not among them. */
function namespacesBelow(pid: number): ReadonlySet<string> {
  const own = namespaceOf(pid, 'net');
  return new Set(
    descendants(pid)
      .map((child) => namespaceOf(child, 'net') ?? '')
      .filter((one) => one !== '' && one !== own),
  );
}

/** Resident memory in KiB, shared pages counted in each process. */
function memoryOf(pids: readonly number[]): number {
  return pids
    .map((pid) => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0))
    .reduce((sum, one) => sum + one, 0);
}
