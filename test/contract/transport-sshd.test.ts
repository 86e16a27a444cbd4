import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  endpointOf,
  recordHostKey,
  type SshOptions,
  scanHostKeys,
  sshTransport,
} from '../../src/adapters/ssh/index.js';
import type { Target } from '../../src/core/target.js';
import type { Execution, Transport } from '../../src/engine/ports.js';
import { realClock } from '../rig/sshd/clock.js';
import { knownLine, type Listener, type Sshd, sshdMissing, startSshd } from '../rig/sshd/sshd.js';
import { type TemporaryUser, temporaryUser } from '../rig/sshd/user.js';
import { never, said, script, until } from './transport.js';

const missing = sshdMissing();

describe.skipIf(missing)(`OpenSSH's sshd${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let sshd: Sshd;
  const opened: Transport[] = [];
  const users: TemporaryUser[] = [];
  const at = (index = 0): Listener => sshd.listeners[index] ?? { host: '', port: 0 };
  const connect = (more: Partial<SshOptions> = {}) => {
    const transport = sshTransport({ knownHosts: [sshd.knownHosts], clock: realClock, ...more });
    opened.push(transport);
    return transport;
  };
  const web = (more: Partial<Target> = {}): Target => ({
    ...{ name: 'web-1', transport: 'ssh', user: sshd.user, identity: sshd.identity.path, become: 'none', labels: {} },
    ...at(),
    ...more,
  });
  const user = (options: Parameters<typeof temporaryUser>[0]): string => {
    const made = temporaryUser(options);
    users.push(made);
    return made.name;
  };
  const fault = (end: Execution) => (end.kind === 'unreachable' ? end.fault : end);

  beforeAll(async () => {
    sshd = await startSshd({ targets: 3, hostKeys: ['ed25519', 'ecdsa', 'rsa'] });
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((transport) => transport.close()));
    for (const made of users.splice(0)) made.remove();
  });
  afterAll(() => sshd.stop());

  it.each([0, 1, 2])('is asked for the key type that known_hosts has (host key %i)', async (index) => {
    const key = sshd.hostKeys[index];
    const file = join(sshd.directory, `only-${index}`);
    if (key) writeFileSync(file, knownLine(at(), key));
    const end = await connect({ knownHosts: [file] }).execute(web(), script('true'), never());
    expect(end).toMatchObject({ kind: 'exited', code: 0 });
  });

  it('runs a script as root for a user with a sudoers rule, and as the user without sudo', async () => {
    const name = user({ sudo: 'NOPASSWD', shell: '/bin/bash' });
    const transport = connect();
    const as = (become: 'none' | 'sudo') =>
      transport.execute(web({ user: name }), script('id -un; cat; echo err >&2; exit 3', { become }), never());
    expect(said(await as('sudo'))).toEqual({ code: 3, out: 'root\n', err: 'err\n' });
    expect(said(await as('none'))).toEqual({ code: 3, out: `${name}\n`, err: 'err\n' });
  });

  it('ends a root script of an ordinary user at the limit', async () => {
    const name = user({ sudo: 'NOPASSWD' });
    const run = script('sleep 4123 & sleep 4124', { become: 'sudo', limitMs: 1_500 });
    expect(await connect().execute(web({ user: name }), run, never())).toMatchObject({ kind: 'timed-out' });
    expect(execFileSync('ps', ['-eo', 'stat,args'], { encoding: 'utf8' })).not.toMatch(/^[^Z]\S*\s+sleep 412[34]/m);
  });

  it.each([{ sudo: 'PASSWD' as const }, {}])(
    'says that sudo asks for a password, and runs nothing (%j)',
    async (rule) => {
      const name = user(rule);
      const file = join('/tmp', `ran-${name}`);
      const run = script(`touch ${file}`, { become: 'sudo' });
      const end = await connect().execute(web({ user: name }), run, never());
      expect(fault(end)).toMatchObject({
        code: 'sudo_password',
        message: `web-1 (${at().host}:${at().port}): sudo asks ${name} for a password.`,
        next: expect.stringContaining(`${name} ALL=(root) NOPASSWD: ALL`),
      });
      expect(() => statSync(file)).toThrow();
    },
  );

  it('says that a user has no shell', async () => {
    const name = user({ shell: '/usr/sbin/nologin' });
    const end = await connect().execute(web({ user: name }), script('true'), never());
    expect(fault(end)).toMatchObject({ code: 'shell_unusable', message: expect.stringContaining('not available') });
  });

  it('says that a user does not exist or may not log in', async () => {
    const end = await connect().execute(web({ user: 'nobody-at-all' }), script('true'), never());
    expect(fault(end)).toMatchObject({ code: 'identity_refused' });
  });

  describe('behind a bastion', () => {
    const through = () => ({ bastion: `${sshd.user}@${at(1).host}:${at(1).port}` });

    it('runs scripts over one connection to it, each hop known by its own name', async () => {
      const transport = connect(through());
      const ends = await Promise.all(
        [0, 2, 0, 2].map((index) => transport.execute(web(at(index)), script('echo "$SSH_CONNECTION"'), never())),
      );
      for (const [n, end] of ends.entries())
        expect(said(end)).toMatchObject({ code: 0, out: expect.stringContaining(at(n % 2 ? 2 : 0).host) });
    });

    it('says which hop is not known', async () => {
      const target = join(sshd.directory, 'target-only');
      const hop = join(sshd.directory, 'hop-only');
      writeFileSync(target, sshd.hostKeys.map((key) => knownLine(at(), key)).join(''));
      writeFileSync(hop, sshd.hostKeys.map((key) => knownLine(at(1), key)).join(''));
      const run = (file: string) =>
        connect({ ...through(), knownHosts: [file] }).execute(web(), script('true'), never());
      expect(fault(await run(target))).toMatchObject({
        code: 'host_key_unknown',
        message: expect.stringContaining(`bastion ${at(1).host}:${at(1).port}`),
        next: expect.stringContaining(`then run \`runbolt trust ${at(1).host}:${at(1).port}\``),
      });
      expect(fault(await run(hop))).toMatchObject({
        code: 'host_key_unknown',
        message: expect.stringContaining('web-1'),
      });
    });

    it('says that nothing listens behind it', async () => {
      const end = await connect(through()).execute(web({ host: '127.0.0.1', port: 1 }), script('true'), never());
      expect(fault(end)).toMatchObject({
        code: 'host_refused',
        message: expect.stringContaining('web-1 (127.0.0.1:1)'),
      });
    });
  });

  describe('behind hosts of its own (ProxyJump)', () => {
    const hop = (index: number) => ({ ...at(index), user: sshd.user, identity: sshd.identity.path });
    const nowhere = { bastion: 'nobody@127.0.0.1:1' };

    it('is reached through them, one behind the other, and not through the bastion', async () => {
      const end = await connect(nowhere).execute(
        web({ jump: [hop(1), hop(2)] }),
        script('echo "$SSH_CONNECTION"'),
        never(),
      );
      expect(said(end)).toMatchObject({ code: 0, out: expect.stringContaining(at(0).host) });
      const straight = await connect(nowhere).execute(web({ jump: [] }), script('true'), never());
      expect(straight).toMatchObject({ kind: 'exited', code: 0 });
    });

    it('dials 20 at a time through one of them, for its own sshd connects', async () => {
      let arrived = 0;
      const silent = createServer((socket) => {
        arrived += 1;
        socket.on('error', () => {});
      }).listen(0, '127.0.0.1');
      await once(silent, 'listening');
      const address = silent.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      // A slot is given up a second after it was taken, which here is when the test says so.
      const slots = new Set<() => void>();
      const untilTold = (signal?: AbortSignal) =>
        new Promise<void>((resolve, reject) => {
          slots.add(resolve);
          signal?.addEventListener('abort', () => {
            slots.delete(resolve);
            reject(signal.reason);
          });
        });
      const transport = connect({
        clock: {
          ...realClock,
          sleep: (ms, signal) => (ms === 1_000 ? untilTold(signal) : realClock.sleep(ms, signal)),
        },
      });
      const stop = new AbortController();
      const ends = Array.from({ length: 25 }, (_, n) =>
        transport.execute(
          web({ user: `user-${n}`, host: '127.0.0.1', port, jump: [hop(1)] }),
          script('true'),
          stop.signal,
        ),
      );
      await until('the first are dialled', () => arrived >= 20);
      expect(slots.size).toBe(20);
      for (const giveUp of slots) giveUp();
      await until('all have been dialled', () => arrived === 25);
      stop.abort();
      await Promise.all(ends);
      silent.close();
    });

    it('is not dialled when the second host is not known', async () => {
      const file = join(sshd.directory, 'first-hop-only');
      writeFileSync(file, sshd.hostKeys.map((key) => knownLine(at(1), key) + knownLine(at(0), key)).join(''));
      const end = await connect({ knownHosts: [file] }).execute(
        web({ jump: [hop(1), hop(2)] }),
        script('true'),
        never(),
      );
      expect(fault(end)).toMatchObject({
        code: 'host_key_unknown',
        message: expect.stringContaining(`jump host ${at(2).host}:${at(2).port}`),
        next: expect.stringContaining(`then run \`runbolt trust ${at(2).host}:${at(2).port}\``),
      });
    });
  });

  describe('trust', () => {
    const file = () => join(sshd.directory, 'new', 'known_hosts');
    const options = () => ({ knownHosts: [file()], clock: realClock });

    it('shows the keys that the host offers, as ssh-keygen prints them', async () => {
      const scanned = await scanHostKeys(endpointOf(web()), options(), never());
      const printed = sshd.hostKeys.map(
        ({ path }) => execFileSync('ssh-keygen', ['-lf', `${path}.pub`], { encoding: 'utf8' }).split(' ')[1],
      );
      expect(scanned.ok && scanned.value.map((key) => key.fingerprint)).toEqual(printed);
    });

    it('shows them through a bastion', async () => {
      const bastion = `${sshd.user}@${at(1).host}:${at(1).port}`;
      const scanned = await scanHostKeys(
        endpointOf(web()),
        { knownHosts: [sshd.knownHosts], clock: realClock, bastion },
        never(),
      );
      expect(scanned.ok && scanned.value).toHaveLength(3);
    });

    it('says why there are none to show', async () => {
      const scanned = await scanHostKeys(endpointOf(web({ port: 1 })), options(), never());
      expect(scanned).toMatchObject({ ok: false, fault: { code: 'host_refused' } });
    });

    it('records a key once, in a file of mode 0600, and the host is reached from then on', async () => {
      const scanned = await scanHostKeys(endpointOf(web()), options(), never());
      const [key] = scanned.ok ? scanned.value : [];
      if (!key) throw new Error('no key');
      const transport = connect(options());
      expect(fault(await transport.execute(web(), script('true'), never()))).toMatchObject({
        code: 'host_key_unknown',
      });
      const ends = await Promise.all([1, 2, 3].map(() => recordHostKey(file(), web(), key, realClock)));
      expect(ends.map((end) => end.ok && end.value).sort()).toEqual(['added', 'present', 'present']);
      expect(statSync(file()).mode & 0o777).toBe(0o600);
      expect(readFileSync(file(), 'utf8')).toBe(
        `[${at().host}]:${at().port} ${key.type} ${key.key.toString('base64')}\n`,
      );
      expect(await transport.execute(web(), script('true'), never())).toMatchObject({ kind: 'exited', code: 0 });
    });

    it('says that known_hosts cannot be written, or read, as a fault with the next step', async () => {
      const scanned = await scanHostKeys(endpointOf(web()), options(), never());
      const key = scanned.ok ? scanned.value[0] : undefined;
      if (!key) throw new Error('no key');
      // Nobody may make files there, not even root.
      expect(await recordHostKey('/sys/known_hosts', web(), key, realClock)).toMatchObject({
        ok: false,
        fault: {
          code: 'known_hosts_closed',
          message: expect.stringMatching(/^\/sys\/known_hosts cannot be written \(E/),
        },
      });
      const circle = join(sshd.directory, 'circle');
      symlinkSync('circle', circle);
      const transport = sshTransport({ ...options(), knownHosts: [circle] });
      opened.push(transport);
      expect(fault(await transport.execute(web(), script('true'), never()))).toMatchObject({
        code: 'known_hosts_closed',
        message: `${circle} cannot be read (ELOOP).`,
      });
    });

    it('refuses to record another key of the same type, and names the line to remove', async () => {
      const [first] = sshd.hostKeys;
      const scanned = await scanHostKeys(endpointOf(web()), options(), never());
      const key = scanned.ok ? scanned.value.find(({ type }) => type === 'ssh-rsa') : undefined;
      if (!first || !key) throw new Error('no key');
      const other = join(sshd.directory, 'conflict');
      const text = `# no new line at the end\n[${at().host}]:${at().port} ${first.publicLine}`;
      writeFileSync(other, text);
      expect(await recordHostKey(other, web(), key, realClock)).toEqual({ ok: true, value: 'added' });
      expect(readFileSync(other, 'utf8').split('\n')).toHaveLength(4);
      const changed = await recordHostKey(
        other,
        web(),
        { ...key, type: 'ssh-ed25519', key: Buffer.from('other') },
        realClock,
      );
      expect(changed).toMatchObject({
        ok: false,
        fault: { code: 'host_key_changed', message: expect.stringContaining(':2 ') },
      });
    });
  });
});
