import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ec2Source } from '../../src/adapters/inventories/ec2-source.js';
import type { Source } from '../../src/adapters/inventories/source.js';
import { ssmSource } from '../../src/adapters/inventories/ssm-source.js';
import type { Execution, Transport } from '../../src/engine/ports.js';
import { instanceId } from '../rig/aws/local-host.js';
import { realClock } from '../rig/sshd/clock.js';
import { type SsmCloud, startSsmCloud } from '../rig/ssm/cloud.js';
import { roomsMissing } from '../rig/ssm/rooms.js';
import { never, said, script } from './transport.js';

const missing = roomsMissing();
const HOSTS = 12;
const REGION = 'eu-west-1';
const FILES = ['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const;
const credential = (name: string) => ({ accessKeyId: `AKIA${name}`, secretAccessKey: `secret-${name}` });

describe.skipIf(missing)(`credentials renewed while Runbolt runs${missing ? ` (skipped: ${missing})` : ''}`, () => {
  const lapsing = { ...credential('LAPSING'), expired: false };
  const renewed = credential('RENEWED');
  let cloud: SsmCloud;
  let files = 0;
  let config: string;
  let keys: string;
  let before: readonly (string | undefined)[];

  beforeAll(async () => {
    cloud = await startSsmCloud(HOSTS, {
      buckets: ['out'],
      credentials: [renewed, lapsing],
      more: [{ number: 90, instance: `m${instanceId(90)}`, tags: { Name: 'rack-1' } }],
    });
    before = FILES.map((name) => process.env[name]);
  });
  beforeEach(() => {
    lapsing.expired = false;
    files += 1;
    config = join(cloud.rooms.directory, `config-${files}`);
    keys = join(cloud.rooms.directory, `credentials-${files}`);
    process.env.AWS_CONFIG_FILE = config;
    process.env.AWS_SHARED_CREDENTIALS_FILE = keys;
    delete process.env.AWS_ACCESS_KEY_ID;
    delete process.env.AWS_SECRET_ACCESS_KEY;
  });
  afterEach(() => {
    rmSync(keys, { force: true });
    FILES.forEach((name, index) => {
      const value = before[index];
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    });
  });
  afterAll(() => cloud?.stop());

  const write = ({ accessKeyId, secretAccessKey }: typeof renewed) =>
    writeFileSync(keys, `[prod]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`);
  const run = (by: Transport, number: number, text: string): Promise<Execution> => {
    const aws = { instance: instanceId(number), region: REGION, profile: 'prod' };
    return by.execute(cloud.target(number, { aws }), script(text), never());
  };
  const refusal = async (end: Promise<Execution>) => {
    const told = await end;
    expect(told.kind).toBe('unreachable');
    return 'fault' in told ? told.fault : undefined;
  };
  const where = { at: 'runbolt.yaml:3', user: 'ops', labels: {}, regions: [REGION], tags: {}, profile: 'prod' };
  const inventories: readonly (readonly [string, () => Source, number])[] = [
    [
      'EC2',
      () =>
        ec2Source({ ...where, kind: 'ec2', filters: {}, name: 'tag', transport: 'ssm', address: 'private' }, realClock),
      HOSTS,
    ],
    ['SSM', () => ssmSource({ ...where, kind: 'ssm' }, realClock), 1],
  ];
  const read = async (source: Source) => {
    const result = await source.read(never());
    return result.ok ? result.value.found.length : `${result.fault.message} ${result.fault.next}`;
  };

  describe('a host over SSM', () => {
    it('is reached again once the keys in the file are new: the same process reads it anew', async () => {
      write(lapsing);
      const by = cloud.connect();
      expect(said(await run(by, 1, 'echo one'))).toMatchObject({ out: 'one\n' });
      lapsing.expired = true;
      for (const _ of ['asked', 'asked again'])
        expect(await refusal(run(by, 1, 'echo two'))).toMatchObject({
          code: 'aws_credentials',
          message: expect.stringContaining('have expired'),
          next: 'Renew them, such as by `aws sso login --profile prod`, and ask again.',
        });
      write(renewed);
      expect(said(await run(by, 1, 'echo three'))).toMatchObject({ out: 'three\n' });
    });

    it('is not even told of as unreachable where the file is new already: each script runs once', async () => {
      write(lapsing);
      const by = cloud.connect();
      await run(by, 1, 'true');
      write(renewed);
      lapsing.expired = true;
      const numbers = Array.from({ length: HOSTS }, (_, index) => index + 1);
      const count = () => numbers.map((n) => cloud.aws.executions(instanceId(n)));
      const [runs, calls] = [count(), cloud.aws.calls('SendCommand')];
      const ends = await Promise.all(numbers.map((n) => run(by, n, `echo ${n}`)));
      expect(ends.map((end) => said(end))).toEqual(numbers.map((n) => ({ code: 0, out: `${n}\n`, err: '' })));
      expect(count()).toEqual(runs.map((n) => n + 1));
      expect(cloud.aws.calls('SendCommand') - calls).toBe(2 * HOSTS);
    });

    it('is reached once the keys in the file are right', async () => {
      write({ ...renewed, secretAccessKey: 'mistyped' });
      const by = cloud.connect();
      expect(await refusal(run(by, 1, 'true'))).toMatchObject({
        message: expect.stringContaining('AWS does not take the credentials'),
        next: expect.stringContaining('and ask again'),
      });
      write(renewed);
      expect(said(await run(by, 1, 'echo right'))).toMatchObject({ out: 'right\n' });
    });

    it('is reached once the files are there', async () => {
      const by = cloud.connect();
      expect(await refusal(run(by, 1, 'true'))).toMatchObject({
        message: expect.stringContaining('profile prod'),
        next: 'Look at ~/.aws/config and ~/.aws/credentials, and ask again.',
      });
      write(renewed);
      expect(said(await run(by, 1, 'echo there'))).toMatchObject({ out: 'there\n' });
    });

    it('is reached once the profile is in a file that was there', async () => {
      writeFileSync(config, `[profile other]\nregion = ${REGION}\n`);
      const by = cloud.connect();
      expect(await refusal(run(by, 1, 'true'))).toMatchObject({ code: 'aws_credentials' });
      write(renewed);
      writeFileSync(config, `[profile other]\nregion = ${REGION}\n[profile prod]\nregion = ${REGION}\n`);
      expect(said(await run(by, 1, 'echo there'))).toMatchObject({ out: 'there\n' });
    });

    it('is reached once somebody has logged in, whatever the profile is by then', async () => {
      const session = '[sso-session ours]\nsso_start_url = https://ours.invalid\nsso_region = eu-west-1\n';
      const profile = '[profile prod]\nsso_session = ours\nsso_account_id = 123456789012\nsso_role_name = ops\n';
      writeFileSync(config, `${profile}${session}`);
      const by = cloud.connect();
      expect(await refusal(run(by, 1, 'true'))).toMatchObject({
        code: 'aws_credentials',
        message: expect.stringContaining('SSO session'),
        next: 'Renew them, such as by `aws sso login --profile prod`, and ask again.',
      });
      const { accessKeyId, secretAccessKey } = renewed;
      const given = JSON.stringify({ Version: 1, AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey });
      writeFileSync(config, `[profile prod]\ncredential_process = echo '${given}'\n`);
      expect(said(await run(by, 1, 'echo there'))).toMatchObject({ out: 'there\n' });
    });

    it('has its long output fetched from S3 with the renewed keys, too', async () => {
      const by = cloud.connect({ document: 'AWS-RunShellScript', output: { bucket: 'out', prefix: 'p' } });
      const noise = 'head -c 60000 /dev/urandom';
      write(lapsing);
      expect(await run(by, 1, noise)).toMatchObject({ kind: 'exited', output: { cut: false } });
      write(renewed);
      lapsing.expired = true;
      expect(await run(by, 1, noise)).toMatchObject({ kind: 'exited', output: { cut: false } });
    });
  });

  describe.each(inventories)('the inventory %s', (_, open, hosts) => {
    it('is read again once the keys in the file are new', async () => {
      write(lapsing);
      const source = open();
      expect(await read(source)).toBe(hosts);
      lapsing.expired = true;
      expect(await read(source)).toMatch(/profile prod have expired\. Renew them, such as by .*, and ask again\.$/);
      write(renewed);
      expect(await read(source)).toBe(hosts);
    });

    it('is read once the file is there', async () => {
      const source = open();
      expect(await read(source)).toMatch(/profile prod gives no credentials .*and ask again\.$/);
      write(renewed);
      expect(await read(source)).toBe(hosts);
    });
  });

  it('keys of the environment are not promised to be taken up: Runbolt is to be started anew', async () => {
    lapsing.expired = true;
    process.env.AWS_ACCESS_KEY_ID = lapsing.accessKeyId;
    process.env.AWS_SECRET_ACCESS_KEY = lapsing.secretAccessKey;
    const next = 'They are those of the environment: renew them there, and start Runbolt anew.';
    const host = cloud.connect().execute(cloud.target(1), script('true'), never());
    expect(await refusal(host)).toMatchObject({ message: expect.stringContaining('have expired'), next });
    const { profile: __, ...place } = where;
    const entry = { ...place, filters: {}, name: 'tag', transport: 'ssm', address: 'private' } as const;
    expect(await read(ec2Source({ ...entry, kind: 'ec2' }, realClock))).toContain(`have expired. ${next}`);
  });
});
