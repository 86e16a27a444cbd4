import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readEnvironment } from '../../../src/composition/environment.js';

const directory = mkdtempSync(join(tmpdir(), 'runbolt-secrets-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const file = (name: string, content: string | Buffer): string => {
  const path = join(directory, name);
  writeFileSync(path, content, { mode: 0o400 });
  return path;
};
const wrong = (env: Record<string, string>): string => {
  const read = readEnvironment(env, {});
  return read.ok ? 'no fault' : `${read.fault.code}: ${read.fault.message} ${read.fault.next}`;
};

describe('programs that Runbolt starts', () => {
  it('are given its variables without those that hold its secrets, or name the files of them', () => {
    const own = {
      ...{ SLACK_BOT_TOKEN: 'xoxb-1', RUNBOLT_SECRET_REDIS: 's', RUNBOLT_SSH_PASSPHRASE: 's' },
      ...{ DATABASE_URL: 'postgres://ana@db/runbolt', DATABASE_PASSWORD: 'hunter2' },
      ...{ REDIS_URL: 'redis+sentinel://s-1/main', REDIS_PASSWORD: 'hunter2', REDIS_SENTINEL_PASSWORD: 'hunter2' },
      SLACK_APP_TOKEN_FILE: file('handed', 'xapp-1'),
    };
    const read = readEnvironment({ ...own, PATH: '/bin', DATABASE_HOST: 'db' }, {});
    expect(read.ok && read.value.inherited).toEqual({ PATH: '/bin', DATABASE_HOST: 'db' });
  });
});

describe('secrets by file', () => {
  it('are read without the line end that editors and echo leave', () => {
    const read = readEnvironment(
      {
        SLACK_BOT_TOKEN_FILE: file('bot', 'xoxb-1\n'),
        SLACK_APP_TOKEN_FILE: file('app', 'xapp-1\r\n'),
        RUNBOLT_SSH_PASSPHRASE_FILE: file('passphrase', ' two words \n\n'),
        RUNBOLT_SECRET_REDIS_FILE: file('redis', 'r'),
      },
      {},
    );
    expect(read.ok && read.value.secrets).toEqual({ redis: 'r' });
    expect(read).toMatchObject({
      ok: true,
      value: {
        slackBotToken: 'xoxb-1',
        slackAppToken: 'xapp-1',
        sshPassphrase: ' two words ',
      },
    });
  });

  it('put the password of a server into its URL, whatever characters it has', () => {
    const read = readEnvironment(
      {
        DATABASE_URL: 'postgres://runbolt@db:5432/runbolt',
        DATABASE_PASSWORD_FILE: file('database', "p@ss:/w%rd?#'\n"),
        REDIS_URL: 'redis://redis:6379',
        REDIS_PASSWORD: 'a/b',
      },
      {},
    );
    if (!read.ok) throw new Error(read.fault.message);
    expect(decodeURIComponent(new URL(read.value.databaseUrl ?? '').password)).toBe("p@ss:/w%rd?#'");
    expect(read.value.redisUrl).toBe('redis://:a%2Fb@redis:6379');
  });

  it('leave a secret alone whose own name is FILE', () => {
    const read = readEnvironment({ RUNBOLT_SECRET_FILE: 'x' }, {});
    expect(read).toMatchObject({ ok: true, value: { secrets: { file: 'x' } } });
  });

  it('are refused with the variable, the path and what to do', () => {
    expect(wrong({ SLACK_BOT_TOKEN: 'xoxb-1', SLACK_BOT_TOKEN_FILE: '/run/secrets/bot' })).toBe(
      'config_invalid: Both SLACK_BOT_TOKEN and SLACK_BOT_TOKEN_FILE are set. Unset one of them.',
    );
    const missing = join(directory, 'missing');
    expect(wrong({ SLACK_APP_TOKEN_FILE: missing })).toBe(
      `config_invalid: SLACK_APP_TOKEN_FILE names ${missing}, which is not there. Put the value of SLACK_APP_TOKEN there, readable for the user that Runbolt runs as, or correct the path.`,
    );
    expect(wrong({ DATABASE_URL_FILE: file('empty', '\n') })).toContain('which is empty.');
    expect(wrong({ REDIS_URL_FILE: directory })).toContain('which is a directory.');
    expect(wrong({ RUNBOLT_SECRET_A_FILE: file('binary', Buffer.from([0, 1])) })).toContain('no text');
    expect(wrong({ REDIS_PASSWORD: 'x' })).toContain('REDIS_URL is not');
    expect(wrong({ REDIS_PASSWORD: 'x', REDIS_URL: 'redis://:y@r' })).toContain('Leave one of them out.');
    expect(wrong({ REDIS_PASSWORD: 'x', REDIS_URL: 'nonsense' })).toContain('is not a URL');
    expect(wrong({ DATABASE_PASSWORD: 'x', DATABASE_URL: 'postgres:///x' })).toContain('cannot take a password');
  });

  it.skipIf(process.getuid?.() !== 0)('are never quoted in a refusal (root: may read everything)', () => {
    const path = file('long', 'hush'.repeat(20_000));
    chmodSync(path, 0o000);
    expect(wrong({ SLACK_BOT_TOKEN_FILE: path })).not.toContain('hush');
  });
});
