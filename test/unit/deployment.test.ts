import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readEnvironment } from '../../src/composition/environment.js';
import { drainMs } from '../../src/composition/worker.js';
import { readConfig } from '../../src/core/config.js';
import { runProgram } from '../../src/doors/cli/program.js';
import { readCompose } from '../rig/containers/compose-file.js';
import { deedsBy } from '../rig/deeds.js';

const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const file = (name: string): string => readFileSync(path(name), 'utf8');

const compose = readCompose(file('docker-compose.yml'));
const RUNBOLT = ['bot', 'worker-1', 'worker-2'];

/** The name of the deed that a command line leads to. */
const deedOf = async (
  argv: readonly string[],
): Promise<{ readonly deed: string | undefined; readonly code: number }> => {
  let deed: string | undefined;
  const deeds = deedsBy(async (name) => {
    deed = name;
    return 0;
  });
  const code = await runProgram(argv, '0', deeds, { out: () => undefined, err: () => undefined });
  return { deed, code };
};

describe('docker-compose.yml', () => {
  const services = Object.entries(compose.services);

  it('starts the bot and two workers by commands that the program has', async () => {
    const started = await Promise.all(RUNBOLT.map((name) => deedOf(compose.services[name]?.command ?? [])));
    expect(started.map(({ deed }) => deed)).toEqual(['start', 'worker', 'worker']);
  });

  it('has a command that may write known_hosts, which nothing but a person starts, and which waits for nothing', async () => {
    const { trust } = compose.services;
    expect(trust).toMatchObject({ profiles: ['trust'], restart: 'no', depends_on: {}, secrets: [] });
    const [program, ...words] = trust?.entrypoint ?? [];
    expect(program).toBe('runbolt');
    // `docker compose run trust HOST` puts HOST in the place of `command`, after the entrypoint.
    expect(await deedOf([...words, 'web-1'])).toEqual({ deed: 'trust', code: 0 });
    const writers = services.filter(([, { volumes }]) => volumes.includes('./ssh:/etc/runbolt/ssh'));
    expect(writers.map(([name]) => name)).toEqual(['trust']);
    for (const text of [file('docker-compose.yml'), file('docs/operations.md')])
      expect([...text.matchAll(/docker compose run .*trust/g)].map(([line]) => line)).toEqual([
        'docker compose run --rm trust',
        ...(text.includes('For one command') ? ['docker compose run --rm trust'] : []),
      ]);
  });

  it('brings back after a reboot all that stays, and makes no loop of what is refused', () => {
    for (const [name, { restart }] of services)
      expect({ name, restart }).toEqual({ name, restart: ['trust', 'keys'].includes(name) ? 'no' : 'unless-stopped' });
    expect(file('Dockerfile')).toMatch(/^ENV .*RUNBOLT_ON_REFUSAL=stay$/m);
  });

  it('sets nothing in the environment that the program does not read', () => {
    for (const name of RUNBOLT)
      for (const variable of Object.keys(compose.services[name]?.environment ?? {})) {
        const plain = { DATABASE_URL: 'postgres://db/x', REDIS_URL: 'redis://r' };
        const value = /_HTTP$/.test(variable) ? '1' : '/etc/hostname';
        const read = readEnvironment({ ...plain, [variable]: value }, {});
        expect({ variable, read }).not.toEqual({ variable, read: readEnvironment(plain, {}) });
      }
  });

  it('waits for servers that say when they are ready, and keeps what they store', () => {
    for (const name of RUNBOLT)
      expect(Object.keys(compose.services[name]?.depends_on ?? {}).sort()).toEqual(['postgres', 'redis']);
    for (const [name, { healthcheck, restart }] of services)
      if (restart !== 'no') expect({ name, tested: 'test' in healthcheck }).toEqual({ name, tested: true });
    const kept = services.flatMap(([, one]) =>
      one.volumes.map((volume) => volume.split(':')[0]).filter((source) => !source?.startsWith('.')),
    );
    expect(kept.sort()).toEqual(Object.keys(compose.volumes).sort());
  });

  it('lets nothing run as root, with a capability, or on a root that can be written', () => {
    for (const [name, one] of services) {
      expect({ name, user: one.user.split(':')[0] === '0' }).toEqual({ name, user: false });
      expect({ name, readOnly: one.read_only, drop: one.cap_drop }).toEqual({ name, readOnly: true, drop: ['ALL'] });
      expect(one.security_opt).toContain('no-new-privileges:true');
    }
  });

  it('gives what is under way the time that it may take', () => {
    const config = readConfig('runbolt.yaml', '{}', 'ops');
    const needed = config.ok ? drainMs(config.value) : Number.NaN;
    for (const name of RUNBOLT)
      expect(Number.parseInt(compose.services[name]?.stop_grace_period ?? '', 10) * 1000).toBeGreaterThan(needed);
  });

  it('has no secret in it, and hands each over as a file that somebody reads', () => {
    const used = new Set(services.flatMap(([, one]) => one.secrets));
    expect([...used].sort()).toEqual(Object.keys(compose.secrets).sort());
    for (const [, { environment }] of services)
      for (const [name, value] of Object.entries(environment))
        if (/TOKEN|PASS/.test(name)) expect(value).toMatch(/^\/run\/secrets\/[a-z_]+$/);
  });
});

