import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type SshOptions, sshTransport } from '../../src/adapters/ssh/index.js';
import type { Target } from '../../src/core/target.js';
import type { Execution, Script, Transport } from '../../src/engine/ports.js';
import { realClock } from '../rig/sshd/clock.js';
import { type SshDouble, startDouble } from '../rig/sshd/double.js';
import { makeKey } from '../rig/sshd/keys.js';
import { knownLine } from '../rig/sshd/sshd.js';
import { isGone, never, said, script, until } from './transport.js';

let server: SshDouble;
const opened: Transport[] = [];

const connect = (more: Partial<SshOptions> = {}): Transport => {
  const transport = sshTransport({ knownHosts: [server.knownHosts], clock: realClock, ...more });
  opened.push(transport);
  return transport;
};
const web = (more: Partial<Target> = {}): Target => ({
  ...{ name: 'web-1', transport: 'ssh', user: server.user, identity: server.identity.path, become: 'none', labels: {} },
  ...server.listener,
  ...more,
});
const run = (transport: Transport, text: string, more: Partial<Script> = {}, target = web(), signal = never()) =>
  transport.execute(target, script(text, more), signal);
const fault = (end: Execution) => (end.kind === 'unreachable' || end.kind === 'lost' ? end.fault : end);
const file = (name: string) => join(server.directory, name);

beforeAll(async () => {
  server = await startDouble();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((transport) => transport.close()));
  server.misbehave({});
});
afterAll(() => server.stop());

describe('host keys', () => {
  it('refuses an unknown key before login, with its fingerprint and the command that trusts it', async () => {
    const logins = server.logins();
    const end = await run(connect({ knownHosts: [file('absent')] }), 'true');
    const shown = execFileSync('ssh-keygen', ['-lf', `${server.hostKey.path}.pub`], { encoding: 'utf8' }).split(' ')[1];
    expect(fault(end)).toMatchObject({
      code: 'host_key_unknown',
      message: expect.stringContaining('web-1 (127.0.0.1:'),
    });
    expect(fault(end)).toMatchObject({ next: expect.stringContaining('`runbolt trust web-1`') });
    expect(fault(end)).toMatchObject({ next: expect.stringContaining(String(shown)) });
    expect(server.logins()).toBe(logins);
  });

  it('refuses a changed key before login, and names the line that knows another', async () => {
    const logins = server.logins();
    const other = makeKey(server.directory, 'other');
    writeFileSync(file('changed'), `# first\n${knownLine(server.listener, other)}`);
    const end = await run(connect({ knownHosts: [file('changed')] }), 'true');
    expect(fault(end)).toMatchObject({
      code: 'host_key_changed',
      message: expect.stringContaining(`${file('changed')}:2 knows ssh-ed25519`),
    });
    expect(server.logins()).toBe(logins);
  });

  it('refuses a key of another type than the known one', async () => {
    const rsa = makeKey(server.directory, 'other-rsa', 'rsa');
    writeFileSync(file('other-type'), knownLine(server.listener, rsa));
    const end = await run(connect({ knownHosts: [file('other-type')] }), 'true');
    expect(fault(end)).toMatchObject({ code: 'host_key_changed', message: expect.stringContaining('knows ssh-rsa') });
  });

  it('refuses a revoked key, though it is known too', async () => {
    const line = knownLine(server.listener, server.hostKey);
    writeFileSync(file('revoked'), `${line}@revoked * ${server.hostKey.publicLine}\n`);
    const end = await run(connect({ knownHosts: [file('revoked')] }), 'true');
    expect(fault(end)).toMatchObject({ code: 'host_key_changed', message: expect.stringContaining('revoked by') });
  });

  it('takes up a key that is trusted while it runs', async () => {
    const transport = connect({ knownHosts: [file('growing')] });
    expect(fault(await run(transport, 'true'))).toMatchObject({ code: 'host_key_unknown' });
    appendFileSync(file('growing'), knownLine(server.listener, server.hostKey));
    expect(await run(transport, 'true')).toMatchObject({ kind: 'exited', code: 0 });
  });
});

