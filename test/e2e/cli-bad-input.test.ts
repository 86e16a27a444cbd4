import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { runDocument } from '../../src/engine/document.js';
import { Bot, type Finished, runbolt } from '../rig/bot/bot.js';
import { freePort } from '../rig/servers/index.js';
import { type SlackDouble, startSlackDouble } from '../rig/slack/index.js';
import { makeKey } from '../rig/sshd/keys.js';
import { knownLine, type Sshd, sshdMissing, startSshd } from '../rig/sshd/sshd.js';
import { type TemporaryUser, temporaryUser } from '../rig/sshd/user.js';

/** What every refusal has: its code, words that say what to do, and nothing of the program's inside. */
const refusal = (done: Finished, code: number, ...words: readonly string[]): void => {
  const said = done.err + done.out;
  for (const word of words) expect(said).toContain(word);
  expect(said).not.toMatch(/\n\s+at |node:internal|Error:|A mistake in Runbolt|undefined|\[object/);
  expect(done.code).toBe(code);
};

describe('bad input', { timeout: 180_000 }, () => {
  let dir: string;
  let env: Record<string, string>;
  let used: Server;
  const file = (name: string, text: string): string => {
    const path = join(dir, name);
    writeFileSync(path, text);
    return path;
  };
  const port = (server: Server): number => {
    const address = server.address();
    return typeof address === 'object' && address ? address.port : 0;
  };
  const cli = (args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
    runbolt(args, { env: { ...env, ...more }, cwd: dir });

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'runbolt-bad-'));
    env = { RUNBOLT_DATA: join(dir, 'data'), TMPDIR: dir };
    file('good.yaml', 'targets: { web-1: { host: 127.0.0.1, port: 1, labels: { env: prod } }, web-2: {} }');
    used = createServer();
    await new Promise<void>((resolve) => used.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    used.close();
    rmSync(dir, { recursive: true, force: true });
  });

  it.each([
    [
      ['verfy', 'tcp', 'web-1'],
      ["unknown command 'verfy'", 'Did you mean verify?'],
    ],
    [['verify'], ['missing required argument', '--help']],
    [
      ['verify', 'tcp', 'web-1', '--jsn'],
      ["unknown option '--jsn'", 'Did you mean --json?'],
    ],
    [
      ['demo', '--port', '70000'],
      ['`70000` is not a port.', 'Give 1 to 65535.'],
    ],
    [['demo', '--port', 'http'], ['`http` is not a port.']],
    [
      ['demo', '--as', 'nobody'],
      ['Nobody in the demo is called nobody.', 'There are ana, bo, dan.'],
    ],
    [['demo', '--as', 'nobody', '--say', '/tcp verify web-*'], ['Nobody in the demo is called nobody.']],
    [
      ['schema', 'rn'],
      ['There is no schema `rn`.', 'config, runbook or run'],
    ],
    [
      ['verify', 'tcp', 'web-1'],
      ['no demo is running', 'Write a runbolt.yaml'],
    ],
    [
      ['verify', 'tcp', 'web-1', '--config', 'nope.yaml'],
      ['nope.yaml is not there.', '--config FILE'],
    ],
    [['lint', 'nope.yaml'], ['nope.yaml cannot be read']],
    [['trust', 'wbe-1', '--config', 'good.yaml'], ['There is no target `wbe-1`. Did you mean `web-1`']],
  ])('of the command line: runbolt %j', async (args, words) => {
    refusal(await cli(args), 2, ...words);
  });

  describe('of a request', () => {
    let slack: SlackDouble;
    let bot: Bot;

    beforeAll(async () => {
      slack = await startSlackDouble();
      const tokens = { SLACK_BOT_TOKEN: slack.botToken, SLACK_APP_TOKEN: slack.appToken };
      const settings = { SLACK_API_URL: slack.apiUrl, RUNBOLT_LOG: 'silent' };
      const config = join(dir, 'good.yaml');
      bot = await Bot.start(['start', '--config', config], { env: { ...env, ...tokens, ...settings } });
    });
    afterAll(async () => {
      await bot?.end('SIGTERM');
      await slack.close();
    });

    it.each([
      [['verify', 'tpc', 'web-1'], ['There is no runbook `tpc`. Did you mean `tcp`?']],
      [
        ['verify', 'tcp', 'wbe-1'],
        ['No host matches `wbe-1` among 2.', 'Near names: web-1'],
      ],
      [
        ['verify', 'tcp', 'web-1', 'wbe-2'],
        ['No host matches `wbe-2` among 2.', 'Near names: web-'],
      ],
      [
        ['verify', 'tcp', 'web-*', '!wbe-2'],
        ['No host is left out by `!wbe-2` among 2.', 'Near names: web-'],
      ],
      [['verify', 'tcp', 'env=prd'], ['Values of the label env: prod.']],
      [['verify', 'tcp', '@edge'], ['There is no group `@edge`.']],
      [['verify', 'tcp', 'web-[2-1]'], ['has a range that cannot be read']],
      [
        ['verify', 'tcp', 'web-1;reboot'],
        ['is neither a name, a label, nor a group', 'Write names'],
      ],
      [['verify', 'tcp', '$(touch pwned)'], ['is neither a name']],
      [['verify', 'tcp', 'web-1', 'wran=70'], ['no param `wran`. Did you mean `warn`?']],
      [
        ['verify', 'tcp', 'web-1', 'warn=700'],
        ['`warn=700` is not possible.', 'a whole number from 1 to 100'],
      ],
      [['verify', 'tcp', 'web-1', 'warn=`touch pwned`'], ['is not possible.']],
      [['verify', 'tcp', 'web-1', 'warn=1', 'warn=2'], ['given twice']],
      [['show', 'r0'], ['There is no run `r0`.']],
      [['cancel', 'r0'], ['There is no run `r0`.']],
      [['targets', 'x-*'], ['No host matches `x-*`']],
      [['verify', 'tcp', 'x'.repeat(3_000)], ['longer than 2000 characters']],
    ])('runbolt %j', async (args, words) => {
      refusal(await cli([...args, '--config', 'good.yaml']), 2, ...words);
    });

    it('opens no run', async () => {
      expect((await cli(['runs', '--config', 'good.yaml'])).out).toBe('No runs yet. Try `/tcp verify web-*`.\n');
    });
  });

  it('is a fault as JSON where JSON was asked for', async () => {
    const done = await cli(['verify', 'tcp', 'x-1', '--json', '--config', 'good.yaml']);
    expect(JSON.parse(done.out)).toMatchObject({ fault: { code: 'selector_empty', next: expect.any(String) } });
    expect(done.code).toBe(2);
  });

  it.each([
    ['an unknown key', 'tagets: {}', ':1:1 `tagets` is not known here. Did you mean `targets`?'],
    ['a wrong type', 'targets: { web-1: { port: ssh } }', ':1:27 `targets.web-1.port`: must be a number.'],
    ['a bad selector in a policy', 'policies: [{ where: "a;b", approvers: [U1BO] }]', ':1:22 The selector `a;b`'],
    ['broken YAML', 'targets: [', ':1:'],
    ['no end of nesting', '['.repeat(100_000), 'nested more than 100 levels deep'],
    ['runbooks that are not there', 'targets: { a: {} }\nrunbooks: ./none', 'none cannot be read'],
  ])('in runbolt.yaml, %s: every command says where', async (name, text, words) => {
    const config = file(`${name.replaceAll(' ', '-')}.yaml`, text);
    for (const args of [['verify', 'tcp', 'a'], ['lint']]) {
      refusal(await cli([...args, '--config', config]), 2, words);
    }
  });

  it('in a runbook is found by lint, file by file, and stops the program from starting', async () => {
    const book = file(
      'disk.yaml',
      'command: disk\ntitle: Disks\nfacts: { a: { sysct: x } }\nchecks: {}\nknowledge: x\n',
    );
    refusal(
      await cli(['lint', book]),
      2,
      'disk.yaml:3:15 There is no fact `sysct`. Did you mean `sysctl`?',
      '1 mistake',
    );
    const own = file('own.yaml', `targets: { a: {} }\nrunbooks: ${dir}/books`);
    await import('node:fs').then((fs) => fs.mkdirSync(join(dir, 'books')));
    file('books/disk.yaml', 'command: disk\ntitle: Disks\n');
    refusal(await cli(['verify', 'tcp', 'a', '--config', own]), 2, 'disk.yaml:1:1 `facts`: is missing.');
    expect(await cli(['lint', '--config', 'good.yaml'])).toMatchObject({ code: 0, err: '5 runbooks, no mistakes\n' });
    expect(await cli(['lint', 'good.yaml', '--config', 'good.yaml'])).toMatchObject({ code: 0 });
  });

  describe('around it', () => {
    it.each([
      ['no bot token', {}, 2, ['SLACK_BOT_TOKEN', 'is not set']],
      ['no app token', { SLACK_BOT_TOKEN: 'xoxb-1' }, 2, ['SLACK_APP_TOKEN', 'runbolt manifest']],
      ['a Slack that is no address', { SLACK_API_URL: 'slack' }, 2, ['SLACK_API_URL']],
      ['an unknown level of the log', { RUNBOLT_LOG: 'loud' }, 2, ['RUNBOLT_LOG']],
    ])('%s: the bot says so and does not start', async (_, given: Record<string, string>, code, words) => {
      const tokens = 'SLACK_API_URL' in given ? { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_APP_TOKEN: 'xapp-1' } : {};
      refusal(await cli(['start', '--config', 'good.yaml'], { ...tokens, ...given }), code, ...words);
    });

    it('a token that Slack refuses, of either kind', async () => {
      const slack = await startSlackDouble();
      const real = {
        RUNBOLT_LOG: 'silent',
        SLACK_API_URL: slack.apiUrl,
        SLACK_BOT_TOKEN: slack.botToken,
        SLACK_APP_TOKEN: slack.appToken,
      };
      const bot = await cli(['start', '--config', 'good.yaml'], { ...real, SLACK_BOT_TOKEN: 'xoxb-wrong' });
      const app = await cli(['start', '--config', 'good.yaml'], { ...real, SLACK_APP_TOKEN: 'xapp-wrong' });
      await slack.close();
      refusal(bot, 2, 'Slack refused the bot token', 'xoxb-');
      refusal(app, 2, 'Slack refused the app', 'xapp-');
      expect(bot.err + app.err).not.toContain('-wrong');
    });

    it.each([
      ['DATABASE_URL', 'postgres://me:sekret@127.0.0.1:1/x', 3, 'cannot be reached', ['runs']],
      ['DATABASE_URL', 'mysql:sekret@x', 2, 'DATABASE_URL is not a PostgreSQL URL.', ['runs']],
      ['REDIS_URL', 'foo:sekret@x', 2, 'REDIS_URL', ['start']],
    ])('%s=%s: said without the password', async (name, url, code, words, args) => {
      const tokens = { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_APP_TOKEN: 'xapp-1', SLACK_API_URL: 'http://127.0.0.1:1/api/' };
      const done = await cli([...args, '--config', 'good.yaml'], { ...tokens, [name]: url });
      refusal(done, code, words);
      expect(done.err + done.out).not.toContain('sekret');
    });

    it('a data directory that cannot be', async () => {
      const done = await cli(['runs', '--config', 'good.yaml'], { RUNBOLT_DATA: '/dev/null/data' });
      expect(done).toMatchObject({
        code: 3,
        err: expect.stringContaining('Choose a directory that this user may write'),
      });
    });

    it('a port that is in use', async () => {
      const done = await cli(['demo', '--port', String(port(used))]);
      expect([2]).toContain(done.code);
      expect(done.err).toMatch(/port|needs|missing|namespace|local Slack/i);
      expect(done.err).not.toMatch(/\n\s+at /);
    });
  });
});

