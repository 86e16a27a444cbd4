import { exec } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { Credentials, type Identity } from '../../../../src/adapters/aws/credentials.js';
import { until } from '../../../rig/slack/index.js';
import { realClock } from '../../../rig/sshd/clock.js';

const KEYS: Identity = { accessKeyId: 'AKIA', secretAccessKey: 'secret' };

const isGone = (pid: number): boolean => {
  try {
    // A zombie waits for this process to look.
    return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return true;
  }
};

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
    await until('all that was started is gone', () => pids('limit').length > 1 && pids('limit').every(isGone));
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
    expect(pids('signal').some(isGone)).toBe(false);
    other.abort();
    await expect(second).rejects.toThrow('they did not come');
    await until('it is gone', () => pids('signal').every(isGone));
  });

  it('are asked for by a new chain after one that hung', async () => {
    let made = 0;
    const never = new Promise<Identity>(() => {});
    const credentials = new Credentials(() => (++made === 1 ? () => never : async () => KEYS), realClock, 50);
    await expect(credentials.get()).rejects.toMatchObject({ name: 'CredentialsTimeout' });
    expect(await credentials.get()).toEqual(KEYS);
  });

  it('that are refused are refused to all who wait, with the chain’s own words', async () => {
    const credentials = new Credentials(() => async () => Promise.reject(new Error('no such profile')), realClock);
    const both = await Promise.allSettled([credentials.get(), credentials.get()]);
    expect(both.map((one) => one.status === 'rejected' && one.reason.message)).toEqual([
      'no such profile',
      'no such profile',
    ]);
  });
});
