import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { z } from 'zod';
import { CloudRig } from '../rig/aws/cloud-rig.js';
import { instanceId } from '../rig/aws/local-host.js';
import { Bot, runbolt } from '../rig/bot/bot.js';
import {
  freePort,
  noPostgres,
  noRedis,
  type RealPostgres,
  type RealRedis,
  startPostgres,
  startRedis,
} from '../rig/servers/index.js';
import { ALL_SCOPES, type SlackDouble, startSlackDouble } from '../rig/slack/index.js';
import { type KeyPair, makeKey } from '../rig/sshd/keys.js';

const document = z.strictObject({
  well: z.boolean(),
  checks: z.array(
    z.strictObject({
      check: z.string(),
      state: z.enum(['pass', 'fail', 'unknown']),
      message: z.string(),
      next: z.string().optional(),
    }),
  ),
});

const missing = noPostgres ?? noRedis;

describe('runbolt doctor', { timeout: 300_000 }, () => {
  let dir: string;
  let postgres: RealPostgres;
  let redis: RealRedis;
  let key: KeyPair;
  let slack: SlackDouble;
  let env: Record<string, string>;
  const at = (name: string) => join(dir, name);
  const config = (more: Readonly<Record<string, unknown>> = {}): string => {
    const file = at('runbolt.yaml');
    const targets = { 'web-1': { host: '10.9.0.1', identity: 'key' }, 'web-2': { host: '10.9.0.2', identity: 'key' } };
    const schedules = [{ name: 'nightly', cron: '0 6 * * *', run: 'tcp verify web-*', channel: 'C0OPS' }];
    rmSync(file, { force: true });
    writeFileSync(file, stringify({ targets, schedules, ssh: { known_hosts: 'known_hosts' }, ...more }), {
      mode: 0o600,
    });
    return file;
  };
  /** Asks the doctor, and answers with its exit code and what it said of each check that is not well. */
  const asked = async (more: Readonly<Record<string, string>> = {}, file = config()) => {
    const done = await runbolt(['doctor', '--json', '--config', file], { env: { ...env, ...more }, cwd: dir });
    const { well, checks } = document.parse(JSON.parse(done.out));
    expect(well).toBe(done.code === 0);
    for (const { state, next } of checks) expect(next === undefined).toBe(state === 'pass');
    expect(done.out + done.err).not.toMatch(/xoxb-double|xapp-double|hunter2|\n\s+at |\[object|undefined/);
    const trouble = checks
      .filter(({ state }) => state !== 'pass')
      .map(({ check, state, message }) => [check, state, message]);
    return { code: done.code, trouble, checks };
  };

  beforeAll(async () => {
    if (missing === undefined) [postgres, redis] = await Promise.all([startPostgres(), startRedis('hunter2')]);
    dir = mkdtempSync(join(tmpdir(), 'runbolt-doctor-'));
    key = makeKey(dir, 'key');
  });
  beforeEach(async () => {
    slack = await startSlackDouble();
    slack.channel('C0OPS', []);
    env = {
      TMPDIR: dir,
      RUNBOLT_DATA: at('data'),
      SLACK_API_URL: slack.apiUrl,
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_APP_TOKEN: slack.appToken,
    };
    chmodSync(key.path, 0o600);
    writeFileSync(at('known_hosts'), ['10.9.0.1', '10.9.0.2'].map((host) => `${host} ${key.publicLine}\n`).join(''));
  });
  afterEach(async () => {
    await slack.close();
    rmSync(at('data'), { recursive: true, force: true });
  });
  afterAll(async () => {
    await Promise.all([postgres?.stop(), redis?.stop()]);
    rmSync(dir, { recursive: true, force: true });
  });

  it('finds nothing wrong where nothing is, and changes nothing', async () => {
    const { code, trouble, checks } = await asked();
    expect([code, trouble]).toEqual([0, []]);
    expect(checks.map(({ check }) => check)).toEqual([
      ...['node', 'configuration', 'runbooks', 'permissions', 'permissions'],
      ...['slack bot token', 'slack scopes', 'slack app token', 'slack channels', 'clock and Slack'],
      ...['ledger', 'inventory', 'host keys', 'identities'],
    ]);
    expect(() => readFileSync(at('data'))).toThrow(/ENOENT/);
    expect(slack.api.calls.map(({ method }) => method).sort()).toEqual([
      'apps.connections.open',
      'auth.test',
      'conversations.info',
    ]);
    expect(slack.sockets.connections).toBe(0);
  });

  it('says it in words with a sign, the next step below, and a count', async () => {
    const done = await runbolt(['doctor', '--config', config()], {
      env: { ...env, SLACK_APP_TOKEN: 'xapp-wrong' },
      cwd: dir,
    });
    expect(done.code).toBe(1);
    expect(done.out).toMatch(/^✓ node +Node\.js v\d/);
    expect(done.out).toMatch(
      /\n✗ slack app token +Slack refused the app-level token \(invalid_auth\)\.\n +Copy the token/,
    );
    expect(done.out).toMatch(/\n13 well, 1 wrong, 0 could not be told\n$/);
  });

  it.each([
    [
      'a wrong bot token',
      { SLACK_BOT_TOKEN: 'xoxb-wrong' },
      'slack bot token',
      /refused the bot token \(invalid_auth\)/,
    ],
    [
      'a token in the place of the other',
      { SLACK_APP_TOKEN: 'xoxb-double' },
      'slack app token',
      /not_allowed_token_type/,
    ],
    ['a token that is not set', { SLACK_BOT_TOKEN: '' }, 'slack', /^SLACK_BOT_TOKEN \(xoxb-…\) is not set\.$/],
  ])('finds %s', async (_what, more, check, message) => {
    const { code, trouble } = await asked(more);
    expect(code).toBe(1);
    expect(trouble).toContainEqual([check, 'fail', expect.stringMatching(message)]);
  });

  it('finds scopes that the token lacks, and says that channels could not be told', async () => {
    await slack.close();
    slack = await startSlackDouble({ scopes: ALL_SCOPES.filter((s) => s !== 'channels:read' && s !== 'files:write') });
    slack.channel('C0OPS', []);
    const { code, trouble } = await asked({ SLACK_API_URL: slack.apiUrl });
    expect(code).toBe(1);
    expect(trouble).toEqual([
      ['slack scopes', 'fail', 'The bot token lacks files:write, channels:read.'],
      ['slack channels', 'unknown', expect.stringMatching(/does not say \(missing_scope\)/)],
    ]);
  });

  it('finds channels of schedules that the bot is not in, that are archived, or that are not there', async () => {
    slack.channel('C0OUT', [], false);
    slack.channel('C0OLD', []);
    const old = slack.api.workspace.channels.get('C0OLD');
    if (old) slack.api.workspace.channels.set('C0OLD', { ...old, archived: true });
    const schedules = ['C0OPS', 'C0OUT', 'C0OLD', 'C0NONE'].map((channel, n) => ({
      ...{ name: `s${n}`, cron: '0 6 * * *', run: 'tcp verify web-*', channel },
    }));
    const { code, trouble } = await asked({}, config({ schedules }));
    expect(code).toBe(1);
    expect(trouble).toEqual([
      ['slack channels', 'fail', 'The bot is not in the channel C0OUT, which s1 tells.'],
      ['slack channels', 'fail', 'Archived is the channel C0OLD, which s2 tells.'],
      ['slack channels', 'fail', 'Slack knows no channel for the bot by the ID C0NONE, which s3 tells.'],
    ]);
  });

  it('could not tell what a Slack that does not answer would say', async () => {
    const { code, trouble } = await asked({ SLACK_API_URL: `http://127.0.0.1:${await freePort()}/api/` });
    expect(code).toBe(3);
    expect(trouble.map(([check, state]) => [check, state])).toEqual(
      ['slack bot token', 'slack scopes', 'slack app token', 'slack channels', 'clock and Slack'].map((c) => [
        c,
        'unknown',
      ]),
    );
  });

  it('lists hosts without a known key, and keys that others can read, that are not there, or that do not open', async () => {
    writeFileSync(at('known_hosts'), '');
    chmodSync(at('key'), 0o644);
    const targets = {
      'web-1': { host: '10.9.0.1', identity: 'key' },
      'web-2': { host: '10.9.0.2', identity: 'nokey' },
      here: { transport: 'local' },
    };
    const { code, trouble } = await asked({}, config({ targets }));
    expect(code).toBe(1);
    expect(trouble).toEqual([
      ['host keys', 'fail', '2 of 2 hosts have no known host key: web-[1-2].'],
      ['identities', 'fail', `${at('key')} is open to others (mode 644).`],
      ['identities', 'fail', expect.stringMatching(/the key file \S+nokey could not be read \(ENOENT\)/)],
    ]);
  });

  it('finds files of secrets and of configuration that are open to others, and an open data directory', async () => {
    mkdirSync(at('data'), { mode: 0o755 });
    writeFileSync(at('token'), slack.botToken, { mode: 0o644 });
    const file = config();
    chmodSync(file, 0o666);
    const { code, trouble } = await asked({ SLACK_BOT_TOKEN: '', SLACK_BOT_TOKEN_FILE: at('token') }, file);
    expect(code).toBe(1);
    expect(trouble).toEqual([
      ['permissions', 'fail', `${at('data')} is open to others (mode 755).`],
      ['permissions', 'fail', `Others can write to ${file} (mode 666), which decides what can happen as root.`],
      ['permissions', 'fail', `${at('token')} holds secrets and is open to others (mode 644).`],
    ]);
  });

  it('finds mistakes of the configuration, of own runbooks and of an inventory', async () => {
    mkdirSync(at('own'), { mode: 0o755 });
    writeFileSync(at('own/bad.yaml'), 'command: Bad\n');
    writeFileSync(at('hosts.ini'), '[web\n');
    const broken = await asked({}, config({ runbooks: 'own', inventories: [{ ansible: 'hosts.ini' }] }));
    expect(broken.code).toBe(1);
    expect(broken.trouble.map(([check, state]) => [check, state])).toEqual([
      ['runbooks', 'fail'],
      ['inventory', 'fail'],
      ['host keys', 'unknown'],
      ['identities', 'unknown'],
    ]);
    const misread = await asked({}, config({ tagets: {} }));
    expect(misread.trouble).toContainEqual(['configuration', 'fail', expect.stringContaining('has 1 mistake')]);
  });

  it('looks at the hosts on the way, names those that cannot be reached with the reason, and trusts none of these', async () => {
    writeFileSync(at('known_hosts'), `10.9.0.1 ${key.publicLine}\n`);
    const inner = ['Host inner-1', `  IdentityFile ${at('key')}`, '  ProxyJump ops@gate:2200', '  HostName 10.9.0.1'];
    const gate = ['Host gate', '  HostName 10.9.0.9', `  IdentityFile ${at('gatekey')}`];
    const odd = ['Host odd-1', '  HostName 10.9.0.3', '  ProxyCommand nc %h %p'];
    writeFileSync(at('ssh_config'), [...inner, ...gate, ...odd, ''].join('\n'));
    const { code, trouble, checks } = await asked(
      {},
      config({ targets: {}, inventories: [{ ssh_config: 'ssh_config', select: 'inner-1,odd-1' }] }),
    );
    expect(code).toBe(1);
    expect(trouble).toEqual([
      [
        'inventory',
        'fail',
        expect.stringMatching(/^odd-1 is not reached: its ProxyCommand \(\S+\) is not run by Runbolt/),
      ],
      ['host keys', 'fail', 'The host key of the jump host 10.9.0.9:2200 is not known.'],
      ['identities', 'fail', expect.stringMatching(/the key file \S+gatekey could not be read \(ENOENT\)/)],
    ]);
    expect(JSON.stringify(checks)).not.toContain('trust odd-1');
  });

  describe('of hosts over SSM', () => {
    const ssm = (n: number, more: object = {}) => ({
      ...{ transport: 'ssm', instance: instanceId(n), region: 'eu-west-1' },
      ...more,
    });
    const aws = { AWS_CONFIG_FILE: '/nonexistent', AWS_SHARED_CREDENTIALS_FILE: '/nonexistent' };

    it('finds a profile that is not there', async () => {
      const file = config({ targets: { 'web-1': ssm(1, { profile: 'nope' }) } });
      const { code, trouble } = await asked(aws, file);
      expect(code).toBe(1);
      expect(trouble).toEqual([
        ['systems manager', 'fail', expect.stringMatching(/no AWS credentials for eu-west-1 with profile nope: ./)],
      ]);
    });

    it('says whether SSM has contact with each, asked once, and for those of a hung program why not', async () => {
      const rig = await CloudRig.start((host) => [
        host({ instance: instanceId(1) }),
        host({ instance: instanceId(2) }),
        host({ instance: instanceId(3), ping: 'ConnectionLost' }),
      ]);
      writeFileSync(at('aws'), '[profile stuck]\ncredential_process = sleep 300\n');
      const env = {
        ...{ AWS_ENDPOINT_URL: rig.aws.endpoint, AWS_CONFIG_FILE: at('aws'), AWS_SHARED_CREDENTIALS_FILE: at('none') },
        AWS_ACCESS_KEY_ID: rig.aws.credential.accessKeyId,
        AWS_SECRET_ACCESS_KEY: rig.aws.credential.secretAccessKey,
      };
      try {
        const well = await asked(env, config({ targets: { 'web-1': ssm(1), 'web-2': ssm(2) } }));
        expect([well.code, well.trouble]).toEqual([0, []]);
        expect(well.checks.at(-1)?.message).toBe('eu-west-1: SSM has contact with 2 hosts.');
        expect(rig.aws.calls('DescribeInstanceInformation')).toBe(1);
        const targets = { 'web-1': ssm(1), 'web-3': ssm(3), 'web-4': ssm(4), 'web-5': ssm(5, { profile: 'stuck' }) };
        const { code, trouble } = await asked(env, config({ targets }));
        expect(code).toBe(1);
        expect(trouble).toEqual([
          ['systems manager', 'fail', 'eu-west-1: 1 host of 3 is not online (ConnectionLost): web-3.'],
          ['systems manager', 'fail', 'eu-west-1: 1 host of 3 is not managed by SSM: web-4.'],
          ['systems manager', 'fail', expect.stringMatching(/with profile stuck: they did not come within 12 s\.$/)],
        ]);
      } finally {
        await rig.end();
      }
    });
  });

  it('may be asked while the bot runs on its own ledger', async () => {
    const file = config();
    const bot = await Bot.start(['start', '--config', file], { env: { ...env, RUNBOLT_LOG: 'error' } });
    try {
      const { code, trouble, checks } = await asked({}, file);
      expect([code, trouble]).toEqual([0, []]);
      expect(checks.find(({ check }) => check === 'ledger')?.message).toBe(
        `The bot runs on the ledger in ${at('data')}, and reads it.`,
      );
    } finally {
      await bot.end('SIGTERM');
    }
    const { code, checks } = await asked({}, file);
    expect(code).toBe(0);
    expect(checks.find(({ check }) => check === 'ledger')?.message).toMatch(/answers; its tables have version \d+\.$/);
  });

  describe.skipIf(missing)(`of servers${missing ? ` (skipped: ${missing})` : ''}`, () => {
    const servers = (trouble: readonly (readonly string[])[]) =>
      trouble.filter(([check]) => check === 'ledger' || check === 'redis' || check === 'clock and PostgreSQL');

    it('finds a Redis that keeps nothing, and nothing wrong with PostgreSQL', async () => {
      const { code, trouble, checks } = await asked({ DATABASE_URL: await postgres.database(), REDIS_URL: redis.url });
      expect(code).toBe(1);
      expect(trouble).toEqual([['redis', 'fail', expect.stringMatching(/^It keeps nothing over a restart/)]]);
      const messages = checks.map(({ message }) => message);
      expect(messages).toContainEqual(
        expect.stringMatching(/^PostgreSQL 1\d\S* at \S+ answers; the first start makes/),
      );
      expect(messages).toContainEqual(expect.stringMatching(/^Redis at 127\.0\.0\.1:\d+ answers; version \d/));
      expect(messages).toContainEqual("This clock is within 10 s of PostgreSQL's.");
    });

    it('finds servers that are away or refuse the login, by name and without the password', async () => {
      const port = await freePort();
      const away = await asked({
        DATABASE_URL: `postgres://ops:hunter2@127.0.0.1:${port}/runbolt`,
        REDIS_URL: `redis://:hunter2@127.0.0.1:${port}`,
      });
      expect(away.code).toBe(1);
      expect(servers(away.trouble)).toEqual([
        ['ledger', 'fail', `PostgreSQL at 127.0.0.1:${port}/runbolt cannot be reached (ECONNREFUSED).`],
        ['clock and PostgreSQL', 'unknown', "How far this clock is from PostgreSQL's is not known."],
        ['redis', 'fail', `Redis at 127.0.0.1:${port} cannot be reached (ECONNREFUSED).`],
      ]);
      const wrong = await asked({ REDIS_URL: `redis://:wrong@127.0.0.1:${redis.port}` });
      expect(servers(wrong.trouble)).toEqual([
        ['redis', 'fail', `Redis at 127.0.0.1:${redis.port} refused the login.`],
      ]);
    });
  });
});
