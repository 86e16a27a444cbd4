import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { thisMachine } from '../../src/demo/machine.js';
import { namespaceMode } from '../../src/demo/namespaces/ability.js';
import { Bot, runbolt } from '../rig/bot/bot.js';
import { freePort } from '../rig/servers/free-port.js';

const ERROR = 'connect: cannot assign requested address';
const able = namespaceMode(thisMachine());
const why = able.ok ? '' : ` (skipped: ${able.fault.message})`;

describe('whose hosts a command means', () => {
  const directory = mkdtempSync(join(tmpdir(), 'runbolt-whose-'));
  const bare = join(directory, 'bare');
  const configured = join(directory, 'configured');
  let demo: Bot | undefined;
  const env = () => ({ TMPDIR: directory, RUNBOLT_DATA: join(directory, 'data'), RUNBOLT_LOG: 'silent' });
  const cli = (cwd: string, args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
    runbolt(args, { env: { ...env(), ...more }, cwd });
  mkdirSync(bare);
  mkdirSync(join(configured, 'own'), { recursive: true });
  const yaml = 'targets: { web-1: { host: 127.0.0.1, port: 1 } }\nrunbooks: own\n';
  writeFileSync(join(configured, 'runbolt.yaml'), yaml);

  afterAll(async () => {
    await demo?.end('SIGTERM');
    rmSync(directory, { recursive: true, force: true });
  });

  describe('without a configuration and without a demo', { timeout: 180_000 }, () => {
    it('none: the runbooks that ship are listed all the same', async () => {
      const done = await cli(bare, ['list']);
      expect(done).toMatchObject({ code: 0, err: '' });
      expect(done.out).toMatch(/^\/tcp: .*\n\/ports: |^\/haproxy: /m);
    });

    it('none: an error is diagnosed, with the hosts that were given as they were given', async () => {
      const done = await cli(bare, ['diagnose', ERROR, '--', 'role=web']);
      expect(done).toMatchObject({ code: 0, err: '' });
      expect(done.out).toMatch(/^1\. `runbolt verify tcp 'role=web'` /);
      const unnamed = await cli(bare, ['diagnose', ERROR]);
      expect(unnamed.out).toMatch(/^1\. `runbolt verify tcp 'HOSTS'` /);
    });

    it('none: what reads hosts says so', async () => {
      const done = await cli(bare, ['verify', 'tcp', 'web-*']);
      expect(done).toMatchObject({ code: 2, err: expect.stringContaining('no demo is running') });
      const asked = await cli(bare, ['verify', 'tcp', 'web-*', '--demo']);
      expect(asked).toMatchObject({ code: 2, err: expect.stringContaining('No demo is running.') });
    });
  });

  it('list and diagnose know own runbooks, and need no ledger', { timeout: 180_000 }, async () => {
    const made = await cli(configured, ['new', 'web_base']);
    expect(made).toMatchObject({ code: 0 });
    const away = { DATABASE_URL: `postgres://ops@127.0.0.1:${await freePort()}/runbolt` };
    const listed = await cli(configured, ['list'], away);
    expect(listed).toMatchObject({ code: 0, out: expect.stringMatching(/^\/web_base: /m) });
    const diagnosed = await cli(configured, ['diagnose', `web-1 app: ${ERROR}`], away);
    expect(diagnosed).toMatchObject({ code: 0, out: expect.stringMatching(/^1\. `runbolt verify tcp 'web-1'` /) });
  });

  describe.skipIf(!able.ok)(`while a demo runs${why}`, { timeout: 180_000 }, () => {
    beforeAll(async () => {
      demo = await Bot.start(['demo', '--port', String(await freePort())], { env: { TMPDIR: directory } });
    }, 60_000);

    /** The command that the demo prints for another terminal. */
    const printed = () => {
      const [, command = ''] = /npx runbolt (verify .*?) in another terminal/.exec(demo?.output ?? '') ?? [];
      return command.split(' ').map((word) => word.replaceAll("'", ''));
    };

    it('the demo’s, by the command that it prints, beside a configuration too', async () => {
      for (const cwd of [bare, configured]) {
        const done = await cli(cwd, [...printed(), '--json']);
        expect(JSON.parse(done.out).targets).toHaveLength(14);
        expect(done.err).not.toContain('running demo');
      }
    });

    it('the configuration’s where it does not say so, which is said before they are asked', async () => {
      const done = await cli(configured, ['verify', 'tcp', 'web-*']);
      expect(done.err).toMatch(
        /^asking the hosts of runbolt\.yaml, not those of the running demo: --demo asks those\n/,
      );
      expect(done).toMatchObject({ code: 3, out: expect.stringContaining('0 of 1 host') });
    });

    it('the demo’s without a configuration', async () => {
      const done = await cli(bare, ['targets', 'web-*']);
      expect(done).toMatchObject({ code: 0, out: expect.stringContaining('14 of ') });
    });

    it('of both it is told that they do not go together', async () => {
      const done = await cli(configured, ['verify', 'tcp', 'web-*', '--demo', '--config', 'runbolt.yaml']);
      expect(done).toMatchObject({ code: 2, err: expect.stringContaining("'--demo' cannot be used with") });
    });
  });
});