describe('logins', () => {
  it('says which key file is missing, unusable or encrypted', async () => {
    const missing = fault(await run(connect(), 'true', {}, web({ identity: '/nowhere/key' })));
    expect(missing).toMatchObject({ code: 'identity_missing', message: expect.stringContaining('/nowhere/key') });
    writeFileSync(file('junk'), 'junk');
    expect(fault(await run(connect(), 'true', {}, web({ identity: file('junk') })))).toMatchObject({
      code: 'identity_missing',
    });
    const locked = makeKey(server.directory, 'locked', 'ed25519', 'a secret');
    expect(fault(await run(connect(), 'true', {}, web({ identity: locked.path })))).toMatchObject({
      code: 'identity_missing',
      next: expect.stringContaining(`ssh-add ${locked.path}`),
    });
    const { identity: _, ...bare } = web();
    expect(fault(await run(connect(), 'true', {}, bare))).toMatchObject({ code: 'identity_missing' });
  });

  it('says that a login is refused', async () => {
    const stranger = makeKey(server.directory, 'stranger');
    const end = await run(connect(), 'true', {}, web({ identity: stranger.path }));
    expect(fault(end)).toMatchObject({ code: 'identity_refused', message: expect.stringContaining('rig was refused') });
  });

  it('opens an encrypted key with the passphrase', async () => {
    const path = file('sealed');
    writeFileSync(path, readFileSync(server.identity.path), { mode: 0o600 });
    execFileSync('ssh-keygen', ['-q', '-p', '-N', 'a secret', '-f', path]);
    expect(await run(connect({ passphrase: 'a secret' }), 'true', {}, web({ identity: path }))).toMatchObject({
      code: 0,
    });
    expect(fault(await run(connect({ passphrase: 'wrong' }), 'true', {}, web({ identity: path })))).toMatchObject({
      code: 'identity_missing',
      message: expect.stringContaining('does not open with the given passphrase'),
    });
  });

  it('asks the agent when there is no key file, and says when it is not there', async () => {
    const agent = file('agent');
    const daemon = spawn('ssh-agent', ['-D', '-a', agent], { stdio: 'ignore' });
    try {
      await until('agent listens', () => existsSync(agent));
      const { identity: _, ...bare } = web();
      expect(fault(await run(connect({ agent }), 'true', {}, bare))).toMatchObject({ code: 'identity_refused' });
      execFileSync('ssh-add', ['-q', server.identity.path], { env: { ...process.env, SSH_AUTH_SOCK: agent } });
      expect(await run(connect({ agent }), 'true', {}, bare)).toMatchObject({ kind: 'exited', code: 0 });
      expect(fault(await run(connect({ agent: file('no-agent') }), 'true', {}, bare))).toMatchObject({
        code: 'identity_missing',
      });
    } finally {
      daemon.kill();
    }
  });
});