const missing = sshdMissing();
describe.skipIf(missing)(
  `hosts that cannot be reached as they are configured${missing ? ` (skipped: ${missing})` : ''}`,
  () => {
    let sshd: Sshd;
    let user: TemporaryUser;
    let dir: string;

    beforeAll(async () => {
      user = temporaryUser({ sudo: 'PASSWD' });
      sshd = await startSshd({ targets: 6 });
      dir = mkdtempSync(join(tmpdir(), 'runbolt-hosts-'));
    });
    afterAll(async () => {
      await sshd.stop();
      user.remove();
      rmSync(dir, { recursive: true, force: true });
    });

    it('each have an outcome with a next step in one run, and none passes', { timeout: 180_000 }, async () => {
      const [good, unknown, changed, sudo, keyless, refused] = sshd.listeners;
      if (!good || !unknown || !changed || !sudo || !keyless || !refused) throw new Error('six are needed');
      const identity = sshd.identity.path;
      const other = makeKey(dir, 'other');
      const hostKey = sshd.hostKeys[0];
      if (!hostKey) throw new Error('no key');
      const known = join(dir, 'known_hosts');
      writeFileSync(
        known,
        [good, sudo, keyless, refused].map((at) => knownLine(at, hostKey)).join('') + knownLine(changed, other),
      );
      const config = join(dir, 'runbolt.yaml');
      const targets = {
        'changed-1': { ...changed, user: sshd.user, identity },
        'closed-1': { host: '127.0.0.1', port: await freePort(), user: sshd.user, identity },
        'dns-1': { host: 'no-such-host.invalid', user: sshd.user, identity },
        'good-1': { ...good, user: sshd.user, identity },
        'key-1': { ...keyless, user: sshd.user, identity: join(dir, 'no-such-key') },
        'refused-1': { ...refused, user: sshd.user, identity: other.path },
        'sudo-1': { ...sudo, user: user.name, identity, become: 'sudo' },
        'unknown-1': { ...unknown, user: sshd.user, identity },
      };
      writeFileSync(config, stringify({ targets, ssh: { known_hosts: known } }));
      const env = { RUNBOLT_DATA: join(dir, 'data') };
      const done = await runbolt(['verify', 'tcp', '*', '--json', '--config', config], { env });
      const told = Object.fromEntries(runDocument.parse(JSON.parse(done.out)).targets.map((t) => [t.name, t]));
      const reasons = Object.fromEntries(Object.entries(told).map(([name, t]) => [name, t.reason]));
      expect(reasons['changed-1']).toMatch(/key/i);
      expect(reasons['closed-1']).toContain('nothing listens');
      expect(reasons['dns-1']).toContain('no-such-host.invalid');
      expect(reasons['key-1']).toContain('no-such-key');
      expect(reasons['sudo-1']).toMatch(/sudo.*password/i);
      expect(reasons['unknown-1']).toMatch(/key/i);
      for (const [name, t] of Object.entries(told)) {
        if (name !== 'good-1') expect([name, t.outcome, t.checks.length]).toEqual([name, 'unreachable', 0]);
      }
      expect(told['good-1']?.checks.length).toBeGreaterThan(0);
      expect([1, 3]).toContain(done.code);
      const shown = await runbolt(['verify', 'tcp', 'unknown-1 changed-1', '--config', config], { env });
      expect(shown.out).toContain('runbolt trust unknown-1');
      expect(shown.code).toBe(3);
      const trusted = await runbolt(['trust', 'unknown-1', '--config', config], { env });
      expect(trusted.out).toContain('SHA256:');
      expect(trusted).toMatchObject({ code: 3, err: expect.stringContaining('Nothing was recorded') });
    });
  },
);
