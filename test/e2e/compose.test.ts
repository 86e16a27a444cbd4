import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readCompose, type Service } from '../rig/containers/compose-file.js';
import { Container, given } from '../rig/containers/container.js';
import { environmentOf, execForm } from '../rig/containers/dockerfile.js';
import { buildImage, emptyRoot, type Image } from '../rig/containers/image.js';
import { type Networks, startNetworks } from '../rig/containers/networks.js';
import { noPostgres, noRedis } from '../rig/servers/index.js';
import { messageText, type SlackDouble, startSlackDouble, until } from '../rig/slack/index.js';
import { sshdMissing } from '../rig/sshd/sshd.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COMPOSE = join(ROOT, 'docker-compose.yml');
const SCHEMA = '/usr/lib/python3/dist-packages/compose/config/compose_spec.json';
const PG_BIN = ['15', '16', '17'].map((v) => `/usr/lib/postgresql/${v}/bin`).find((dir) => existsSync(dir)) ?? '';
const [ANA, OPS] = ['U1ANA', 'C0OPS'];
const STARTED_BY_HAND: ReadonlySet<string> = new Set(['keys', 'trust']);

const noCompose = existsSync(SCHEMA) ? undefined : 'docker-compose is not installed';
const compose = readCompose(readFileSync(COMPOSE, 'utf8'));
const SECRETS: Readonly<Record<string, string>> = {
  slack_bot_token: 'xoxb-double\n',
  slack_app_token: 'xapp-double',
  postgres_password: 'f00dbabe\n',
  redis_password: 'cafe1234\n',
};

