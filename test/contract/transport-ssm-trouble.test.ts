import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MAX_PACKED, pack } from '../../src/adapters/ssm/launcher.js';
import type { Execution, Script, Transport } from '../../src/engine/ports.js';
import { instanceId } from '../rig/aws/local-host.js';
import { stallingProxy } from '../rig/aws/stalling-proxy.js';
import { type SsmCloud, startSsmCloud } from '../rig/ssm/cloud.js';
import { roomsMissing } from '../rig/ssm/rooms.js';
import { isGone, never, said, script, until } from './transport.js';

const missing = roomsMissing();
const credential = (name: string) => ({ accessKeyId: `AKIA${name}`, secretAccessKey: `secret-${name}` });
const HOSTS = 120;
const [UNMANAGED, OFFLINE, WINDOWS] = [201, 202, 203];

describe.skipIf(missing)(`ssm in trouble${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let cloud: SsmCloud;
  let transport: Transport;
  let log: string;

  beforeAll(async () => {
    cloud = await startSsmCloud(HOSTS, {
      buckets: ['out'],
      parameterStore: { secret: 'leaked' },
      credentials: [
        credential('ABLE'),
        { ...credential('OLD'), expired: true },
        { ...credential('MUTE'), denied: ['ssm:SendCommand'] },
        { ...credential('BLIND'), denied: ['ssm:ListCommandInvocations'] },
      ],
      documents: [{ name: 'Own', parameters: { commands: 'required', executionTimeout: 'optional' }, step: 'go' }],
      more: [
        { number: UNMANAGED, ping: 'unmanaged' },
        { number: OFFLINE, ping: 'ConnectionLost' },
        { number: WINDOWS, platform: 'Windows' },
      ],
    });
    transport = cloud.connect();
  });
  afterEach(() => cloud.aws.misbehave({}));
  afterAll(() => cloud?.stop());

  const run = (number: number, text: string, more: Partial<Script> = {}, signal = never(), by = transport) =>
    by.execute(cloud.target(number), script(text, more), signal);
  const fault = (end: Execution) =>
    end.kind === 'unreachable' || end.kind === 'lost' || end.kind === 'timed-out' ? end.fault : end;
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

  /** A script that is the same for all hosts and leaves a line on each for each time that it runs. */
  const counting = (name: string) => {
    log = join(cloud.rooms.directory, name);
    mkdirSync(log);
    return `echo ran >>${log}/$AWS_SSM_INSTANCE_ID; echo "I am $AWS_SSM_INSTANCE_ID"; exit 3`;
  };
  const expectOnceEach = (ends: readonly Execution[]) => {
    ends.forEach((end, index) => {
      const instance = instanceId(index + 1);
      expect(said(end)).toEqual({ code: 3, out: `I am ${instance}\n`, err: '' });
      expect(readFileSync(join(log, instance), 'utf8')).toBe('ran\n');
    });
  };

  describe('sending', () => {
    it('sends the same script for 120 hosts in three commands', async () => {
      const before = cloud.aws.calls('SendCommand');
      const text = counting('batches');
      const ends = await Promise.all(numbers(HOSTS).map((n) => run(n, text, { limitMs: 60_000 })));
      expectOnceEach(ends);
      expect(cloud.aws.calls('SendCommand') - before).toBe(3);
    }, 90_000);

    it('runs a script once on each of 60 hosts while half of the calls are throttled and a tenth is reset after', async () => {
      cloud.aws.misbehave({ throttle: 0.5, resetAfterAccepting: 0.1, seed: 7 });
      const text = counting('hard-batched');
      const ends = await Promise.all(numbers(60).map((n) => run(n, text, { limitMs: 60_000 })));
      expectOnceEach(ends);
    }, 90_000);

    it('does so too when each host is a command of its own', async () => {
      cloud.aws.misbehave({ throttle: 0.5, resetAfterAccepting: 0.1, seed: 11 });
      const text = counting('hard-single');
      const before = cloud.aws.calls('SendCommand');
      const ends = await Promise.all(numbers(60).map((n) => run(n, `# ${n}\n${text}`, { limitMs: 150_000 })));
      expectOnceEach(ends);
      expect(cloud.aws.calls('SendCommand') - before).toBeGreaterThan(60);
    }, 180_000);

    it('runs it once when the service fails before or after accepting, and tells of commands late', async () => {
      cloud.aws.misbehave({ errors500: 0.4, lateInvocations: 3_000, seed: 3 });
      const text = counting('late-and-failing');
      const ends = await Promise.all(numbers(20).map((n) => run(n, `# ${n}\n${text}`, { limitMs: 60_000 })));
      expectOnceEach(ends);
    }, 90_000);

    it.each(['SendCommand', 'ListCommandInvocations'])(
      'runs it once, and ends, when the answer to %s breaks off in the middle of it',
      async (operation) => {
        const proxy = await stallingProxy(cloud.aws.endpoint, new RegExp(operation));
        process.env.AWS_ENDPOINT_URL_SSM = proxy.endpoint;
        try {
          const text = counting(`broken-off-${operation}`);
          expectOnceEach([await run(1, text, { limitMs: 30_000 }, never(), cloud.connect())]);
          expect(proxy.stalled()).toBe(1);
        } finally {
          delete process.env.AWS_ENDPOINT_URL_SSM;
          proxy.stop();
        }
      },
      40_000,
    );

    it('answers lost, never unreachable, when nobody can say whether it was sent', async () => {
      cloud.aws.misbehave({ resetAfterAccepting: 1 });
      const end = await run(1, 'true', { limitMs: 3_000 });
      expect(end).toMatchObject({ kind: 'lost', fault: { next: expect.stringMatching(/./) } });
    });

    it('answers unreachable when every call was refused for its rate until the limit', async () => {
      cloud.aws.misbehave({ throttle: 1 });
      const end = await run(1, 'true', { limitMs: 1_000 });
      expect(end).toMatchObject({ kind: 'unreachable', fault: { code: 'host_timeout' } });
    });

    it('can be cancelled while it waits for its turn, and nothing was sent', async () => {
      cloud.aws.misbehave({ throttle: 1 });
      const started = Date.now();
      expect(await run(1, 'true', {}, AbortSignal.timeout(300))).toEqual({ kind: 'cancelled', sent: false });
      expect(Date.now() - started).toBeLessThan(10_000);
    });

    it('reaches the others when one of the instances is not managed', async () => {
      const text = counting('mixed');
      const [lost, ...ends] = await Promise.all([UNMANAGED, ...numbers(5)].map((n) => run(n, text)));
      expectOnceEach(ends);
      expect(lost).toMatchObject({
        kind: 'unreachable',
        fault: { code: 'instance_unmanaged', message: expect.stringContaining(instanceId(UNMANAGED)) },
      });
    });

    it('reaches the others when one of them runs Windows, which AWS does not name', async () => {
      const text = counting('windows');
      const [not, ...ends] = await Promise.all([WINDOWS, ...numbers(5)].map((n) => run(n, text)));
      expectOnceEach(ends);
      expect(not).toMatchObject({ kind: 'unreachable', fault: { message: expect.stringContaining('no Linux') } });
    });

    it('says which agent does not answer, by the limit, and takes the command back', async () => {
      const before = cloud.aws.calls('CancelCommand');
      const end = await run(OFFLINE, 'echo ran', { limitMs: 1_500 });
      expect(end).toMatchObject({ kind: 'timed-out', limitMs: 1_500 });
      expect(fault(end)).toMatchObject({ code: 'host_timeout', message: expect.stringContaining('did not take up') });
      expect(cloud.aws.calls('CancelCommand')).toBe(before + 1);
    });

    it('lets nothing of a script be expanded on its way', async () => {
      const text = `printf '%s' '{{ssm:secret}} {{ commands }} {{ssm:absent}}'`;
      expect(said(await run(1, text))).toMatchObject({ code: 0, out: '{{ssm:secret}} {{ commands }} {{ssm:absent}}' });
    });

    it('says that a script is too long for SSM', async () => {
      const noise = Array.from({ length: 9_000 }, () => Math.random().toString(36)).join('\n');
      expect(await run(1, `cat <<'END'\n${noise}\nEND`)).toMatchObject({
        kind: 'unreachable',
        fault: { code: 'script_too_long' },
      });
    });

    it('takes the longest script that it lets through', async () => {
      let text = `echo whole; : ${randomBytes(45_000).toString('base64')}`;
      while (pack(text).length > MAX_PACKED) text = text.slice(0, -100);
      expect(pack(text).length).toBeGreaterThan(MAX_PACKED - 300);
      expect(said(await run(1, text))).toMatchObject({ code: 0, out: 'whole\n' });
      expect(await run(1, `${text}${randomBytes(600).toString('base64')}`)).toMatchObject({ kind: 'unreachable' });
    });
  });

  describe('output', () => {
    const noise = (bytes: number) => `head -c ${bytes} /dev/urandom; printf END`;
    const whole = (end: Execution, bytes: number) =>
      end.kind === 'exited' &&
      !end.output.cut &&
      end.output.stdout.length === bytes + 3 &&
      end.output.stdout.toString('latin1').endsWith('END');

    it('comes back whole when it is longer than the list shows', async () => {
      expect(whole(await run(1, noise(12_000)), 12_000)).toBe(true);
    });

    it('is called cut when SSM shows only the head of it, and is its beginning', async () => {
      const end = await run(
        1,
        'i=0; while [ $i -lt 30000 ]; do echo $i; i=$((i+1)); done; head -c 40000 /dev/urandom; exit 4',
      );
      expect(end).toMatchObject({ kind: 'exited', code: 4, output: { cut: true } });
      if (end.kind !== 'exited') return;
      expect(end.output.stdout.length).toBeGreaterThan(10_000);
      expect(end.output.stdout.toString('latin1').startsWith('0\n1\n2\n3\n')).toBe(true);
    });

    it('is fetched from S3 where that is configured', async () => {
      const by = cloud.connect({ document: 'AWS-RunShellScript', output: { bucket: 'out', prefix: 'some/where' } });
      expect(whole(await run(1, noise(300_000), {}, never(), by), 300_000)).toBe(true);
    });

    it('is never taken for whole when a service cuts it anywhere', async () => {
      for (const cutOutput of [0, 10, 60, 300, 3_000]) {
        cloud.aws.misbehave({ cutOutput });
        const end = await run(1, 'seq 1 20000');
        expect(('output' in end && end.output.cut) || end.kind === 'lost', String(cutOutput)).toBe(true);
        expect(end).not.toMatchObject({ kind: 'exited', output: { cut: false } });
      }
    });

    it('is called cut, and the host ends, when S3 breaks off in the middle of it', async () => {
      const proxy = await stallingProxy(cloud.aws.endpoint, /^GET /);
      process.env.AWS_ENDPOINT_URL_S3 = proxy.endpoint;
      try {
        const by = cloud.connect({ document: 'AWS-RunShellScript', output: { bucket: 'out', prefix: 'broken' } });
        const end = await run(1, noise(300_000), { limitMs: 20_000 }, never(), by);
        expect(end).toMatchObject({ kind: 'exited', output: { cut: true } });
        expect(proxy.stalled()).toBe(1);
      } finally {
        delete process.env.AWS_ENDPOINT_URL_S3;
        proxy.stop();
      }
    }, 40_000);

    it('of an own document is found by its step', async () => {
      const by = cloud.connect({ document: 'Own', output: { bucket: 'out', prefix: 'own' } });
      expect(said(await run(1, 'echo own; exit 9', {}, never(), by))).toMatchObject({ code: 9, out: 'own\n' });
      expect(whole(await run(1, noise(60_000), {}, never(), by), 60_000)).toBe(true);
    });
  });

  describe('following', () => {
    it('takes 194 for an exit code like any other: no reboot, no second run', async () => {
      const before = cloud.aws.executions(instanceId(2));
      expect(said(await run(2, 'echo once; exit 194'))).toMatchObject({ code: 194, out: 'once\n' });
      expect(cloud.aws.executions(instanceId(2))).toBe(before + 1);
    });

    it('waits for invocations that are told of late', async () => {
      cloud.aws.misbehave({ lateInvocations: 2_000 });
      expect(said(await run(3, 'echo late'))).toMatchObject({ code: 0, out: 'late\n' });
    });

    it('asks for hosts one by one when a page of the list does not come', async () => {
      cloud.aws.misbehave({ missingPage: 'ListCommandInvocations', pageSize: 10 });
      const ends = await Promise.all(numbers(25).map((n) => run(n, 'echo $AWS_SSM_INSTANCE_ID')));
      expect(ends.map((end) => said(end))).toEqual(
        numbers(25).map((n) => ({ code: 0, out: `${instanceId(n)}\n`, err: '' })),
      );
    });

    it('reads all pages of a list', async () => {
      cloud.aws.misbehave({ pageSize: 7, spacedDetails: true });
      const before = cloud.aws.calls('GetCommandInvocation');
      const ends = await Promise.all(numbers(30).map((n) => run(n, 'echo $AWS_SSM_INSTANCE_ID')));
      expect(ends.every((end) => end.kind === 'exited')).toBe(true);
      expect(cloud.aws.calls('GetCommandInvocation')).toBe(before);
    });

    it('cancels one host of a command and lets the others end', async () => {
      const directory = join(cloud.rooms.directory, 'cancel-one');
      mkdirSync(directory);
      const text = `echo $$ >${directory}/$AWS_SSM_INSTANCE_ID; while [ ! -e ${directory}/go ]; do sleep 0.1; done; echo went`;
      const stop = new AbortController();
      const ends = Promise.all(numbers(3).map((n) => run(n, text, {}, n === 2 ? stop.signal : never())));
      const pidOf = (n: number) => join(directory, instanceId(n));
      await until('all run', () => numbers(3).every((n) => existsSync(pidOf(n)) && readFileSync(pidOf(n)).length > 0));
      const pid = Number(readFileSync(pidOf(2), 'utf8'));
      stop.abort();
      await until('the cancelled one is gone', () => isGone(pid));
      writeFileSync(join(directory, 'go'), '');
      expect((await ends).map((end) => (end.kind === 'exited' ? end.output.stdout.toString() : end))).toEqual([
        'went\n',
        { kind: 'cancelled', sent: true },
        'went\n',
      ]);
    });

    it('ends what runs when it is closed', async () => {
      const file = join(cloud.rooms.directory, 'closing');
      const by = cloud.connect();
      const end = run(4, `echo $$ >${file}; sleep 300`, {}, never(), by);
      await until('it runs', () => existsSync(file) && readFileSync(file).length > 0);
      await by.close();
      expect(await end).toEqual({ kind: 'cancelled', sent: true });
      await until('it is gone', () => isGone(Number(readFileSync(file, 'utf8'))));
    });
  });

  describe('what is wrong is said', () => {
    const withEnv = async (
      change: NodeJS.ProcessEnv,
      act: () => Promise<Execution>,
      kind: Execution['kind'] = 'unreachable',
    ): Promise<unknown> => {
      const before = Object.fromEntries(Object.keys(change).map((name) => [name, process.env[name]]));
      const set = (values: NodeJS.ProcessEnv) => {
        for (const [name, value] of Object.entries(values)) {
          if (value === undefined) delete process.env[name];
          else process.env[name] = value;
        }
      };
      set(change);
      try {
        const end = await act();
        expect(end.kind).toBe(kind);
        return fault(end);
      } finally {
        set(before);
      }
    };
    const fresh = (more: Parameters<SsmCloud['target']>[1] = {}) =>
      cloud.connect().execute(cloud.target(1, more), script('true'), never());
    const place = { instance: instanceId(1), region: 'eu-west-1' };
    const none = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };
    const nowhere = { AWS_CONFIG_FILE: '/nonexistent/config', AWS_SHARED_CREDENTIALS_FILE: '/nonexistent/credentials' };

    it('no credentials', async () => {
      expect(await withEnv({ ...none, ...nowhere }, fresh)).toMatchObject({
        code: 'aws_credentials',
        message: expect.stringContaining('eu-west-1'),
        next: expect.stringContaining('AWS_ACCESS_KEY_ID'),
      });
    });

    it('a profile that is not there', async () => {
      const act = () => fresh({ aws: { ...place, profile: 'prod' } });
      expect(await withEnv({ ...none, ...nowhere }, act)).toMatchObject({
        code: 'aws_credentials',
        message: expect.stringContaining('profile prod'),
      });
    });

    describe('credentials that do not come', () => {
      const file = (name: string) => join(cloud.rooms.directory, name);
      /** A profile whose program never ends, and notes who it is. */
      const stuck = (name: string): NodeJS.ProcessEnv => {
        const program = file(`${name}.sh`);
        writeFileSync(program, `#!/bin/sh\necho $$ >>${file(name)}\nsleep 300\n`, { mode: 0o755 });
        writeFileSync(file(`${name}.config`), `[profile stuck]\ncredential_process = ${program}\n`);
        return { ...none, AWS_CONFIG_FILE: file(`${name}.config`), AWS_SHARED_CREDENTIALS_FILE: '/nonexistent' };
      };
      const allGone = (name: string) => readFileSync(file(name), 'utf8').trim().split('\n').map(Number).every(isGone);
      const target = () => cloud.target(1, { aws: { ...place, profile: 'stuck' } });

      it('are an unreachable host at the limit: nothing was sent', async () => {
        const sent = cloud.aws.calls('SendCommand');
        const [by, begun] = [cloud.connect(), Date.now()];
        const act = () => by.execute(target(), script('true', { limitMs: 1_500 }), never());
        expect(await withEnv(stuck('limit'), act)).toMatchObject({
          code: 'aws_credentials',
          message: expect.stringMatching(/for eu-west-1 with profile stuck: they did not come within \d\.\d s\.$/),
          next: expect.stringContaining('--profile stuck'),
        });
        expect(Date.now() - begun).toBeLessThan(10_000);
        expect(cloud.aws.calls('SendCommand')).toBe(sent);
        await until('what was run is gone', () => allGone('limit'));
      });

      it('do not keep a run from being cancelled, or Runbolt from its end', async () => {
        const [by, stop] = [cloud.connect(), new AbortController()];
        const act = async () => {
          const end = by.execute(target(), script('true', { limitMs: 60_000 }), stop.signal);
          await until('it was asked for', () => existsSync(file('cancel')) && readFileSync(file('cancel')).length > 0);
          stop.abort();
          expect(await end).toEqual({ kind: 'cancelled', sent: false });
          const second = by.execute(target(), script('true', { limitMs: 60_000 }), never());
          await by.close();
          return second;
        };
        await withEnv(stuck('cancel'), act, 'cancelled');
        await until('what was run is gone', () => allGone('cancel'));
      });
    });

    it('wrong credentials', async () => {
      expect(await withEnv({ AWS_SECRET_ACCESS_KEY: 'wrong' }, fresh)).toMatchObject({ code: 'aws_credentials' });
    });

    const as = (name: string) => {
      const { accessKeyId, secretAccessKey } = credential(name);
      return { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
    };

    it('expired credentials', async () => {
      expect(await withEnv(as('OLD'), fresh)).toMatchObject({
        code: 'aws_credentials',
        message: expect.stringContaining('have expired'),
        next: expect.stringContaining('start Runbolt anew'),
      });
    });

    it('what AWS does not allow', async () => {
      expect(await withEnv(as('MUTE'), fresh)).toMatchObject({
        code: 'aws_denied',
        message: expect.stringContaining('ssm:SendCommand'),
        next: expect.stringContaining('docs/ssm.md'),
      });
    });

    it('that a script may have run where AWS lets nobody look', async () => {
      expect(await withEnv(as('BLIND'), fresh, 'lost')).toMatchObject({
        code: 'aws_denied',
        message: expect.stringContaining('ssm:ListCommandInvocations'),
      });
    });

    it('an endpoint on which nothing listens, or that has no address', async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await new Promise((resolve) => server.once('listening', resolve));
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      await new Promise((resolve) => server.close(resolve));
      expect(await withEnv({ AWS_ENDPOINT_URL_SSM: `http://127.0.0.1:${port}` }, fresh)).toMatchObject({
        code: 'aws_unreachable',
        next: expect.stringContaining('AWS_ENDPOINT_URL_SSM'),
      });
      expect(await withEnv({ AWS_ENDPOINT_URL_SSM: 'http://ssm.eu-wset-1.invalid' }, fresh)).toMatchObject({
        code: 'aws_unreachable',
        message: expect.stringContaining('has no address'),
      });
    });

    it('another region', async () => {
      const end = await fresh({ aws: { ...place, region: 'us-east-1' } });
      expect(end).toMatchObject({ kind: 'unreachable' });
      expect(fault(end)).toMatchObject({ next: expect.stringContaining('region') });
    });

    it('a document that is not there', async () => {
      const by = cloud.connect({ document: 'Absent' });
      expect(fault(await run(1, 'true', {}, never(), by))).toMatchObject({
        code: 'aws_refused',
        next: expect.stringContaining('aws.document'),
      });
    });
  });
});
