import { exec } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { Credentials, type Identity } from '../../../../src/adapters/aws/credentials.js';
import { isAlive } from '../../../rig/demo/traces.js';
import { until } from '../../../rig/slack/index.js';
import { realClock } from '../../../rig/sshd/clock.js';

const KEYS: Identity = { accessKeyId: 'AKIA', secretAccessKey: 'secret' };

describe('credentials', () => {
  const dir = mkdtempSync(join(tmpdir(), 'runbolt-credentials-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  let runs = 0;
  /** Runs a program as the SDK runs a `credential_process`, a second time when the first has failed. */
  const programs = (file: string) => () => async (): Promise<Identity> => {
    for (let tries = 0; tries < 2; tries += 1) {
      runs += 1;
      await promisify(exec)(HANGS.replaceAll('PIDS', join(dir, file))).catch(() => undefined);
    }
    return KEYS;
  };
  const pids = (file: string) => readFileSync(join(dir, file), 'utf8').trim().split(/\s+/).map(Number);
  const HANGS = "echo $$ >>PIDS; sh -c 'echo $$ >>PIDS; exec sleep 300'; true";

  it('are asked for once by all who ask at the same time', async () => {
    let asked = 0;
    const credentials = new Credentials(
      () => async () => {
        asked += 1;
        return KEYS;
      },
      realClock,
    );
    expect(await Promise.all([credentials.get(), credentials.get()])).toEqual([KEYS, KEYS]);
    expect(asked).toBe(1);
  });

  it('that do not come end by the limit, and with them what was run for them', async () => {
    const credentials = new Credentials(programs('limit'), realClock, 300);
    await expect(credentials.get()).rejects.toThrow('they did not come within 0.3 s');
    await until('all that was started is gone', () => pids('limit').length > 1 && !pids('limit').some(isAlive));
    expect(runs).toBeGreaterThan(0);
  });

  it('end with the signal of the last who waits, and not before', async () => {
    const credentials = new Credentials(programs('signal'), realClock);
    const [one, other] = [new AbortController(), new AbortController()];
    const [first, second] = [credentials.get(one.signal), credentials.get(other.signal)];
    await until('it runs', () => {
      try {
        return pids('signal').length > 1;
      } catch {
        return false;
      }
    });
    one.abort();
    await expect(first).rejects.toThrow('they did not come');
    expect(pids('signal').every(isAlive)).toBe(true);
    other.abort();
    await expect(second).rejects.toThrow('they did not come');
    await until('it is gone', () => !pids('signal').some(isAlive));
  });

  it('are asked for by a new chain after one that hung', async () => {
    let made = 0;
    const never = new Promise<Identity>(() => {});
    const credentials = new Credentials(() => (++made === 1 ? () => never : async () => KEYS), realClock, 50);
    await expect(credentials.get()).rejects.toMatchObject({ name: 'CredentialsTimeout' });
    expect(await credentials.get()).toEqual(KEYS);
  });

  it('are asked for by a new chain after one that failed', async () => {
    let made = 0;
    const missing = async () => Promise.reject(new Error('no such profile'));
    const credentials = new Credentials(() => (++made === 1 ? missing : async () => KEYS), realClock);
    await expect(credentials.get()).rejects.toThrow('no such profile');
    expect([await credentials.get(), made]).toEqual([KEYS, 2]);
  });

  it('that are refused are refused to all who wait, with the chain’s own words', async () => {
    const credentials = new Credentials(() => async () => Promise.reject(new Error('no such profile')), realClock);
    const both = await Promise.allSettled([credentials.get(), credentials.get()]);
    expect(both.map((one) => one.status === 'rejected' && one.reason.message)).toEqual([
      'no such profile',
      'no such profile',
    ]);
  });

  describe('that AWS does not take', () => {
    const named = (name: string): Identity => ({ accessKeyId: `AKIA${name}`, secretAccessKey: name });
    const refusal = (name = 'ExpiredTokenException', httpStatusCode = 400) =>
      Object.assign(new Error('no'), { name, $metadata: { httpStatusCode } });
    /** Gives these, one after the other and the last for ever; a new chain for each, as files are read anew. */
    const given = (...identities: readonly Identity[]) => {
      let made = 0;
      const credentials = new Credentials(() => {
        const identity = identities[Math.min(made, identities.length - 1)] ?? KEYS;
        made += 1;
        return async () => identity;
      }, realClock);
      return { credentials, chains: () => made };
    };
    /** A call that AWS carries out for some keys only, and notes by whom it was made. */
    const calls = (credentials: Credentials, taken: readonly string[], error: Error = refusal()) => {
      const by: string[] = [];
      const call = async () => {
        const { secretAccessKey } = await credentials.get();
        by.push(secretAccessKey);
        if (!taken.includes(secretAccessKey)) throw error;
        return secretAccessKey;
      };
      return { by, call };
    };

    it('are asked for anew, and the call is made once more', async () => {
      const { credentials } = given(named('old'), named('new'));
      const { by, call } = calls(credentials, ['new']);
      expect(await credentials.use(call)).toBe('new');
      expect(by).toEqual(['old', 'new']);
    });

    it('are asked for anew once by all calls that they were refused to', async () => {
      const { credentials, chains } = given(named('old'), named('new'), named('too many'));
      const { by, call } = calls(credentials, ['new']);
      expect(await Promise.all(Array.from({ length: 20 }, () => credentials.use(call)))).toEqual(Array(20).fill('new'));
      expect([by.length, chains()]).toEqual([40, 2]);
    });

    it('take none away that have come since: a late refusal is of those that it was about', async () => {
      const { credentials, chains } = given(named('old'), named('new'), named('too many'));
      let late: (error: Error) => void = () => {};
      const answers = [new Promise<never>((_, reject) => (late = reject)), Promise.resolve('done')];
      const slow = credentials.use(async () => answers.shift());
      expect(await credentials.use(calls(credentials, ['new']).call)).toBe('new');
      late(refusal());
      expect(await slow).toBe('done');
      expect([(await credentials.get()).secretAccessKey, chains()]).toEqual(['new', 2]);
    });

    it('are refused without a second call where the same come again, and asked for anew by the next call', async () => {
      const { credentials, chains } = given(named('old'), named('old'), named('new'));
      const { by, call } = calls(credentials, ['new']);
      await expect(credentials.use(call)).rejects.toMatchObject({
        name: 'ExpiredTokenException',
        fromEnvironment: false,
      });
      expect([by, chains()]).toEqual([['old'], 2]);
      expect(await credentials.use(call)).toBe('new');
    });

    it('are asked for twice at most by one call', async () => {
      const { credentials } = given(named('one'), named('two'), named('three'));
      const { by, call } = calls(credentials, ['three']);
      await expect(credentials.use(call)).rejects.toMatchObject({ name: 'ExpiredTokenException' });
      expect(by).toEqual(['one', 'two']);
      expect(await credentials.use(call)).toBe('three');
    });

    it('are known to be those of the environment', async () => {
      const { credentials } = given({ ...KEYS, $source: { CREDENTIALS_ENV_VARS: 'g' } });
      await expect(credentials.use(calls(credentials, []).call)).rejects.toMatchObject({ fromEnvironment: true });
    });

    it.each([
      'ExpiredToken',
      'RequestExpired',
      'UnrecognizedClientException',
      'InvalidClientTokenId',
      'InvalidAccessKeyId',
      'InvalidSignatureException',
      'SignatureDoesNotMatch',
      'AuthFailure',
      'InvalidToken',
    ])('are refused by %s', async (name) => {
      const { credentials } = given(named('old'), named('new'));
      expect(await credentials.use(calls(credentials, ['new'], refusal(name)).call)).toBe('new');
    });

    it.each([
      ['a right that is lacking', refusal('AccessDeniedException', 403)],
      ['an end that says nothing of what was done', refusal('ExpiredToken', 500)],
      ['a network that breaks', Object.assign(new Error('reset'), { code: 'ECONNRESET' })],
    ])('are not what is wrong with %s: the call is not made again', async (_, error) => {
      const { credentials, chains } = given(named('old'), named('new'));
      const { by, call } = calls(credentials, ['new'], error);
      await expect(credentials.use(call)).rejects.toBe(error);
      expect([by, chains()]).toEqual([['old'], 1]);
    });
  });
});
