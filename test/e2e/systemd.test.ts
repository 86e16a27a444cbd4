import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drainMs } from '../../src/composition/worker.js';
import { readConfig } from '../../src/core/config.js';
import { runProgram } from '../../src/doors/cli/program.js';
import { Container, given } from '../rig/containers/container.js';
import { variable } from '../rig/containers/dockerfile.js';
import { emptyRoot } from '../rig/containers/image.js';
import { deedsBy } from '../rig/deeds.js';
import { messageText, type SlackDouble, startSlackDouble, until } from '../rig/slack/index.js';
import { sshdMissing, startSshd } from '../rig/sshd/sshd.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const UNITS = ['runbolt.service', 'runbolt-worker.service', 'runbolt-worker@.service'] as const;
const PROGRAM = '/usr/local/bin/runbolt';
const [ANA, OPS] = ['U1ANA', 'C0OPS'];

/** Settings of a unit, each with its values in order. Comments and sections are left out. */
const settings = (unit: string): ReadonlyMap<string, readonly string[]> => {
  const found = new Map<string, string[]>();
  for (const line of readFileSync(join(ROOT, 'deploy', unit), 'utf8').split('\n')) {
    const [, name, value = ''] = /^([A-Za-z]+)=(.*)$/.exec(line) ?? [];
    if (name) found.set(name, [...(found.get(name) ?? []), value]);
  }
  return found;
};
const of = (unit: string, name: string): string => settings(unit).get(name)?.at(-1) ?? '';

const noSystemd = spawnSync('systemd-analyze', ['--version']).status === 0 ? undefined : 'systemd is not installed';
const noNamespaces =
  spawnSync('unshare', ['-m', 'true']).status === 0 ? undefined : 'needs root: unshare -m is refused';
const notChecked = noSystemd ?? noNamespaces;