describe('the network', () => {
  it('names the host whose name has no address', async () => {
    const end = await run(connect(), 'true', {}, web({ host: 'nowhere.invalid' }));
    expect(fault(end)).toMatchObject({ code: 'host_unresolved', message: expect.stringContaining('nowhere.invalid') });
  });

  it('names the port on which nothing listens', async () => {
    const probe = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => probe.once('listening', resolve));
    const address = probe.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    await new Promise((resolve) => probe.close(resolve));
    const end = await run(connect(), 'true', {}, web({ port }));
    expect(fault(end)).toMatchObject({ code: 'host_refused', message: expect.stringContaining(`port ${port}`) });
  });

  it('gives up a host that never answers at the limit, and nothing was sent', async () => {
    server.misbehave({ silent: true });
    const started = Date.now();
    const end = await run(connect(), 'true', { limitMs: 700 });
    expect(fault(end)).toMatchObject({ code: 'host_timeout', message: expect.stringContaining('within 0.7 s') });
    expect(Date.now() - started).toBeLessThan(10_000);
  });

  it('can be cancelled while it connects', async () => {
    server.misbehave({ silent: true });
    const started = Date.now();
    const end = await run(connect(), 'true', {}, web(), AbortSignal.timeout(200));
    expect(end).toEqual({ kind: 'cancelled', sent: false });
    expect(Date.now() - started).toBeLessThan(10_000);
  });

  it('dials again when sshd drops a connection before the handshake', async () => {
    server.misbehave({ dropDials: 2 });
    expect(await run(connect(), 'true')).toMatchObject({ kind: 'exited', code: 0 });
  });

  it('says so when every dial is dropped', async () => {
    server.misbehave({ dropDials: 100 });
    expect(fault(await run(connect(), 'true'))).toMatchObject({ code: 'connection_lost' });
  });
});

describe('a connection that dies', () => {
  const shells = [
    ['dash', '/bin/dash', []],
    ['bash', '/bin/bash', []],
    ['busybox sh', '/bin/busybox', []],
  ] as const;

  it.each(shells)('never runs half of a script in %s', async (name, program) => {
    const bin = file(`bin-${name.replace(' ', '-')}`);
    mkdirSync(bin);
    symlinkSync(program, join(bin, 'sh'));
    const marker = file(`half-${name.replace(' ', '-')}`);
    const text = `touch ${marker}\ncat <<END\n}\nEND\n${'# padding\n'.repeat(20_000)}touch ${marker}`;
    const shell = ['env', `PATH=${bin}:/usr/bin:/bin`, 'sh'];
    for (const cutInputAt of [1, 40, 70_000, text.length, text.length + 33]) {
      server.misbehave({ cutInputAt, shell });
      expect(await run(connect(), text)).toMatchObject({ kind: 'lost', fault: { code: 'connection_lost' } });
    }
    server.misbehave({ endInputAt: 70_000, shell });
    expect(fault(await run(connect(), text))).toMatchObject({ code: 'connection_lost', next: 'Run it again.' });
    expect(existsSync(marker)).toBe(false);
    server.misbehave({ shell });
    expect(said(await run(connect(), text))).toMatchObject({ code: 0, out: '}\n' });
    expect(existsSync(marker)).toBe(true);
  });

  it.each([
    ['while the script runs', undefined],
    ['before its exit status', { cutBeforeExit: true }],
    ['and the exit status is forgotten', { forgetExit: true }],
  ])('is lost, never failed, %s', async (_, how) => {
    server.misbehave(how ?? {});
    const running = run(connect(), how ? 'echo some; exit 0' : `touch ${file('runs')}; echo some; sleep 30`);
    if (!how) {
      await until('script runs', () => existsSync(file('runs')));
      server.cut();
    }
    const end = await running;
    expect(end).toMatchObject({ kind: 'lost', fault: { code: 'connection_lost' } });
    // What was on its way when the connection broke may be lost with it.
    if (end.kind === 'lost') expect(['some\n', ...(how ? [] : [''])]).toContain(end.output.stdout.toString());
  });

  it('leaves a script that the host itself ends soon after the limit', async () => {
    const running = run(connect(), `echo $$ >${file('orphan')}; sleep 300`, { limitMs: 1_500 });
    await until('script runs', () => existsSync(file('orphan')) && readFileSync(file('orphan'), 'utf8').endsWith('\n'));
    server.cut();
    expect(await running).toMatchObject({ kind: 'lost' });
    const pid = Number(readFileSync(file('orphan'), 'utf8'));
    await until('host ended it', () => isGone(pid), 6_000);
  });

  it('is replaced unseen when nothing was sent on it', async () => {
    const transport = connect();
    await run(transport, 'true');
    const logins = server.logins();
    server.cut();
    expect(await run(transport, 'true')).toMatchObject({ kind: 'exited', code: 0 });
    expect(server.logins()).toBe(logins + 1);
  });

  it('is replaced when a pooled one no longer answers', async () => {
    const transport = connect();
    await run(transport, 'true');
    server.misbehave({ ignoreExec: true });
    const running = run(transport, 'true', { limitMs: 15_000 });
    await new Promise((resolve) => setTimeout(resolve, 500));
    server.misbehave({});
    expect(await running).toMatchObject({ kind: 'exited', code: 0 });
  });
});

