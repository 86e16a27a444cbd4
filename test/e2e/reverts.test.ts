import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { thisMachine } from '../../src/demo/machine.js';
import { namespaceMode } from '../../src/demo/namespaces/ability.js';
import { type RunDocument, runDocument } from '../../src/engine/document.js';
import { Bot, type Finished, runbolt } from '../rig/bot/bot.js';
import { type SmallFleet, startSmallFleet } from '../rig/bot/small-fleet.js';
import { type Message, messageText, type SlackDouble, startSlackDouble, until } from '../rig/slack/index.js';

const able = namespaceMode(thisMachine());
const why = able.ok ? '' : ` (skipped: ${able.fault.message})`;
const HOSTS = ['c-1', 'c-2'];
const [ANA, BO, OPS] = ['U1ANA', 'U2BO', 'C0OPS'];
const BYTES = `cat /proc/sys/net/ipv4/tcp_tw_reuse /proc/sys/net/ipv4/ip_local_port_range; stat -c '%n %a %u:%g %s' /etc/sysctl.conf /etc/sysctl.d/* /etc/marked 2>/dev/null
cat /etc/sysctl.conf /etc/sysctl.d/* /etc/marked 2>/dev/null`;
const CLEAN = `rm -rf /etc/marked /var/lib/free; echo '32768 60999' > /proc/sys/net/ipv4/ip_local_port_range`;
/** A change that takes longer on c-2 than anybody waits, and one that cannot be taken back before somebody makes room. */
const RUNBOOKS = {
  slow: `apply: 'cp -p /etc/hosts "$BACKUP/here"; echo yes > /etc/marked; [ "$(hostname)" != c-2 ] || sleep 4'
      verify: '[ "$(hostname)" != c-2 ] || sleep 4; [ -e /etc/marked ]'
      revert: 'rm -f /etc/marked'`,
  stuck: `apply: 'echo yes > /etc/marked; echo no room; exit 1'
      verify: '[ -e /etc/marked ]'
      revert: '[ -e /var/lib/free ] || { echo still none; exit 1; }; rm -f /etc/marked'`,
};
const runbook = (command: string, script: string) => `command: ${command}
title: Marks
facts:
  mark: { file: /etc/marked }
checks:
  marked: { severity: critical, expect: mark.exists, otherwise: "it is not marked", rule: "A rule." }
changes:
  first:
    when: checks.marked.failed
    script:
      title: mark it
      ${script}
  second:
    when: checks.marked.failed
    script:
      title: mark it again
      ${script}
rollout: { canary: 2, batch: 100%, stop_after_failures: 5 }
knowledge: Mark it.
`;

const outcomes = ({ targets }: RunDocument) => Object.fromEntries(targets.map((t) => [t.name, t.outcome]));
const json = (done: Finished): RunDocument => runDocument.parse(JSON.parse(done.out));
const marked = z.object({ event_payload: z.object({ run: z.string(), key: z.string() }) });

