import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { agentShell, type Credential, type LocalHost } from '../../src/demo/aws/index.js';
import { CloudRig } from '../rig/aws/cloud-rig.js';
import { instanceId } from '../rig/aws/local-host.js';
import { type LosingProxy, losingProxy, NEXT_PAGE_OF_EC2 } from '../rig/aws/losing-proxy.js';
import { runbolt, startProgram } from '../rig/bot/bot.js';
import { isAlive } from '../rig/demo/traces.js';
import { ScenarioHost } from '../rig/scenario/scenario-host.js';
import { until } from '../rig/slack/index.js';
import { cannotIsolate, titled } from '../scenarios/namespace.js';

const planned = z.looseObject({
  plan: z
    .looseObject({ digest: z.string(), changes: z.array(z.looseObject({ effects: z.array(z.unknown()) })) })
    .nullable(),
  targets: z.array(z.looseObject({ name: z.string(), outcome: z.string().nullable(), reason: z.string() })),
});

describe.skipIf(cannotIsolate !== '')(titled('a fleet of EC2, through the command line'), { timeout: 300_000 }, () => {
  let dir: string;
  let host: ScenarioHost;
  let rig: CloudRig;
  let proxy: LosingProxy | undefined;
  const awsEnv = ({ accessKeyId, secretAccessKey }: Credential, endpoint: string) => ({
    ...{ AWS_ENDPOINT_URL: endpoint, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
    ...{ AWS_CONFIG_FILE: join(dir, 'none'), AWS_SHARED_CREDENTIALS_FILE: join(dir, 'none') },
    AWS_EC2_METADATA_DISABLED: 'true',
  });
  const cli = (...args: readonly string[]) =>
    runbolt(args, {
      cwd: dir,
      env: { ...awsEnv(rig.aws.credential, proxy?.endpoint ?? rig.aws.endpoint), RUNBOLT_DATA: join(dir, 'data') },
    });

  /** The one host whose commands run, in namespaces of its own. */
  const inside = (more: Partial<LocalHost> & Pick<LocalHost, 'instance'>): LocalHost => ({
    ...rig.hosts.host(more),
    run: ({ commandId, script, workingDirectory, environment }) => {
      const [program = '', ...args] = host.enter(['sh', '-c', agentShell(`/tmp/${commandId}`, workingDirectory)]);
      const child = spawn(program, args, {
        detached: true,
        stdio: ['pipe', 'pipe', 'pipe'],
        env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ...environment },
      });
      child.stdin.on('error', () => {});
      child.stdin.end(script);
      return { child, kill: () => child.pid !== undefined && process.kill(-child.pid, 'SIGKILL') };
    },
  });
  const web = (n: number, more: Partial<LocalHost> = {}): LocalHost =>
    rig.hosts.host({
      instance: instanceId(n),
      privateIp: `10.0.9.1${n}`,
      tags: { Name: `web-${n}`, role: 'web' },
      ...more,
    });
  const balancer = () =>
    inside({
      ...{ instance: instanceId(100), privateIp: '10.0.9.1' },
      tags: { Name: 'lb', role: 'lb', 'aws:autoscaling:groupName': 'lb-asg' },
    });

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'runbolt-inventories-'));
    host = await ScenarioHost.start('inventories');
    rig = await CloudRig.start(() => []);
  }, 30_000);
  afterEach(() => {
    proxy?.stop();
    proxy = undefined;
    rig.aws.misbehave({});
  });
  afterAll(async () => {
    await rig?.end();
    await host?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  describe('the backends of HAProxy', () => {
    const FILE = '/etc/haproxy/haproxy.cfg';
    const servers = () =>
      host
        .run(`grep '^  server ' ${FILE}`)
        .out.split('\n')
        .flatMap((line) => line.trim().split(' ')[1] ?? [])
        .filter(Boolean);
    const resync = ['haproxy', 'role=lb', 'options="check inter 200ms"', '--json'] as const;

    beforeAll(async () => {
      writeFileSync(join(dir, 'runbolt.yaml'), 'inventories:\n  - ec2: { region: eu-west-1 }\n');
      host.run(`for n in 1 2 3 4 5; do ip addr add 10.0.9.1$n/32 dev lo; done
mkdir -p /etc/haproxy
cat > ${FILE} <<'END'
global
  stats socket /run/haproxy.sock mode 600 level admin
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend web
  bind 127.0.0.1:80
  default_backend app
backend app
  balance roundrobin
  server web-1 10.0.9.11:8080 check inter 200ms
  server web-2 10.0.9.12:8080 check inter 200ms
  server web-3 10.0.9.13:8080 check inter 200ms
  server web-4 10.0.9.14:8080 check inter 200ms
END
perl -MIO::Socket::INET -MIO::Select -e '
  $s = IO::Select->new;
  for (@ARGV) { $l = IO::Socket::INET->new(LocalAddr => $_, LocalPort => 8080, Listen => 64, ReuseAddr => 1) or die; $s->add($l) }
  while (@r = $s->can_read) { for (@r) { $c = $_->accept or next; sysread $c, $b, 4096; print $c "HTTP/1.0 200 OK\\r\\n\\r\\nok\\n"; close $c } }
' 10.0.9.11 10.0.9.12 10.0.9.13 10.0.9.14 10.0.9.15 < /dev/null > /dev/null 2>&1 &
haproxy -W -f ${FILE} -S /run/haproxy-master.sock < /dev/null > /var/log/haproxy.log 2>&1 &
`);
      await until('haproxy answers', () => host.run('curl -fs http://127.0.0.1/').code === 0, 10_000);
      // In EC2 web-4 is stopped, web-5 is new, and db-1 is none of them.
      rig.aws.replaceHosts([
        ...[balancer(), web(1), web(2), web(3), web(4, { state: 'stopped' }), web(5)],
        rig.hosts.host({ instance: instanceId(6), privateIp: '10.0.9.16', tags: { Name: 'db-1', role: 'db' } }),
      ]);
    }, 30_000);

    it('a page of EC2 that is refused: nothing is planned, nothing is removed', async () => {
      rig.aws.misbehave({ pageSize: 5, missingPage: 'DescribeInstances' });
      const done = await cli('fix', ...resync);
      expect(done).toMatchObject({ code: 3 });
      expect(done.out + done.err).toMatch(/The inventory ec2 eu-west-1 could not be read/);
      expect(servers()).toEqual(['web-1', 'web-2', 'web-3', 'web-4']);
    });

    it('a page that is lost in silence: nothing is planned, nothing is removed', async () => {
      rig.aws.misbehave({ pageSize: 5 });
      proxy = await losingProxy(rig.aws.endpoint, NEXT_PAGE_OF_EC2);
      const done = await cli('fix', ...resync);
      expect(done).toMatchObject({ code: 3 });
      expect(done.out + done.err).toMatch(/the list of EC2 in eu-west-1 is not whole: at least 1 running instances/);
      expect(servers()).toEqual(['web-1', 'web-2', 'web-3', 'web-4']);
    });

    it('follow EC2: running, tagged, all pages; and the plan names the Auto Scaling group', async () => {
      rig.aws.misbehave({ pageSize: 5 });
      const plan = await cli('plan', ...resync);
      const { plan: seen } = planned.parse(JSON.parse(plan.out));
      expect(JSON.stringify(seen?.changes)).toContain(
        'may be undone by the Auto Scaling group lb-asg: new instances come from its image',
      );
      const done = await cli('fix', ...resync, '--apply', seen?.digest ?? '');
      expect(planned.parse(JSON.parse(done.out)).targets).toMatchObject([
        { name: `lb-${instanceId(100)}`, outcome: 'changed' },
      ]);
      expect(servers()).toEqual(['web-1', 'web-2', 'web-3', 'web-5']);
      const again = await cli('verify', ...resync);
      expect(again).toMatchObject({ code: 0 });
    });

    describe('where nothing can be compared: SSM is denied, and a command has read nothing before', () => {
      const blind = {
        accessKeyId: 'AKIABLIND',
        secretAccessKey: 'secret',
        denied: ['ssm:DescribeInstanceInformation'],
      };
      const all = [1, 2, 3, 4, 5, 6, 7];
      const lines = all.map((n) => `  server web-${n} 10.0.9.1${n}:8080`);
      let at: CloudRig;
      const by = (...args: readonly string[]) =>
        runbolt([...args, '--config', 'blind.yaml'], {
          cwd: dir,
          env: {
            ...awsEnv(blind, proxy?.endpoint ?? at.aws.endpoint),
            AWS_ENDPOINT_URL_SSM: at.aws.endpoint,
            RUNBOLT_DATA: join(dir, 'blind'),
          },
        });
      const say = (socket: string, words: string): string =>
        host.run(
          `perl -MIO::Socket::UNIX -e '$s = IO::Socket::UNIX->new("${socket}") or die; print $s "${words}\\n"; print <$s>'`,
        ).out;
      const asked = ['haproxy', 'lb', 'adopt=true', '--json'] as const;
      const planOf = async () => planned.parse(JSON.parse((await by('plan', ...asked)).out));

      beforeAll(async () => {
        at = await CloudRig.start(() => [balancer(), ...all.map((n) => web(n))], { credentials: [blind] });
        writeFileSync(
          join(dir, 'blind.yaml'),
          `targets: { lb: { transport: ssm, instance: ${instanceId(100)}, region: eu-west-1 } }
inventories:
  - ec2: { region: eu-west-1, transport: ssh, filters: { "tag:role": web } }
    user: ops
`,
        );
        host.run(`sed -i '/^  server /d' ${FILE} && cat >> ${FILE} <<'END'
${lines.join('\n')}
END`);
        say('/run/haproxy-master.sock', 'reload');
        await until('all seven run', () =>
          all.every((n) => say('/run/haproxy.sock', 'show servers state').includes(` web-${n} `)),
        );
      }, 30_000);
      afterAll(() => at?.end());

      it('a page of EC2 that is lost in silence removes no server, however few it would be', async () => {
        at.aws.misbehave({ pageSize: 5 });
        proxy = await losingProxy(at.aws.endpoint, NEXT_PAGE_OF_EC2);
        const done = await by('fix', 'haproxy', 'lb', 'adopt=true');
        expect(done.out).toMatch(
          /the list of EC2 in eu-west-1 is not whole: at least \d running instances are not in it .*Ask again/,
        );
        expect((await planOf()).plan).toBeNull();
        expect(servers()).toEqual(all.map((n) => `web-${n}`));
      });

      it('the server of an instance that was really terminated is removed', async () => {
        at.aws.replaceHosts([balancer(), ...all.map((n) => web(n, n === 7 ? { state: 'terminated' } : {}))]);
        const { plan: seen } = await planOf();
        const done = await by('fix', ...asked, '--apply', seen?.digest ?? '');
        expect(planned.parse(JSON.parse(done.out)).targets).toMatchObject([{ name: 'lb', outcome: 'changed' }]);
        expect(servers()).toEqual(['web-1', 'web-2', 'web-3', 'web-4', 'web-5', 'web-6']);
      });
    });

    it('targets says what was found, from where and how old', async () => {
      const { code, out } = await cli('targets');
      expect(code).toBe(0);
      expect(out.split('\n')).toEqual([
        '6 of 6 hosts',
        'db-1  region=eu-west-1 role=db ssm  ec2 eu-west-1 i-00000000000000006',
        `lb-${instanceId(100)}  asg=lb-asg region=eu-west-1 role=lb ssm  ec2 eu-west-1 ${instanceId(100)}`,
        'web-[1-3,5]  region=eu-west-1 role=web ssm  ec2 eu-west-1',
        expect.stringMatching(/^ec2 eu-west-1: 6 hosts, read \d+ s ago$/),
        '',
      ]);
    });
  });

  describe('trust --via ssm', () => {
    const known = () => readFileSync(join(dir, 'known_hosts'), 'utf8');
    const printed = () =>
      host
        .run('for k in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf $k; done')
        .out.split('\n')
        .flatMap((line) => line.split(' ')[1] ?? [])
        .filter(Boolean);
    const makeKeys = () =>
      host.run(
        'mkdir -p /etc/ssh; rm -f /etc/ssh/ssh_host_*; ssh-keygen -q -t ed25519 -N "" -f /etc/ssh/ssh_host_ed25519_key; ssh-keygen -q -t ecdsa -N "" -f /etc/ssh/ssh_host_ecdsa_key',
      );

    beforeAll(() => {
      writeFileSync(
        join(dir, 'ssh.yaml'),
        'ssh: { known_hosts: known_hosts }\ninventories:\n  - ec2: { region: eu-west-1, transport: ssh }\n    user: ops\n',
      );
      makeKeys();
      rig.aws.replaceHosts([
        inside({ instance: instanceId(1), privateIp: '10.0.9.21', tags: { Name: 'web-1', role: 'web' } }),
        rig.hosts.host({
          instance: instanceId(2),
          privateIp: '10.0.9.22',
          ping: 'unmanaged',
          tags: { Name: 'web-2', role: 'web' },
        }),
      ]);
    });

    it('records nothing unasked, and shows the fingerprints', async () => {
      const done = await cli('trust', 'web-1', '--via', 'ssm', '--config', 'ssh.yaml');
      expect(done.code).toBe(3);
      for (const fingerprint of printed()) expect(done.out).toContain(fingerprint);
      expect(done.err).toContain('Nothing was recorded');
      expect(() => known()).toThrow();
    });

    it('records the keys that the instances have, and says which could not be read', async () => {
      const done = await cli('trust', 'role=web', '--via', 'ssm', '--yes', '--config', 'ssh.yaml');
      expect(done.code).toBe(3);
      expect(done.out).toMatch(/^web-2 .* not read: /m);
      expect(done.out).toContain('2 keys of 1 hosts to record, 0 to remove, 1 hosts not read');
      expect(known().split('\n').filter(Boolean)).toHaveLength(2);
      const found = host.run(`cat > /tmp/known <<'END'\n${known()}END\nssh-keygen -F 10.0.9.21 -l -f /tmp/known`).out;
      for (const fingerprint of printed()) expect(found).toContain(fingerprint);
      const again = await cli('trust', 'web-1', '--via', 'ssm', '--yes', '--config', 'ssh.yaml');
      expect(again).toMatchObject({ code: 0 });
      expect(again.out).toContain('0 keys of 0 hosts to record');
    });

    it('says what a new instance at the same address replaces', async () => {
      const old = printed();
      const before = known();
      writeFileSync(join(dir, 'known_hosts'), `# ours\nother.example ssh-rsa AAAA\n${before}`);
      makeKeys();
      const done = await cli('trust', 'web-1', '--via', 'ssm', '--yes', '--config', 'ssh.yaml');
      expect(done.code).toBe(0);
      expect(done.out).toMatch(/remove {3}ssh-ed25519 {2}line \d: another host had this address/);
      expect(done.out).toContain('2 keys of 1 hosts to record, 2 to remove');
      const lines = known().split('\n');
      expect(lines.slice(0, 2)).toEqual(['# ours', 'other.example ssh-rsa AAAA']);
      expect(lines.filter((line) => line.startsWith('10.0.9.21 '))).toHaveLength(2);
      for (const fingerprint of old) expect(printed()).not.toContain(fingerprint);
    });
  });
});