describe.skipIf(notChecked)(`the units, checked by systemd${notChecked ? ` (skipped: ${notChecked})` : ''}`, () => {
  it.each(UNITS)('%s has no mistake', (unit) => {
    const script = `mount -t tmpfs none /usr/local/bin && ln -s ${ROOT}/bin/runbolt.js ${PROGRAM} &&
      exec systemd-analyze verify --man=no --recursive-errors=no "$0"`;
    const instance = unit.replace('@', '@dmz');
    const directory = mkdtempSync(join(tmpdir(), 'runbolt-units-'));
    try {
      execFileSync('cp', [join(ROOT, 'deploy', unit), join(directory, unit)]);
      if (instance !== unit) symlinkSync(unit, join(directory, instance));
      const done = spawnSync('unshare', ['-m', 'sh', '-c', script, join(directory, instance)], { encoding: 'utf8' });
      expect({ code: done.status, said: `${done.stdout}${done.stderr}` }).toEqual({ code: 0, said: '' });
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  it.each(UNITS)('%s is exposed by no more than 2.0 of 10', (unit) => {
    const check = (threshold: string) =>
      spawnSync(
        'systemd-analyze',
        ['security', '--offline=true', `--threshold=${threshold}`, join(ROOT, 'deploy', unit)],
        {
          encoding: 'utf8',
        },
      );
    expect(check('20').status).toBe(0);
    expect(check('10').status).not.toBe(0);
  });

  it('the user is one that systemd-sysusers makes', () => {
    const done = spawnSync('systemd-sysusers', ['--dry-run', join(ROOT, 'deploy/runbolt.sysusers')], {
      encoding: 'utf8',
    });
    expect(done).toMatchObject({ status: 0 });
    expect(done.stderr).toContain(`Creating user '${of('runbolt.service', 'User')}'`);
  });
});

describe('the units', () => {
  it.each(UNITS)('%s starts by a command that the program has', async (unit) => {
    const [program, ...words] = of(unit, 'ExecStart').replace('%i', 'dmz').split(' ');
    expect(program).toBe(PROGRAM);
    const done: string[] = [];
    const deeds = deedsBy(async (name, [options]) => {
      done.push(`${name} ${JSON.stringify(options)}`);
      return 0;
    });
    await runProgram(words, '0', deeds, { out: () => undefined, err: () => undefined });
    const asked = unit.startsWith('runbolt-worker@') ? 'worker {"zone":"dmz"}' : `${words[0]} {}`;
    expect(done).toEqual([asked]);
  });

  it.each(UNITS)('%s waits for what is under way, and starts nothing again that only a person can mend', (unit) => {
    const config = readConfig('runbolt.yaml', '{}', 'runbolt');
    if (!config.ok) throw new Error(config.fault.message);
    expect(Number(of(unit, 'TimeoutStopSec')) * 1000).toBeGreaterThanOrEqual(drainMs(config.value) + 5_000);
    expect(of(unit, 'Restart')).toBe('on-failure');
    expect(of(unit, 'RestartPreventExitStatus')).toBe('2');
  });

  it('are hardened alike', () => {
    const own = new Set(['Description', 'ExecStart', 'Environment', 'EnvironmentFile', 'LoadCredential']);
    const [bot, ...workers] = UNITS.map((unit) => [...settings(unit)].filter(([name]) => !own.has(name)));
    for (const worker of workers) expect(worker).toEqual(bot);
  });
});

/** Names of the system calls that a filter of systemd stands for, groups within groups included. */
const systemCalls = (group: string): readonly string[] =>
  execFileSync('systemd-analyze', ['syscall-filter', group], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#') && line !== group)
    .flatMap((line) => (line.startsWith('@') ? systemCalls(line) : [line]));

/** What the unit's filter lets through, of the system calls that systemd knows. */
const filtered = (): { readonly through: ReadonlySet<string>; readonly refused: readonly string[] } => {
  const through = new Set<string>();
  for (const line of settings('runbolt.service').get('SystemCallFilter') ?? []) {
    const [, not, groups = ''] = /^(~?)(.*)$/.exec(line) ?? [];
    for (const name of groups.split(' ').flatMap(systemCalls)) not ? through.delete(name) : through.add(name);
  }
  return { through, refused: systemCalls('@known').filter((name) => !through.has(name)) };
};

const strace = spawnSync('strace', ['-V']).status === 0 ? undefined : 'strace is not installed';
const notRun = notChecked ?? strace;

describe.skipIf(notRun)(`runbolt.service, started as its lines say${notRun ? ` (skipped: ${notRun})` : ''}`, () => {
  const directory = mkdtempSync(join(tmpdir(), 'runbolt-systemd-'));
  const root = emptyRoot('systemd', 'node');
  const [UID, GID] = [64_321, 64_321];
  let slack: SlackDouble;
  let bot: Container | undefined;

  /** The unit; with `words`, a command of the same user outside of it. */
  const start = (config: string, words?: readonly string[]): Container => {
    const [unit, state, credentials] = ['runbolt.service', join(directory, 'state'), join(directory, 'credentials')];
    const specifiers = (text: string) => text.replaceAll('%S', '/var/lib').replaceAll('%d', '/run/credentials');
    const env = (settings(unit).get('Environment') ?? []).flatMap((line) => specifiers(line).split(' '));
    const strict = of(unit, 'ProtectSystem') === 'strict';
    return Container.start({
      name: unit,
      root,
      // Only what the filter would refuse is looked at, and sockets: the rest runs at its own speed.
      entrypoint: words
        ? []
        : [
            ...['strace', '-D', '-f', '--seccomp-bpf', '-qq', '-o', '/var/lib/runbolt/trace'],
            ...['-e', `trace=${[...filtered().refused, 'socket'].map((call) => `?${call}`).join(',')}`],
          ],
      command: words ?? of(unit, 'ExecStart').split(' '),
      workdir: '/',
      env: {
        ...{ PATH: '/usr/local/bin:/usr/bin:/usr/sbin', HOME: '/var/lib/runbolt', SLACK_API_URL: slack.apiUrl },
        ...Object.fromEntries(env.map(variable)),
      },
      binds: [
        { from: ROOT, to: '/opt/runbolt', write: false },
        {
          from: given(join(directory, 'etc'), config, readFileSync(join(directory, config), 'utf8')),
          to: '/etc/runbolt/runbolt.yaml',
          write: false,
        },
        { from: join(directory, 'ssh'), to: '/etc/runbolt/ssh', write: words !== undefined },
        { from: state, to: `/var/lib/${of(unit, 'StateDirectory')}`, write: true },
        { from: credentials, to: '/run/credentials', write: false },
      ],
      netPid: process.pid,
      service: {
        ...{ image: '', profiles: [], command: [], environment: {}, secrets: [], volumes: [], networks: [] },
        ...{ init: false, restart: '', logging: undefined, depends_on: {}, healthcheck: { disable: true } },
        user: `${UID}:${GID}`,
        tmpfs: of(unit, 'PrivateTmp') === 'yes' ? ['/tmp:mode=1777', '/run:mode=755'] : [],
        read_only: strict,
        cap_drop: of(unit, 'CapabilityBoundingSet') === '' ? ['ALL'] : [],
        security_opt: of(unit, 'NoNewPrivileges') === 'yes' ? ['no-new-privileges:true'] : [],
        stop_grace_period: `${of(unit, 'TimeoutStopSec')}s`,
        stop_signal: 'SIGTERM',
      },
    });
  };

  beforeAll(async () => {
    chmodSync(directory, 0o711);
    symlinkSync('/opt/runbolt/bin/runbolt.js', join(root, 'local/bin/runbolt'));
    mkdirSync(join(directory, 'state'), { mode: Number.parseInt(of('runbolt.service', 'StateDirectoryMode'), 8) });
    chownSync(join(directory, 'state'), UID, GID);
    for (const line of settings('runbolt.service').get('LoadCredential') ?? []) {
      const [name = ''] = line.split(':');
      const path = given(
        join(directory, 'credentials'),
        name,
        name.includes('bot') ? 'xoxb-double' : 'xapp-double',
        0o400,
      );
      chownSync(path, UID, GID);
    }
    given(directory, 'runbolt.yaml', 'targets: { here: { transport: local, labels: { env: demo } } }\n');
    mkdirSync(join(directory, 'ssh'));
    given(directory, 'wrong.yaml', 'targetz: {}\n');
    slack = await startSlackDouble();
    slack.person({ id: ANA, name: 'ana' });
    slack.channel(OPS, [ANA]);
  });
  afterAll(async () => {
    await bot?.stop();
    await slack.close();
    for (const path of [directory, root]) rmSync(path, { recursive: true, force: true });
  }, 120_000);

  it('answers in Slack, and stops with exit code 0 when systemd asks it to', { timeout: 180_000 }, async () => {
    bot = start('runbolt.yaml');
    await until('it is ready', () => /is ready/.test(bot?.output ?? '') || bot?.running === false, 40_000);
    expect(bot.output).toContain('Runbolt is ready: 1 host');
    await slack.say(ANA, OPS, '/tcp verify here').acked;
    const told = () =>
      slack
        .messages(OPS)
        .map((m) => messageText(m))
        .join('\n');
    await until('it has answered', () => told().includes('1 of 1 host reached'), 30_000).catch((error) => {
      throw new Error(`${error.message}: ${told()}\n${bot?.output}`);
    });
    expect(await bot.stop()).toBe(0);
  });

  it('used no system call that the filter refuses, and no other kind of socket', () => {
    const { through, refused } = filtered();
    expect(through.has('read') && through.has('socket')).toBe(true);
    expect(refused).toEqual(expect.arrayContaining(['mount', 'setuid', 'ptrace', 'bpf']));
    const trace = readFileSync(join(directory, 'state/trace'), 'utf8');
    const used = new Set([...trace.matchAll(/^\d+ +([a-z_0-9]+)\(/gm)].map(([, name = '']) => name));
    expect([...used]).toEqual(['socket']);
    const families = of('runbolt.service', 'RestrictAddressFamilies').split(' ');
    const opened = new Set([...trace.matchAll(/ socket\((AF_[A-Z0-9]+)/g)].map(([, family = '']) => family));
    expect(opened.size).toBeGreaterThan(1);
    expect([...opened].filter((family) => !families.includes(family))).toEqual([]);
  });

  const noSshd = sshdMissing();
  it.skipIf(noSshd)(
    `reads the key and known_hosts of the documented steps${noSshd ? ` (skipped: ${noSshd})` : ''}`,
    {
      timeout: 90_000,
    },
    async () => {
      const steps = [
        ...readFileSync(join(ROOT, 'docs/operations.md'), 'utf8').matchAll(/^sudo (.*\/etc\/runbolt\/.*)$/gm),
      ]
        .map(([, step = '']) => step.replace(/ +#.*/, ''))
        .filter((step) => /\/ssh\b|trust/.test(step));
      expect(steps.map((step) => step.split(' ')[0])).toEqual(['install', 'install', '-u']);
      const sshd = await startSshd();
      try {
        rmSync(join(directory, 'ssh'), { recursive: true });
        execFileSync('cp', [sshd.identity.path, join(directory, 'ops_key')]);
        for (const step of steps.slice(0, 2)) {
          const words = step.replaceAll('runbolt -', `${UID} -`).replace('/etc/runbolt/ssh', join(directory, 'ssh'));
          execFileSync('sh', ['-c', words], { cwd: directory });
        }
        const [user, name, program = '', ...words] = steps[2]?.split(' ') ?? [];
        expect([user, name, program]).toEqual(['-u', 'runbolt', 'runbolt']);
        const [listener] = sshd.listeners;
        const { host, port } = listener ?? { host: '', port: 0 };
        const target = `{ host: ${host}, port: ${port}, identity: /etc/runbolt/ssh/id }`;
        const ssh = '{ known_hosts: /etc/runbolt/ssh/known_hosts }';
        given(directory, 'hosts.yaml', `targets: { web-1: ${target} }\nssh: ${ssh}\n`);
        const shown = execFileSync('ssh-keygen', ['-lf', '-'], {
          input: sshd.hostKeys[0]?.publicLine ?? '',
          encoding: 'utf8',
        });
        const fingerprint = ['--fingerprint', shown.split(' ')[1] ?? ''];
        const trusted = start('hosts.yaml', [PROGRAM, ...words, ...fingerprint]);
        expect({ code: await trusted.ended(), said: trusted.output }).toMatchObject({ code: 0 });
        const looked = start('hosts.yaml', [PROGRAM, 'doctor', '--config', '/etc/runbolt/runbolt.yaml']);
        await looked.ended();
        expect(looked.output).toContain('✓ host keys        /etc/runbolt/ssh/known_hosts has a key of each.');
        expect(looked.output).toContain('✓ identities       /etc/runbolt/ssh/id can be used, and is closed to others.');
      } finally {
        await sshd.stop();
      }
    },
  );

  it('ends with the exit code that keeps systemd from starting it again when the configuration is wrong', {
    timeout: 300_000,
  }, async () => {
    const wrong = start('wrong.yaml');
    expect(String(await wrong.ended())).toBe(of('runbolt.service', 'RestartPreventExitStatus'));
    expect(wrong.output).toContain('targetz');
  });
});

describe('the files of systemd', () => {
  it('are all there', () => {
    for (const name of [...UNITS, 'runbolt.sysusers']) expect(existsSync(join(ROOT, 'deploy', name))).toBe(true);
  });
});