describe.skipIf(!able.ok)(`taking a fix back${why}`, { timeout: 300_000 }, () => {
  let hosts: SmallFleet;
  let env: Record<string, string>;
  let next = 0;

  beforeAll(async () => {
    hosts = await startSmallFleet(HOSTS, { limits: { gather: '10s', apply: '5s' } });
    const directory = join(hosts.directory, 'runbooks');
    mkdirSync(directory);
    for (const [name, script] of Object.entries(RUNBOOKS))
      writeFileSync(join(directory, `${name}.yaml`), runbook(name, script));
    configured('runbolt', {});
  }, 60_000);
  afterAll(async () => {
    await hosts.stop();
    rmSync(hosts.directory, { recursive: true, force: true });
  });
  beforeEach(async () => {
    env = { RUNBOLT_DATA: join(hosts.directory, `data-${++next}`) };
    await hosts.reset();
    await Promise.all(HOSTS.map((name) => hosts.on(name, CLEAN)));
  });
  const configured = (name: string, more: Readonly<Record<string, unknown>>): string => {
    const base = z.looseObject({}).parse(parse(hosts.text));
    const path = join(hosts.directory, `${name}.yaml`);
    writeFileSync(path, stringify({ ...base, runbooks: join(hosts.directory, 'runbooks'), ...more }));
    return path;
  };
  const bytes = async () => Promise.all(HOSTS.map((name) => hosts.on(name, BYTES)));
  const cli = (...args: readonly string[]) => runbolt([...args, '--config', hosts.config], { env });
  const applied = async (...words: readonly string[]): Promise<RunDocument> => {
    const asked = await cli(...words, '--json');
    const digest = /--apply ([0-9a-f]{16})/.exec(asked.err)?.[1] ?? '';
    return json(await cli(...words, '--json', '--apply', digest));
  };

  describe.each(['without a bot', 'while the bot runs'])('on the command line %s', (how) => {
    let bot: Bot | undefined;
    let slack: SlackDouble;
    beforeEach(async () => {
      if (how === 'without a bot') return;
      slack = await startSlackDouble();
      const tokens = { SLACK_BOT_TOKEN: slack.botToken, SLACK_APP_TOKEN: slack.appToken };
      bot = await Bot.start(['start', '--config', hosts.config], {
        env: { ...env, ...tokens, SLACK_API_URL: slack.apiUrl, RUNBOLT_LOG: 'silent' },
      });
      return async () => {
        await bot?.end('SIGTERM');
        await slack.close();
      };
    });

    it('is named by the fix, asks like it, and brings every byte back, once', async () => {
      const before = await bytes();
      const digest = json(await cli('plan', 'tcp', 'c-*', '--json')).plan?.digest ?? '';
      const fixed = await cli('fix', 'tcp', 'c-*', '--apply', digest);
      const run = /^undo: runbolt revert (r\w+) --config (\S+)$/m.exec(fixed.out);
      expect([fixed.code, run?.[2]]).toEqual([0, hosts.config]);
      const id = run?.[1] ?? '';
      const after = await bytes();
      expect(after).not.toEqual(before);

      const unasked = await cli('revert', id);
      expect(unasked.code).toBe(2);
      expect(unasked.err).toContain('at boot  net.ipv4.tcp_tw_reuse 1 → 2  (2 hosts: c-[1-2])');
      const line = new RegExp(`runbolt revert ${id} --config ${hosts.config} --apply ([0-9a-f]{16})`).exec(unasked.err);
      expect(unasked.out).not.toContain('reached');
      expect(await cli('revert', id, '--apply', 'ffffffff')).toMatchObject({ code: 2 });
      expect(await bytes()).toEqual(after);

      const back = await cli('revert', id, '--json', '--apply', line?.[1] ?? '');
      expect([back.code, outcomes(json(back)), json(back).run.mode]).toEqual([
        0,
        { 'c-1': 'changed', 'c-2': 'changed' },
        'revert',
      ]);
      expect(await bytes()).toEqual(before);
      expect(json(await cli('show', id, '--json')).targets.map((t) => t.reverted)).toEqual([true, true]);
      const again = await cli('revert', id);
      expect(again.code).toBe(2);
      expect(again.err).toMatch(
        new RegExp(
          `2 hosts \\(c-\\[1-2\\]\\) taken back by ${userInfo().username} on \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d UTC \\(run ${json(back).run.id}\\)`,
        ),
      );
      expect(await bytes()).toEqual(before);
    });

    it('says what is no run, and what changed nothing', async () => {
      expect(await cli('revert', 'r1')).toMatchObject({ code: 2, err: expect.stringContaining('no run `r1`') });
      const { run } = json(await cli('verify', 'tcp', 'c-1', '--json'));
      expect(await cli('revert', run.id)).toMatchObject({ code: 2, err: expect.stringContaining('changed nothing') });
    });
  });

  it('needs the approval that the fix would need now, in Slack', async () => {
    const { run } = await applied('fix', 'tcp', 'c-1');
    const before = await bytes();
    const config = configured('approval', { policies: [{ where: 'env=prod', approvers: ['U2BO'] }] });
    const done = await runbolt(['revert', run.id, '--config', config, '--apply', 'ffffffff'], { env });
    expect(done).toMatchObject({ code: 2, err: expect.stringContaining('approving is done in Slack') });
    expect(done.err).toContain(`/runbolt revert ${run.id}`);
    expect(await bytes()).toEqual(before);
  });

  it("names a later change of Runbolt's that is in the way; somebody else's is theirs", async () => {
    const before = await bytes();
    const first = await applied('fix', 'tcp', 'c-1');
    const second = await applied('fix', 'tcp', 'c-1', 'widen=true');
    expect(outcomes(second)).toEqual({ 'c-1': 'changed' });
    const early = await applied('revert', first.run.id);
    expect(outcomes(early)).toEqual({ 'c-1': 'failed' });
    expect(early.targets[0]?.reason).toContain(
      `99-zz-runbolt.conf: a later change of Runbolt's (run ${second.run.id}) is in it: take that back first`,
    );
    expect(outcomes(await applied('revert', second.run.id))).toEqual({ 'c-1': 'changed' });
    await hosts.on(
      'c-1',
      "cp /etc/sysctl.d/99-zz-runbolt.conf /tmp/kept; echo '# by hand' >> /etc/sysctl.d/99-zz-runbolt.conf",
    );
    const theirs = await applied('revert', first.run.id);
    expect(theirs.targets[0]?.reason).toContain('99-zz-runbolt.conf was changed by somebody else since');
    await hosts.on('c-1', 'cat /tmp/kept > /etc/sysctl.d/99-zz-runbolt.conf');
    expect(outcomes(await applied('revert', first.run.id))).toEqual({ 'c-1': 'changed' });
    expect(await bytes()).toEqual(before);
  });

  describe('in Slack', () => {
    let slack: SlackDouble;
    let bot: Bot;
    beforeEach(async () => {
      slack = await startSlackDouble();
      for (const id of [ANA, BO]) slack.person({ id, name: id.slice(2).toLowerCase() });
      slack.channel(OPS, [ANA, BO]);
      const tokens = { SLACK_BOT_TOKEN: slack.botToken, SLACK_APP_TOKEN: slack.appToken };
      bot = await Bot.start(['start', '--config', hosts.config], {
        env: { ...env, ...tokens, SLACK_API_URL: slack.apiUrl, RUNBOLT_LOG: 'silent' },
      });
      return async () => {
        await bot.end('SIGTERM');
        await slack.close();
      };
    });
    const markOf = (m: Message) => marked.safeParse(m.metadata).data?.event_payload;
    const runOf = (m: Message) => markOf(m)?.run ?? '';
    const ours = () => slack.messages(OPS).filter((m) => m.fromBot && !m.ephemeralTo);
    const of = (run: string, key: string) => ours().find((m) => markOf(m)?.run === run && markOf(m)?.key === key);
    /** Does it, and answers with the message of a new run that comes of it. */
    const brings = async (key: string, deed: () => void): Promise<Message> => {
      const known = new Set(ours().map(runOf));
      const found = () => ours().find((m) => markOf(m)?.key === key && !known.has(runOf(m)));
      deed();
      await until(`${key} of a new run`, () => found() !== undefined, 30_000);
      return found() ?? expect.fail();
    };
    /** The message of a run, once it says so. */
    const says = async (run: string, key: string, words: RegExp): Promise<Message> => {
      const text = () => JSON.stringify(of(run, key) ?? '');
      await until(`${key} of ${run} says ${words}`, () => words.test(text()), 60_000).catch((error) => {
        throw new Error(`${error.message}: ${text()}`);
      });
      return of(run, key) ?? expect.fail();
    };
    const fix = async (command: string): Promise<string> => {
      const plan = await brings('plan', () => slack.say(ANA, OPS, `/${command} fix c-*`));
      slack.click(ANA, plan, 'Apply');
      return runOf(plan);
    };
    const takeBack = async (run: string): Promise<{ readonly run: string; readonly plan: string }> => {
      const result = await says(run, 'result', /"Revert"/);
      const plan = await brings('plan', () => slack.click(ANA, result, 'Revert'));
      slack.click(ANA, plan, 'Apply');
      return { run: runOf(plan), plan: messageText(plan) };
    };

    it('takes back a host that did not answer in time, too, with those that were changed', async () => {
      const run = await fix('slow');
      await says(run, 'result', /1 changed, 0 failed, 1 timed out/);
      await until(
        'c-2 is changed at last',
        async () => /^changed/.test(await hosts.on('c-2', 'cat /var/lib/runbolt/attempts/*/result 2>/dev/null')),
        40_000,
      );
      const result = of(run, 'result') ?? expect.fail();
      const asShown: Message = { ...result, blocks: structuredClone(result.blocks) };
      const back = await takeBack(run);
      expect(back.plan).toContain('2 hosts');
      expect(back.plan).toContain('it is not known how far this host was changed');
      await says(back.run, 'result', /2 changed, 0 failed/);
      for (const name of HOSTS) expect(await hosts.on(name, 'ls /etc/marked 2>&1')).toContain('No such file');
      expect(messageText(of(back.run, 'summary') ?? expect.fail())).not.toContain('reached');

      const told = await says(run, 'result', /taken back by @ana/);
      expect(messageText(told)).toMatch(/2 hosts c-\[1-2\] taken back by @ana at .*\(run r\w+\)/);
      expect(JSON.stringify(told.blocks)).not.toContain('"Revert"');
      const before = slack.ephemeral(ANA).length;
      slack.click(ANA, asShown, 'Revert');
      await until('ana is told', () => slack.ephemeral(ANA).length > before, 30_000);
      expect(slack.ephemeral(ANA).map(messageText).join()).toMatch(/2 hosts \(c-\[1-2\]\) taken back by ana on .* UTC/);
      expect(slack.violations).toEqual([]);
    });

    it('says that a failed change could not be taken back, and takes it back once it can', async () => {
      const run = await fix('stuck');
      const result = await says(run, 'result', /"Revert"/);
      expect(messageText(result)).toContain('0 changed, 2 failed · 2 could not be taken back');
      expect(messageText(result)).toMatch(/no room.*; could not be taken back/);
      const document = json(await cli('show', run, '--json'));
      expect(document.targets.map((t) => [t.outcome, t.reverted])).toEqual([
        ['failed', false],
        ['failed', false],
      ]);
      await Promise.all(HOSTS.map((name) => hosts.on(name, 'touch /var/lib/free')));
      const back = await takeBack(run);
      await says(back.run, 'result', /2 changed, 0 failed/);
      for (const name of HOSTS) expect(await hosts.on(name, 'ls /etc/marked 2>&1')).toContain('No such file');
    });

    it('says that a failed change was taken back, and offers nothing more', async () => {
      await Promise.all(HOSTS.map((name) => hosts.on(name, 'touch /var/lib/free')));
      const run = await fix('stuck');
      const result = await says(run, 'result', /2 failed/);
      expect(messageText(result)).toContain('0 changed, 2 failed · 2 taken back');
      expect(JSON.stringify(result.blocks)).not.toContain('"Revert"');
      expect(json(await cli('show', run, '--json')).targets.map((t) => t.reverted)).toEqual([true, true]);
    });

    it('is asked for by name, where the run was asked for on the command line', async () => {
      const before = await bytes();
      const digest = json(await cli('plan', 'tcp', 'c-*', '--json')).plan?.digest ?? '';
      const { run } = json(await cli('fix', 'tcp', 'c-*', '--json', '--apply', digest));
      const plan = await brings('plan', () => slack.say(BO, OPS, `/runbolt revert ${run.id}`));
      const second = await brings('plan', () => slack.say(ANA, OPS, `/runbolt revert ${run.id}`));
      slack.click(BO, plan, 'Apply');
      await says(runOf(plan), 'result', /2 changed, 0 failed/);
      expect(await bytes()).toEqual(before);
      const told = slack.ephemeral(ANA).length;
      slack.click(ANA, second, 'Apply');
      await until('ana is told', () => slack.ephemeral(ANA).length > told, 30_000);
      expect(slack.ephemeral(ANA).map(messageText).join()).toContain('taken back by bo');
      expect(slack.violations).toEqual([]);
    });
  });
});