describe('the Dockerfile', () => {
  it('copies only what is there and what .dockerignore lets through', () => {
    const allowed = file('.dockerignore')
      .split('\n')
      .flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []));
    const copied = [...file('Dockerfile').matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, names = '']) =>
      names.split(' '),
    );
    expect([...new Set(copied)].sort()).toEqual(allowed.sort());
    for (const name of allowed) expect({ name, there: existsSync(path(name)) }).toEqual({ name, there: true });
  });

  it('starts the bot by a command that the program has', async () => {
    const command: unknown = JSON.parse(/^CMD (.+)$/m.exec(file('Dockerfile'))?.[1] ?? '[]');
    expect(await deedOf(z.array(z.string()).parse(command))).toEqual({ deed: 'start', code: 0 });
  });
});

describe('runbolt.example.yaml', () => {
  it('is a configuration without mistakes', () => {
    const config = readConfig('runbolt.example.yaml', file('runbolt.example.yaml'), 'ops');
    expect(config).toMatchObject({ ok: true, value: { policies: [{ text: 'env=prod', approvals: 1 }] } });
  });
});

describe('package-lock.json', () => {
  it('names the optional packages of every platform, or `npm ci` refuses it', () => {
    const entry = z.looseObject({ optionalDependencies: z.record(z.string(), z.string()).optional() });
    const lock = z.object({ packages: z.record(z.string(), entry) }).parse(JSON.parse(file('package-lock.json')));
    const missing = Object.entries(lock.packages).flatMap(([at, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !lock.packages[`node_modules/${name}`] && !lock.packages[`${at}/node_modules/${name}`],
      ),
    );
    expect(missing).toEqual([]);
  });
});

describe('the scripts of package.json', () => {
  it.each(['start', 'demo'])('%s gives Node the options that the program gives it by its name', (name) => {
    const { scripts } = z.object({ scripts: z.record(z.string(), z.string()) }).parse(JSON.parse(file('package.json')));
    const node = /^#!\/usr\/bin\/env -S (node .+)$/m.exec(file('bin/runbolt.js'))?.[1];
    expect(scripts[name]).toMatch(new RegExp(`&& ${node} bin/runbolt\\.js ${name}$`));
  });
});

describe('docs/dependencies.md', () => {
  it('names every dependency of package.json, and no other', () => {
    const versions = z.record(z.string(), z.string());
    const { dependencies, devDependencies } = z
      .object({ dependencies: versions, devDependencies: versions })
      .parse(JSON.parse(file('package.json')));
    const named = [...file('docs/dependencies.md').matchAll(/^\| `([^`]+)` +\|/gm)].map(([, name]) => name);
    expect(named.sort()).toEqual([...Object.keys(dependencies), ...Object.keys(devDependencies)].sort());
  });
});

describe('the documents', () => {
  it.each(['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'docs/security.md'])(
    '%s names only files that are there',
    (document) => {
      const named = [...file(document).matchAll(/[`(]((?:src|test|runbooks|docs)\/[\w./-]+\w)[`)]/g)].map(
        ([, name = '']) => name,
      );
      expect(named.length).toBeGreaterThan(0);
      expect(named.filter((name) => !existsSync(path(name)))).toEqual([]);
    },
  );
});

describe('docs/operations.md', () => {
  const text = file('docs/operations.md');

  it('names files of deploy that are there, and commands that the program has', async () => {
    const named = [...text.matchAll(/\bdeploy\/[\w./*-]+\w/g)].map(([name]) => name);
    expect(named.length).toBeGreaterThan(2);
    for (const name of named)
      expect({ name, there: existsSync(path(name.replace(/\*.*$/, '.service'))) }).toEqual({ name, there: true });
    const lines = [...text.matchAll(/\b(?:bot )?runbolt (backup|restore) (\S+)/g)];
    expect(lines.length).toBeGreaterThan(2);
    for (const [, deed = '', what = ''] of lines) expect(await deedOf([deed, what])).toEqual({ deed, code: 0 });
  });

  it('names each variable by file that is read', () => {
    const named = [...text.matchAll(/`([A-Z_]+_FILE)`/g)]
      .map(([, name = '']) => name)
      .filter((name) => name !== 'NAME_FILE');
    expect(named.length).toBeGreaterThan(6);
    const plain = { DATABASE_URL: 'postgres://db/x', REDIS_URL: 'redis://r' };
    for (const name of named) {
      const rest = Object.fromEntries(Object.entries(plain).filter(([known]) => `${known}_FILE` !== name));
      const read = readEnvironment({ ...rest, [name]: '/etc/hostname' }, {});
      expect({ name, read }).not.toEqual({ name, read: readEnvironment(rest, {}) });
    }
  });
});
