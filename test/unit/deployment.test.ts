import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { readEnvironment } from '../../src/composition/environment.js';
import { readConfig } from '../../src/core/config.js';
import { runProgram } from '../../src/doors/cli/program.js';
import { deedsBy } from '../rig/deeds.js';

const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const file = (name: string): string => readFileSync(path(name), 'utf8');

const service = z.looseObject({
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).optional(),
  volumes: z.array(z.string()),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
});
const compose = z
  .object({ services: z.record(z.string(), service), volumes: z.record(z.string(), z.null()) })
  .parse(parse(file('docker-compose.yml')));

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
  const { bot, ...servers } = compose.services;

  it('starts the bot by a command that the program has', async () => {
    expect(await deedOf(bot?.command ?? [])).toEqual({ deed: 'start', code: 0 });
  });

  it('sets nothing in the environment that the program does not read', () => {
    const plain = readEnvironment({}, {});
    const names = Object.keys(bot?.environment ?? {});
    expect(names).toEqual(
      expect.arrayContaining(['DATABASE_URL', 'REDIS_URL', 'SLACK_APP_TOKEN', 'SLACK_BOT_TOKEN', 'RUNBOLT_CONFIG']),
    );
    for (const name of names)
      expect({ name, read: readEnvironment({ [name]: '/somewhere' }, {}) }).not.toEqual({ name, read: plain });
  });

  it('waits for servers that say when they are ready, and keeps what they store', () => {
    expect(Object.keys(bot?.depends_on ?? {}).sort()).toEqual(Object.keys(servers).sort());
    for (const [name, { condition }] of Object.entries(bot?.depends_on ?? {})) {
      expect(condition).toBe('service_healthy');
      expect(servers[name]?.healthcheck?.test.length).toBeGreaterThan(1);
    }
    const kept = Object.values(compose.services).flatMap((one) =>
      one.volumes.map((volume) => volume.split(':')[0]).filter((source) => !source?.startsWith('.')),
    );
    expect(kept.sort()).toEqual(Object.keys(compose.volumes).sort());
  });

  it('has no secret in it', () => {
    for (const { environment = {} } of Object.values(compose.services))
      for (const [name, value] of Object.entries(environment))
        if (/TOKEN|PASS/.test(name)) expect(value).toMatch(/^\$\{[A-Z_]+:/);
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
