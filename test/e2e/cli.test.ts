import { rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { thisMachine } from '../../src/demo/machine.js';
import { namespaceMode } from '../../src/demo/namespaces/ability.js';
import { type RunDocument, runDocument } from '../../src/engine/document.js';
import { Bot, type Finished, runbolt, startProgram } from '../rig/bot/bot.js';
import { type SmallFleet, startSmallFleet } from '../rig/bot/small-fleet.js';
import { type SlackDouble, startSlackDouble, until } from '../rig/slack/index.js';

const able = namespaceMode(thisMachine());
const why = able.ok ? '' : ` (skipped: ${able.fault.message})`;
const HOSTS = ['c-1', 'c-2', 'c-3'];
const ALL_BYTES = `cat /proc/sys/net/ipv4/tcp_tw_reuse; stat -c '%n %a %u %s' /etc/sysctl.conf /etc/sysctl.d/* 2>/dev/null
cat /etc/sysctl.conf /etc/sysctl.d/* 2>/dev/null | md5sum; ls /var/lib/runbolt/attempts 2>/dev/null | wc -l`;

const outcomes = ({ targets }: RunDocument) => Object.fromEntries(targets.map((t) => [t.name, t.outcome]));
const json = (done: Finished): RunDocument => runDocument.parse(JSON.parse(done.out));

describe.skipIf(!able.ok)(`the command line${why}`, { timeout: 300_000 }, () => {
  let hosts: SmallFleet;
  let silent: Server;
  let env: Record<string, string>;
  const dirs = { next: 0 };

  beforeAll(async () => {
    hosts = await startSmallFleet(HOSTS, { limits: { gather: '10s', apply: '20s' } });
    silent = createServer((socket) => socket.on('error', () => undefined));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    silent.close();
    await hosts.stop();
    rmSync(hosts.directory, { recursive: true, force: true });
  });
  beforeEach(async () => {
    env = { RUNBOLT_DATA: join(hosts.directory, 'data') };
    await hosts.reset();
  });
  const ownLedger = () => {
    env = { RUNBOLT_DATA: join(hosts.directory, `data-${++dirs.next}`) };
  };

  const cli = (...args: readonly string[]) => runbolt([...args, '--config', hosts.config], { env });
  const bytes = async () => Promise.all(HOSTS.map((name) => hosts.on(name, ALL_BYTES)));
  /** A configuration like the fleet's, with more in it. */
  const configured = (name: string, more: Readonly<Record<string, unknown>>, silentHost = false): string => {
    const base = z.looseObject({ targets: z.record(z.string(), z.unknown()) }).parse(parse(hosts.text));
    const address = silent.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const [target] = Object.values(base.targets);
    const mute = z.looseObject({}).parse(target);
    const targets = { ...base.targets, ...(silentHost && { 'mute-1': { ...mute, host: '127.0.0.1', port } }) };
    const path = join(hosts.directory, `${name}.yaml`);
    writeFileSync(path, stringify({ ...base, targets, ...more }));
    return path;
  };

  it('verifies: findings are exit code 1, and nothing is changed', async () => {
    const before = await bytes();
    const done = await cli('verify', 'tcp', 'c-*');
    expect(done.out).toContain('! 3 hosts  c-[1-3]  tcp_tw_reuse is 1 now, 2 after a reboot (/etc/sysctl.conf:2)');
    expect(done.out).toContain('3 of 3 hosts reached');
    expect(done.code).toBe(1);
    expect(await bytes()).toEqual(before);
  });

  it('names the params that were given, and which hosts of a range are not in the inventory', async () => {
    ownLedger();
    const done = await cli('verify', 'tcp', 'c-[1-5]', 'warn=100', 'critical=100');
    expect(done.out).toMatch(/tcp verify · c-\[1-5\] · warn=100 critical=100 · 3 of 3 hosts reached · asked by /);
    expect(done.out).toContain('\n? not in the inventory: c-[4-5]\n');
    expect((await cli('runs')).out).toContain('verify tcp c-[1-5] warn=100 critical=100 · by ');
    expect(await cli('fix', 'tcp', 'c-[1-3]', 'd-1')).toMatchObject({
      code: 2,
      err: expect.stringContaining('No host matches `d-1` among 3.'),
    });
  });

  it('prints one document that its published schema accepts', async () => {
    const [schema, done] = await Promise.all([
      runbolt(['schema', 'run'], { env }),
      cli('verify', 'tcp', 'c-1', '--json'),
    ]);
    const published = z.fromJSONSchema(JSON.parse(schema.out));
    expect(published.safeParse(JSON.parse(done.out)).error).toBeUndefined();
    expect(published.safeParse({ ...JSON.parse(done.out), more: 1 }).success).toBe(false);
    expect(json(done)).toMatchObject({
      run: { actor: expect.stringMatching(/^cli:/), mode: 'verify', phase: 'ended' },
    });
  });

  it('plans: the exact change with its digest, and nothing is changed', async () => {
    const before = await bytes();
    const plan = json(await cli('plan', 'tcp', 'c-*', '--json')).plan;
    expect(plan?.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(plan?.changes.map((c) => c.target)).toEqual(HOSTS);
    expect(await bytes()).toEqual(before);
    const again = json(await cli('plan', 'tcp', 'c-*', '--json')).plan;
    expect(again?.digest).toBe(plan?.digest);
  });

  it('fixes what has the digest that was given, keeps the proof, and finds nothing to do the second time', async () => {
    const digest = json(await cli('plan', 'tcp', 'c-*', '--json')).plan?.digest ?? '';
    const fixed = await cli('fix', 'tcp', 'c-*', '--json', '--apply', digest.slice(0, 8));
    expect(outcomes(json(fixed))).toEqual({ 'c-1': 'changed', 'c-2': 'changed', 'c-3': 'changed' });
    expect(json(fixed).targets[0]?.after?.checks.some((c) => c.verdict === 'fail')).toBe(false);
    expect(fixed.code).toBe(0);
    const after = await bytes();
    const second = await cli('fix', 'tcp', 'c-*', '--json', '--apply', digest.slice(0, 8));
    expect([second.code, json(second).plan, outcomes(json(second))]).toEqual([
      0,
      null,
      { 'c-1': 'ok', 'c-2': 'ok', 'c-3': 'ok' },
    ]);
    expect(await bytes()).toEqual(after);
    expect((await cli('verify', 'tcp', 'c-*')).code).toBe(0);
  });

  it.each([
    ['nobody to confirm it', [], 'Nothing was changed: the plan was not confirmed.'],
    ['another digest', ['--apply', 'ffffffffffff'], 'not ffffffffffff: nothing was changed.'],
    ['too short a digest', ['--apply', 'DIGEST7'], 'is too short to name a plan: nothing was changed.'],
  ])('changes nothing with %s, and says how to apply it', async (_, apply, message) => {
    const before = await bytes();
    const digest = json(await cli('plan', 'tcp', 'c-1', '--json')).plan?.digest ?? '';
    const done = await cli('fix', 'tcp', 'c-1', ...apply.map((a) => (a === 'DIGEST7' ? digest.slice(0, 7) : a)));
    expect(done.err).toContain(message);
    expect(done.err).toMatch(new RegExp(`runbolt fix tcp c-1 --config \\S+ --apply ${digest.slice(0, 16)}`));
    expect(done.code).toBe(2);
    expect(await bytes()).toEqual(before);
  });

  it('changes nothing when the plan is another one by now', async () => {
    const digest = json(await cli('plan', 'tcp', 'c-*', '--json')).plan?.digest ?? '';
    await hosts.on('c-2', "echo '# a line more' >> /etc/sysctl.conf");
    const before = await bytes();
    const done = await cli('fix', 'tcp', 'c-*', '--apply', digest);
    expect(done.err).toContain('nothing was changed.');
    expect(done.code).toBe(2);
    expect(await bytes()).toEqual(before);
  });

  it('tells of its runs, also when nobody runs a bot', async () => {
    const { run } = json(await cli('verify', 'tcp', 'c-1', '--json'));
    const shown = await cli('show', run.id);
    expect(shown.out).toMatch(/^run r\w+\n/);
    expect(shown.out).toContain('c-1: failed');
    expect(shown.code).toBe(0);
    expect(json(await cli('show', run.id, '--json')).run.id).toBe(run.id);
    expect((await cli('runs')).out).toContain(`${run.id} · `);
    expect((await cli('status')).out).toContain('No run is going on.');
    expect(await cli('cancel', run.id)).toMatchObject({ code: 2, err: expect.stringContaining('has ended') });
    expect((await cli('targets', 'role=web')).out).toContain('c-[1-3]  env=prod role=web ssh');
    expect((await cli('list')).out).toContain('Ports for outgoing connections');
  });

  it('lets two commands on one ledger take turns', async () => {
    ownLedger();
    const [one, two] = await Promise.all([cli('verify', 'tcp', 'c-1'), cli('verify', 'tcp', 'c-2')]);
    expect([one.code, two.code]).toEqual([1, 1]);
    expect(one.err + two.err).toContain('another runbolt command is at work; waiting at most 30 s for it');
    expect((await cli('runs')).out.trim().split('\n')).toHaveLength(2);
  });

  it('is cancelled by Ctrl-C, and every host has an outcome', async () => {
    const config = configured('mute', {}, true);
    const child = startProgram(['verify', 'tcp', '*', '--json', '--config', config], { env });
    await until('the others answered', () => child.err().includes('3 of 4 answered'), 15_000);
    child.signal('SIGINT');
    const done = await child.ended;
    expect(outcomes(json(done))).toEqual({ 'c-1': 'failed', 'c-2': 'failed', 'c-3': 'failed', 'mute-1': 'cancelled' });
    expect(done.code).toBe(1);
    expect(json(done).run.phase).toBe('ended');
  });

  it('takes up what a killed command left, so that no host stays locked', async () => {
    ownLedger();
    const config = configured('mute', {}, true);
    const child = startProgram(['verify', 'tcp', '*', '--config', config], { env });
    await until('the others answered', () => child.err().includes('3 of 4 answered'), 15_000);
    child.signal('SIGKILL');
    await child.ended;
    const left = await cli('status');
    expect(left.out).toContain('gathering');
    expect(await cli('status')).toMatchObject({ out: left.out });
    const [run = ''] = left.out.split(' ');
    const cancelled = await cli('cancel', run);
    expect(cancelled.code).toBe(0);
    expect(json(await cli('show', run, '--json')).run.phase).toBe('ended');
  });

  describe('under a policy', () => {
    it('that asks for an approval, sends whoever fixes to Slack', async () => {
      const config = configured('approval', { policies: [{ where: 'env=prod', approvers: ['U2BO'] }] });
      const before = await bytes();
      const done = await runbolt(['fix', 'tcp', 'c-1', '--config', config, '--apply', 'ffffffff'], { env });
      expect(done).toMatchObject({ code: 2, err: expect.stringContaining('approving is done in Slack') });
      expect(done.err).toContain('/tcp fix c-1');
      expect(await bytes()).toEqual(before);
      expect((await runbolt(['plan', 'tcp', 'c-1', '--config', config], { env })).code).toBe(1);
    });

    it('that lists who may ask, refuses the others and lets those through', async () => {
      const allow = (who: string) => ({ policies: [{ where: 'env=prod', approvals: 0, allow: { fix: [who] } }] });
      const args = ['fix', 'tcp', 'c-1', '--json', '--apply'];
      const other = configured('other', allow('cli:somebody'));
      expect(await runbolt([...args, 'ffffffff', '--config', other], { env })).toMatchObject({
        code: 2,
        out: expect.stringContaining('"not_allowed"'),
      });
      const { username } = await import('node:os').then((os) => os.userInfo());
      const mine = configured('mine', allow(`cli:${username}`));
      const digest =
        json(await runbolt(['plan', 'tcp', 'c-1', '--json', '--config', mine], { env })).plan?.digest ?? '';
      expect((await runbolt([...args, digest, '--config', mine], { env })).code).toBe(0);
    });

    it('that names no such verb, refuses everybody', async () => {
      const none = configured('none', { policies: [{ where: 'c-1', approvals: 0, allow: { resync: ['U1ANA'] } }] });
      const done = await runbolt(['fix', 'tcp', 'c-*', '--config', none], { env });
      expect(done).toMatchObject({ code: 2, err: expect.stringContaining('allows nobody to ask for `fix`') });
    });
  });

  describe('while the bot runs', () => {
    let slack: SlackDouble;
    let bot: Bot;
    let config: string;

    beforeEach(async () => {
      ownLedger();
      slack = await startSlackDouble();
      config = configured('bot', {}, true);
      const tokens = { SLACK_BOT_TOKEN: slack.botToken, SLACK_APP_TOKEN: slack.appToken };
      bot = await Bot.start(['start', '--config', config], {
        env: { ...env, ...tokens, SLACK_API_URL: slack.apiUrl, RUNBOLT_LOG: 'silent' },
      });
      return async () => {
        await bot.end('SIGTERM');
        await slack.close();
      };
    });

    it('goes through it, commands side by side, and fixes under the same rules', async () => {
      const [one, two] = await Promise.all([cli('verify', 'tcp', 'c-1'), cli('verify', 'tcp', 'c-2')]);
      expect([one.code, two.code]).toEqual([1, 1]);
      expect(one.err + two.err).not.toContain('waiting at most');
      const digest = json(await cli('plan', 'tcp', 'c-*', '--json')).plan?.digest ?? '';
      expect(await cli('fix', 'tcp', 'c-*', '--apply', 'ffffffff')).toMatchObject({ code: 2 });
      const fixed = await cli('fix', 'tcp', 'c-*', '--json', '--apply', digest);
      expect([fixed.code, outcomes(json(fixed))]).toEqual([
        0,
        { 'c-1': 'changed', 'c-2': 'changed', 'c-3': 'changed' },
      ]);
      expect((await cli('runs')).out.trim().split('\n')).toHaveLength(5);
      expect(await cli('verify', 'tcp', 'x-1')).toMatchObject({
        code: 2,
        err: expect.stringContaining('No host matches'),
      });
      expect(slack.violations).toEqual([]);
    });

    it('is told when the bot ends before the run does, and that the run goes on with it', async () => {
      const child = startProgram(['verify', 'tcp', '*', '--config', config], { env });
      await until('the others answered', () => child.err().includes('3 of 4 answered'), 15_000);
      await bot.end('SIGKILL');
      const done = await child.ended;
      expect(done.err).toContain('The bot ended, or let go of this command');
      expect(done.err).not.toMatch(/\n\s+at /);
      expect(done.code).toBe(3);
    });
  });
});