describe('channels', () => {
  it('shares connections: 30 scripts at once on at most four', async () => {
    const logins = server.logins();
    const transport = connect();
    const ends = await Promise.all(Array.from({ length: 30 }, () => run(transport, 'sleep 0.2')));
    expect(ends.every((end) => end.kind === 'exited')).toBe(true);
    expect(server.logins() - logins).toBeLessThanOrEqual(4);
  });

  it('makes do with fewer channels than expected', async () => {
    server.misbehave({ maxSessions: 2 });
    const transport = connect();
    const ends = await Promise.all(Array.from({ length: 6 }, (_, index) => run(transport, `sleep 0.2; exit ${index}`)));
    expect(ends.map((end) => end.kind === 'exited' && end.code)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('waits for no shell that never comes, and sends nothing', async () => {
    server.misbehave({ ignoreExec: true });
    const received = server.received();
    expect(fault(await run(connect(), 'true', { limitMs: 800 }))).toMatchObject({ code: 'host_timeout' });
    expect(server.received()).toBe(received);
  });

  it('ends everything on close', async () => {
    const transport = connect();
    const running = run(transport, `echo $$ >${file('closing')}; sleep 300`);
    await until(
      'script runs',
      () => existsSync(file('closing')) && readFileSync(file('closing'), 'utf8').endsWith('\n'),
    );
    await transport.close();
    expect(await running).toEqual({ kind: 'cancelled', sent: true });
    expect(isGone(Number(readFileSync(file('closing'), 'utf8')))).toBe(true);
    expect(await run(transport, 'true')).toEqual({ kind: 'cancelled', sent: false });
  });
});

describe('login shells', () => {
  it('keeps the noise of a login shell out of the output', async () => {
    server.misbehave({ noise: 'Welcome\n\u001b[1mdeadbeef=1;\nno new line' });
    expect(said(await run(connect(), 'echo out; echo err >&2'))).toEqual({ code: 0, out: 'out\n', err: 'err\n' });
  });

  it('is not fooled by a shell that repeats its commands', async () => {
    server.misbehave({ shell: ['bash', '-x'] });
    expect(said(await run(connect(), 'echo out'))).toMatchObject({ code: 0, out: 'out\n', err: '' });
  });

  it('tells a shell that runs nothing, and sends nothing', async () => {
    const received = server.received();
    server.misbehave({ shell: ['sh', '-c', 'echo This account is not available.; exit 1'] });
    expect(fault(await run(connect(), 'true'))).toMatchObject({
      code: 'shell_unusable',
      message: expect.stringContaining('exit code 1) before the script began: This account is not available.'),
    });
    expect(server.received()).toBe(received);
  });

  it('tells a missing sudo', async () => {
    const bin = file('bin-bare');
    mkdirSync(bin);
    for (const name of ['sh', 'env', 'cat']) symlinkSync(`/bin/${name}`, join(bin, name));
    server.misbehave({ shell: ['env', `PATH=${bin}`, 'sh'] });
    expect(fault(await run(connect(), 'true', { become: 'sudo' }))).toMatchObject({ code: 'sudo_missing' });
  });

  it('works on a host without timeout', async () => {
    server.misbehave({ shell: ['env', `PATH=${file('bin-bare')}`, 'sh'] });
    expect(said(await run(connect(), 'echo here; exit 4'))).toEqual({ code: 4, out: 'here\n', err: '' });
  });
});