describe.skipIf(noCompose)(`docker-compose.yml${noCompose ? ` (skipped: ${noCompose})` : ''}`, () => {
  const project = mkdtempSync(join(tmpdir(), 'runbolt-compose-'));
  beforeAll(() => {
    cpSync(COMPOSE, join(project, 'docker-compose.yml'));
    cpSync(join(ROOT, 'deploy'), join(project, 'deploy'), { recursive: true });
    for (const [name, value] of Object.entries(SECRETS)) given(join(project, 'secrets'), name, value);
  });
  afterAll(() => rmSync(project, { recursive: true, force: true }));

  it('is what docker-compose reads, with the targets only when they are asked for', () => {
    const config = (...words: string[]) =>
      execFileSync('docker-compose', [...words], { cwd: project, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    expect(() => config('config', '--quiet')).not.toThrow();
    const all = config('config', '--services').trim().split('\n').sort();
    expect(all).toEqual(Object.keys(compose.services).sort());
    const always = all.filter((name) => compose.services[name]?.profiles.length === 0);
    expect(always).toEqual(['bot', 'postgres', 'redis', 'worker-1', 'worker-2']);
  });

  it('holds to the schema of the compose specification', () => {
    const program =
      'import json,sys,jsonschema; jsonschema.validate(json.load(sys.stdin), json.load(open(sys.argv[1])))';
    const check = (text: string) =>
      spawnSync('/usr/bin/python3', ['-W', 'ignore', '-c', program, SCHEMA], {
        input: JSON.stringify(parse(text, { merge: true })),
        encoding: 'utf8',
      });
    const text = readFileSync(COMPOSE, 'utf8');
    expect(check(text)).toMatchObject({ status: 0, stderr: '' });
    expect(check(text.replace('read_only: true', 'read_only: 3')).status).not.toBe(0);
  });
});

const missing =
  noPostgres ??
  noRedis ??
  sshdMissing() ??
  (spawnSync('unshare', ['-m', '-n', 'true']).status === 0 ? undefined : 'unshare -m -n is refused') ??
  (spawnSync('ip', ['-V']).status === 0 ? undefined : 'iproute2 is not installed');

/** What the official image of PostgreSQL does before it starts the server: it is not here, and its programs are. */
const POSTGRES_ENTRYPOINT = `set -eu
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  initdb -D "$PGDATA" --username="$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE" -E UTF8 --locale C -N >/dev/null
  echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
  printf "listen_addresses = '*'\\ndynamic_shared_memory_type = mmap\\n" >> "$PGDATA/postgresql.conf"
  echo "CREATE DATABASE $POSTGRES_DB" | postgres --single -j -D "$PGDATA" postgres >/dev/null
fi
exec "$@"`;

describe.skipIf(missing)(`every process of docker-compose.yml${missing ? ` (skipped: ${missing})` : ''}`, () => {
  const project = mkdtempSync(join(tmpdir(), 'runbolt-project-'));
  const images = new Map<string, Image>();
  const roots: string[] = [];
  const containers = new Map<string, Container>();
  const others: Container[] = [];
  let networks: Networks;
  let slack: SlackDouble;
  let closeRelay: () => Promise<void> = async () => undefined;

  const service = (name: string): Service => {
    const found = compose.services[name];
    if (!found) throw new Error(`no service ${name}`);
    return found;
  };

  const start = (name: string, words?: readonly string[], change: Partial<Service> = {}): Container => {
    const one = { ...service(name), ...change };
    const [uid = 0, gid = 0] = one.user.split(':').map(Number);
    const built = images.get(one.image);
    const official = built ? undefined : OFFICIAL[one.image.split(':')[0] ?? ''];
    const root = built?.root ?? emptyRoot(name, official?.user ?? 'root');
    if (!built) roots.push(root);
    const volumes = one.volumes.map((volume) => {
      const [source = '', to = '', mode] = volume.split(':');
      const from = source.startsWith('.') ? join(project, source) : join(project, 'volumes', source);
      if (!source.startsWith('.') && !existsSync(from)) {
        mkdirSync(from, { recursive: true });
        chownSync(from, uid, gid);
        chmodSync(from, 0o700);
      }
      return { from, to, write: mode !== 'ro' };
    });
    const secrets = one.secrets.map((secret) => ({
      from: join(project, compose.secrets[secret]?.file ?? ''),
      to: `/run/secrets/${secret}`,
      write: false,
    }));
    const hosts = given(join(project, 'hosts'), name, networks.hosts(name));
    const stage = built?.stage;
    const container = Container.start({
      name,
      service: one,
      root,
      entrypoint: one.entrypoint ?? (stage ? execForm(stage, 'ENTRYPOINT') : (official?.entrypoint ?? [])),
      command: words ?? (one.command.length > 0 || !stage ? one.command : execForm(stage, 'CMD')),
      workdir: stage?.steps.findLast((s) => s.instruction === 'WORKDIR')?.text ?? '/',
      env: {
        PATH: `/usr/local/bin:/usr/sbin:/usr/bin${official ? `:${PG_BIN}` : ''}`,
        HOME: '/tmp',
        ...(stage && environmentOf(stage)),
        ...official?.env,
        ...(name === 'bot' && { SLACK_API_URL: slack.apiUrl, RUNBOLT_LOG: 'warn' }),
      },
      binds: [...volumes, ...secrets, { from: hosts, to: '/etc/hosts', write: false }],
      netPid: networks.join(name).pid,
    });
    if (Object.keys(change).length === 0) containers.set(name, container);
    else others.push(container);
    return container;
  };

  const OFFICIAL: Readonly<
    Record<string, { user: 'postgres' | 'redis'; env: Record<string, string>; entrypoint: readonly string[] }>
  > = {
    postgres: {
      user: 'postgres',
      env: { PGDATA: '/var/lib/postgresql/data' },
      entrypoint: ['sh', '-c', POSTGRES_ENTRYPOINT, 'entrypoint'],
    },
    redis: { user: 'redis', env: {}, entrypoint: ['env', '-C', '/data'] },
  };

  /** The double listens on this machine's loopback: the bot finds it on its own, under the same port. */
  const relaySlack = async (): Promise<void> => {
    const port = Number(new URL(slack.apiUrl).port);
    const path = join(project, 'slack.sock');
    const server = createServer((near) => {
      const far = connect(port, '127.0.0.1');
      near.pipe(far).pipe(near);
      near.on('error', () => far.destroy());
      far.on('error', () => near.destroy());
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    const program = `const net = require('node:net');
net.createServer((near) => { const far = net.connect(process.argv[2]); near.pipe(far).pipe(near);
near.on('error', () => far.destroy()); far.on('error', () => near.destroy()); })
.listen(Number(process.argv[1]), '127.0.0.1', () => console.log('ready'));`;
    const netPid = String(networks.join('bot').pid);
    const inside = spawn(
      'setpriv',
      ['--pdeathsig', 'KILL', 'nsenter', '-t', netPid, '-n', process.execPath, '-e', program, String(port), path],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await once(inside.stdout, 'data');
    closeRelay = async () => {
      const gone = once(inside, 'exit');
      inside.kill('SIGKILL');
      await gone;
      server.close();
    };
  };

  beforeAll(async () => {
    chmodSync(project, 0o711);
    for (const [name, value] of Object.entries(SECRETS)) given(join(project, 'secrets'), name, value);
    mkdirSync(join(project, 'ssh'), { mode: 0o700 });
    chownSync(join(project, 'ssh'), 1000, 1000);
    cpSync(join(ROOT, 'deploy/target/runbolt.yaml'), join(project, 'runbolt.yaml'));
    chmodSync(join(project, 'runbolt.yaml'), 0o444);
    const members = Object.entries(compose.services).map(([name, one]) => [name, one.networks] as const);
    [networks, slack] = await Promise.all([startNetworks(new Map(members)), startSlackDouble()]);
    slack.person({ id: ANA, name: 'ana' });
    slack.channel(OPS, [ANA]);
    await relaySlack();
  }, 60_000);
  afterAll(async () => {
    await Promise.all([...containers.values(), ...others].map((container) => container.stop()));
    await closeRelay();
    await slack.close();
    await networks.end();
    for (const image of images.values()) image.remove();
    for (const path of [project, ...roots]) rmSync(path, { recursive: true, force: true });
  }, 120_000);

  it('has an image: each COPY is there, each RUN works without a network but `npm ci`, whose packages are these', {
    timeout: 180_000,
  }, () => {
    const context = mkdtempSync(join(tmpdir(), 'runbolt-context-'));
    roots.push(context);
    const allowed = readFileSync(join(ROOT, '.dockerignore'), 'utf8').match(/(?<=^!).+$/gm) ?? [];
    for (const name of allowed) cpSync(join(ROOT, name), join(context, name), { recursive: true });
    const npmCi = (command: string, directory: string): boolean => {
      if (!command.startsWith('npm ci ')) return false;
      // A worktree may have a link there: copied as a link, what is taken away here would be gone there.
      const packages = realpathSync(join(ROOT, 'node_modules'));
      // Links where they can be: npm takes files away, and writes none but its own list, which is a copy.
      const linked = spawnSync('cp', ['-al', packages, directory]).status === 0;
      if (!linked) execFileSync('cp', ['-a', packages, directory]);
      const list = join(directory, 'node_modules/.package-lock.json');
      rmSync(list);
      cpSync(join(packages, '.package-lock.json'), list);
      return true;
    };
    const image = buildImage('runbolt', join(ROOT, 'Dockerfile'), context, 'node', npmCi);
    images.set('runbolt', image);
    const noDebian = (command: string) => command.startsWith('apt-get ');
    const target = join(ROOT, 'deploy/target');
    images.set('runbolt-target', buildImage('target', join(target, 'Dockerfile'), target, 'ops', noDebian));
    const size = (path: string) =>
      Number(execFileSync('du', ['-sm', join(image.root, path)], { encoding: 'utf8' }).split('\t')[0]);
    expect(size('app/node_modules')).toBeLessThan(100);
    expect(size('app')).toBeLessThan(110);
    expect(readdirSync(join(image.root, 'app')).sort()).toEqual([
      'LICENSE',
      'bin',
      'dist',
      'node_modules',
      'package.json',
      'runbooks',
    ]);
    for (const name of ['typescript', 'vitest', 'local-slack-linux-x64', '@biomejs/biome'])
      expect(existsSync(join(image.root, 'app/node_modules', name))).toBe(false);
  });

  it('makes keys once, and no key anew when it is asked again', { timeout: 30_000 }, async () => {
    expect(await start('keys').ended()).toBe(0);
    const known = readFileSync(join(project, 'ssh/known_hosts'), 'utf8');
    expect(
      known
        .trim()
        .split('\n')
        .map((line) => line.split(' ').slice(0, 2).join(' ')),
    ).toEqual(['[target-1]:2222 ssh-ed25519', '[target-2]:2222 ssh-ed25519', '[target-3]:2222 ssh-ed25519']);
    expect(await start('keys').ended()).toBe(0);
    expect(readFileSync(join(project, 'ssh/known_hosts'), 'utf8')).toBe(known);
  });

  it('starts in the order of the file, and its own health checks say so', { timeout: 180_000 }, async () => {
    const waiting = new Map(Object.entries(compose.services).filter(([name]) => !STARTED_BY_HAND.has(name)));
    const healthy = new Set<string>();
    while (waiting.size > 0) {
      const able = [...waiting].filter(([, one]) => Object.keys(one.depends_on).every((other) => healthy.has(other)));
      expect(able.length).toBeGreaterThan(0);
      for (const [name] of able) start(name);
      for (const [name] of able) {
        await containers.get(name)?.healthy();
        healthy.add(name);
        waiting.delete(name);
      }
    }
    expect(healthy.size).toBe(8);
  });

  it('records a host key by the service `trust`, and where known_hosts is read-only says so', {
    timeout: 300_000,
  }, async () => {
    const known = join(project, 'ssh/known_hosts');
    const before = readFileSync(known, 'utf8');
    const own = before.split('\n').find((line) => line.startsWith('[target-1]')) ?? '';
    const print = execFileSync('ssh-keygen', ['-lf', '-'], { input: own, encoding: 'utf8' }).split(' ')[1] ?? '';
    writeFileSync(known, before.replace(`${own}\n`, ''));
    try {
      const words = ['target-1', '--fingerprint', print];
      const closed = start('trust', words, { volumes: service('bot').volumes.slice(0, 2) });
      expect(await closed.ended()).toBe(3);
      expect(closed.output).toContain('/etc/runbolt/ssh/known_hosts cannot be written (EROFS).');
      expect(closed.output).toContain('docker compose run --rm trust HOST');
      expect(closed.output).not.toContain('mistake in Runbolt');
      const trusted = start('trust', words);
      expect({ code: await trusted.ended(), said: trusted.output }).toMatchObject({ code: 0 });
      expect(readFileSync(known, 'utf8').split('\n').sort()).toEqual(before.split('\n').sort());
    } finally {
      writeFileSync(known, before);
      containers.delete('trust');
    }
  });

  it('says once what is wrong with a configuration, and stays without work until it is stopped', {
    timeout: 300_000,
  }, async () => {
    given(project, 'wrong.yaml', 'targetz: {}\n');
    const wrong = start('worker-1', undefined, { volumes: ['./wrong.yaml:/etc/runbolt/runbolt.yaml:ro'] });
    await until('it said that it stays', () => wrong.output.includes('RUNBOLT_ON_REFUSAL=stay'), 30_000);
    expect(wrong.output.match(/targetz/g)).toHaveLength(1);
    expect(wrong.run('runbolt', 'health').code).not.toBe(0);
    expect(wrong.running).toBe(true);
    expect(await wrong.stop()).toBe(2);
  });

  it('carries `/tcp verify` from Slack to the three targets', { timeout: 180_000 }, async () => {
    await slack.say(ANA, OPS, '/tcp verify *').acked;
    const told = () =>
      slack
        .messages(OPS)
        .map((m) => messageText(m))
        .join('\n');
    await until('all three were reached', () => told().includes('3 of 3 hosts reached'), 40_000).catch((error) => {
      throw new Error(`${error.message}: ${told()}\n${containers.get('bot')?.output}`);
    });
    expect(told()).toContain('target-[1-3]');
    expect(slack.violations).toEqual([]);
  });

  it('runs without root, without capabilities, and can write only where the file lets it', () => {
    for (const [name, container] of containers) {
      if (!container.running) continue;
      const status = readFileSync(`/proc/${container.pid}/status`, 'utf8');
      const of = (field: string) => new RegExp(`^${field}:\\s*(\\S+)`, 'm').exec(status)?.[1];
      expect({ name, uid: of('Uid'), cap: of('CapBnd'), eff: of('CapEff'), locked: of('NoNewPrivs') }).toEqual({
        ...{
          name,
          uid: service(name).user.split(':')[0],
          cap: '0000000000000000',
          eff: '0000000000000000',
          locked: '1',
        },
      });
      expect(container.run('sh', '-c', 'echo x > /tmp/x && rm /tmp/x')).toMatchObject({ code: 0 });
      expect(container.run('sh', '-c', 'echo x > /etc/x').out).toMatch(/Read-only|denied/);
    }
    const bot = containers.get('bot');
    expect(bot?.run('sh', '-c', 'ls -A /var/lib/runbolt').out).toContain('runbolt.sock');
    expect(bot?.run('sh', '-c', 'echo x >> /etc/runbolt/ssh/known_hosts').out).toContain('Read-only');
    expect(bot?.run('sh', '-c', 'echo x > /app/x').out).toMatch(/Read-only/);
  });

  it('keeps PostgreSQL and Redis from those who have no business there, and their passwords out of arguments', () => {
    expect(networks.hosts('target-1')).not.toMatch(/postgres|redis/);
    expect(networks.hosts('bot')).toMatch(/postgres[\s\S]*redis[\s\S]*target-3/);
    const redis = containers.get('redis');
    expect(redis?.run('redis-cli', 'ping').out).toContain('NOAUTH');
    for (const { pid, running } of containers.values())
      if (running) expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).not.toMatch(/f00dbabe|cafe1234|xoxb/);
    for (const one of ['bot', 'worker-1'])
      expect(JSON.stringify(service(one).environment)).not.toMatch(/PASSWORD(?!_FILE)|TOKEN(?!_FILE)/);
  });

  it('answers a command in the container through the bot, and makes a backup there', { timeout: 30_000 }, () => {
    const bot = containers.get('bot');
    const verify = bot?.run('runbolt', 'verify', 'tcp', 'target-1');
    expect(verify?.out).toContain('1 of 1 host reached');
    expect(bot?.run('runbolt', 'backup', '/tmp/backup').out).toMatch(/^2 runs in \/tmp\/backup/);
    expect(bot?.run('sh', '-c', 'rm /tmp/backup').code).toBe(0);
  });

  it('restores a backup into the emptied PostgreSQL by the commands of docs/operations.md', {
    timeout: 300_000,
  }, async () => {
    const made = containers.get('bot')?.run('runbolt', 'backup', '/var/lib/runbolt/backup.gz');
    expect(made?.out).toMatch(/^2 runs in /);
    const backup = join(project, 'backup.gz');
    cpSync(join(project, 'volumes/data/backup.gz'), backup);
    chownSync(backup, 1000, 1000);
    for (const name of ['bot', 'worker-1', 'worker-2']) await containers.get(name)?.stop();
    const restore = () =>
      start('bot', ['restore', '/backup.gz'], {
        volumes: [...service('bot').volumes, './backup.gz:/backup.gz:ro'],
      });
    const refused = restore();
    expect(await refused.ended()).not.toBe(0);
    expect(refused.output).toContain('only an empty one can be restored');
    const drop = ['psql', '-U', 'runbolt', '-c', 'DROP SCHEMA runbolt CASCADE'];
    expect(containers.get('postgres')?.run(...drop)).toMatchObject({ code: 0 });
    const restored = restore();
    expect({ code: await restored.ended(), said: restored.output }).toEqual({
      code: 0,
      said: expect.stringContaining('2 runs restored'),
    });
    const docs = readFileSync(join(ROOT, 'docs/operations.md'), 'utf8');
    expect(docs).toContain(`docker compose exec postgres ${drop.slice(0, -1).join(' ')} 'DROP SCHEMA runbolt CASCADE'`);
    expect(docs).toContain(':/backup.gz:ro" bot restore /backup.gz');
  });

  it('stops within the time that the file gives, without a complaint', { timeout: 300_000 }, async () => {
    for (const name of ['bot', 'worker-1', 'worker-2', 'redis', 'postgres'])
      expect({ name, code: await containers.get(name)?.stop() }).toEqual({ name, code: 0 });
    expect(containers.get('bot')?.output).not.toMatch(/"level":50/);
  });
});
