import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runbolt } from '../rig/bot/bot.js';
import { type Listener, type Sshd, sshdMissing, startSshd } from '../rig/sshd/sshd.js';

const missing = sshdMissing();

describe.skipIf(missing)(`runbolt trust${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let sshd: Sshd;
  let dir: string;
  const at = (index: number): Listener => sshd.listeners[index] ?? { host: '', port: 0 };
  const address = (index: number) => `${at(index).host}:${at(index).port}`;
  const known = () => readFileSync(join(dir, 'known_hosts'), 'utf8').split('\n').filter(Boolean);
  const env = () => ({ RUNBOLT_DATA: join(dir, 'data'), RUNBOLT_LOG: 'silent' });
  const cli = (...args: string[]) => runbolt(args, { env: env(), cwd: dir });
  const fingerprint = () =>
    execFileSync('ssh-keygen', ['-lf', `${sshd.hostKeys[0]?.path}.pub`], { encoding: 'utf8' }).split(' ')[1] ?? '';
  /** Follows the advice of a fault as it stands, as the person who has compared the fingerprint. */
  const advised = (text: string) => {
    const [, command = ''] = /then run `runbolt (trust [^`]+)`/.exec(text) ?? [];
    return command.split(' ');
  };

  beforeAll(async () => {
    sshd = await startSshd({ targets: 3 });
  });
  beforeEach(() => {
    dir = join(sshd.directory, 'work');
    rmSync(dir, { recursive: true, force: true });
    mkdirSync(dir);
  });
  afterAll(() => sshd.stop());

  const configure = (ssh: Record<string, string>, more: Record<string, unknown> = {}) =>
    writeFileSync(
      join(dir, 'runbolt.yaml'),
      JSON.stringify({ ssh: { user: sshd.user, known_hosts: 'known_hosts', ...ssh }, ...more }),
    );
  const web = () => ({ targets: { 'web-1': { ...at(0), identity: sshd.identity.path } } });

  it('leads through a bastion step by step, each by the command that the refusal names', {
    timeout: 300_000,
  }, async () => {
    configure({ bastion: `${sshd.user}@${address(1)}` }, web());
    const refused = await cli('verify', 'tcp', 'web-1');
    expect(refused.code).toBe(3);
    const bastion = advised(refused.out);
    expect(bastion).toEqual(['trust', address(1)]);
    const early = await cli('trust', 'web-1', '--fingerprint', fingerprint());
    expect(early.code).toBe(3);
    expect(advised(early.err)).toEqual(bastion);
    const asked = await cli(...bastion);
    expect(asked).toMatchObject({ code: 3, out: expect.stringContaining(`bastion ${address(1)} offers:`) });
    expect(() => known()).toThrow();
    expect(await cli(...bastion, '--fingerprint', fingerprint())).toMatchObject({ code: 0 });
    expect(known()).toEqual([expect.stringContaining(`[${at(1).host}]:${at(1).port} `)]);
    const next = await cli('verify', 'tcp', 'web-1');
    expect(advised(next.out)).toEqual(['trust', 'web-1']);
    expect(await cli('trust', 'web-1', '--fingerprint', fingerprint())).toMatchObject({ code: 0 });
    expect(known()).toHaveLength(2);
    expect((await cli('verify', 'tcp', 'web-1')).out).toContain('1 of 1 host');
  });

  it.each([
    (user: string, where: string) => `${user}@${where}`,
    (_: string, where: string) => where.split(':')[0] ?? '',
  ])('takes the bastion also as the configuration has it, and by its host alone (%#)', async (words) => {
    configure({ bastion: `${sshd.user}@${address(1)}` }, web());
    const done = await cli('trust', words(sshd.user, address(1)), '--fingerprint', fingerprint());
    expect(done).toMatchObject({ code: 0, out: expect.stringContaining(`bastion ${address(1)} offers:`) });
  });

  it('reaches a jump host through those before it', { timeout: 180_000 }, async () => {
    const lines = [
      `Host *\n User ${sshd.user}\n IdentityFile ${sshd.identity.path}`,
      `Host near\n HostName ${at(1).host}\n Port ${at(1).port}`,
      `Host far\n HostName ${at(2).host}\n Port ${at(2).port}`,
      `Host web-1\n HostName ${at(0).host}\n Port ${at(0).port}\n ProxyJump near,far`,
    ];
    writeFileSync(join(dir, 'ssh_config'), lines.join('\n'));
    configure({}, { inventories: [{ ssh_config: 'ssh_config', select: 'web-1' }] });
    const far = await cli('trust', address(2), '--fingerprint', fingerprint());
    expect(far.code).toBe(3);
    expect(far.err).toContain(`jump host ${address(1)}: its host key is not known`);
    for (const step of [address(1), address(2), 'web-1']) {
      const refused = await cli('verify', 'tcp', 'web-1');
      expect(advised(refused.out)).toEqual(['trust', step]);
      expect(await cli('trust', step, '--fingerprint', fingerprint())).toMatchObject({ code: 0 });
    }
    expect((await cli('verify', 'tcp', 'web-1')).out).toContain('1 of 1 host');
  });

  it('says that an address is on no way', async () => {
    configure({}, web());
    const done = await cli('trust', '127.0.0.9:22');
    expect(done).toMatchObject({ code: 2, err: expect.stringContaining('There is no target `127.0.0.9:22`.') });
  });
});