describe('credentials of AWS that never come', { timeout: 180_000 }, () => {
  const dir = mkdtempSync(join(tmpdir(), 'runbolt-credentials-'));
  const at = (name: string) => join(dir, name);
  const env = {
    ...{ RUNBOLT_DATA: at('data'), AWS_CONFIG_FILE: at('aws'), AWS_SHARED_CREDENTIALS_FILE: at('none') },
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  const pids = () => (existsSync(at('pids')) ? readFileSync(at('pids'), 'utf8').trim().split('\n').map(Number) : []);

  beforeAll(() => {
    writeFileSync(at('program'), `#!/bin/sh\necho $$ >>${at('pids')}\nsleep 300\n`, { mode: 0o755 });
    writeFileSync(at('aws'), `[profile stuck]\ncredential_process = ${at('program')}\n`);
    const place = 'transport: ssm, instance: i-0123456789abcdef0, region: eu-west-1, profile: stuck';
    writeFileSync(at('hosts.yaml'), `targets: { web-1: { ${place} } }\nlimits: { gather: 8s }\n`);
    writeFileSync(at('fleet.yaml'), 'inventories: [{ ec2: { region: eu-west-1, profile: stuck } }]\n');
  });
  afterEach(() => rmSync(at('pids'), { force: true }));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it('are an outcome at the limit of reading, with what to do, and nothing is left behind', async () => {
    const done = await runbolt(['verify', 'tcp', 'web-1', '--config', at('hosts.yaml')], { env, cwd: dir });
    expect(done.code).toBe(3);
    expect(done.out).toMatch(
      /with profile stuck: they did not come within [1-8](\.\d)? s\. Run `aws sts get-caller-identity/,
    );
    expect(pids().length).toBeGreaterThan(0);
    await until('what was run is gone', () => !pids().some(isAlive));
  });

  it('do not keep a command from ending when it is told to', async () => {
    const asked = startProgram(['targets', '--config', at('fleet.yaml')], { env, cwd: dir });
    await until('they are asked for', () => pids().length > 0, 30_000);
    const told = Date.now();
    asked.signal('SIGTERM');
    const done = await asked.ended;
    expect({ code: done.code, said: done.err }).toEqual({ code: 3, said: expect.stringContaining('Runbolt stops') });
    expect(Date.now() - told).toBeLessThan(10_000);
    await until('what was run is gone', () => !pids().some(isAlive));
  });

  it('are a fault of the inventory, in less than half a minute', async () => {
    const done = await runbolt(['targets', '--config', at('fleet.yaml')], { env, cwd: dir });
    expect(done.code).toBe(3);
    expect(done.err).toContain('the credentials of the profile stuck do not come (they did not come within 20 s)');
  });
});
