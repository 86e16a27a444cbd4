import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { thisMachine } from '../../src/demo/machine.js';
import { namespaceMode } from '../../src/demo/namespaces/ability.js';
import { runDocument } from '../../src/engine/document.js';
import { Bot, runbolt } from '../rig/bot/bot.js';
import { type SmallFleet, startSmallFleet } from '../rig/bot/small-fleet.js';
import { type Message, messageText, type SlackDouble, startSlackDouble, until } from '../rig/slack/index.js';

const able = namespaceMode(thisMachine());
const why = able.ok ? '' : ` (skipped: ${able.fault.message})`;
const [ANA, BO, EVE, GUEST, STRANGER, OPS] = ['U1ANA', 'U2BO', 'U9EVE', 'U5GUEST', 'U6OUT', 'C0OPS'];
const CROWD = Array.from({ length: 20 }, (_, i) => `U7SRE${i}`);
/** p-*: approved by the usergroup; o-*: under no policy; a-1: only eve may ask; e-1: a plan lives for a minute. */
const HOSTS = ['a-1', 'e-1', 'o-1', 'o-2', 'p-1', 'p-2'];
const POLICIES = [
  { where: 'p-*', approvers: ['S0SRE'] },
  { where: 'a-1', approvals: 0, allow: { fix: [EVE] } },
  { where: 'e-1', approvers: ['S0SRE'], expires: '1m' },
];
const BYTES = `cat /proc/sys/net/ipv4/tcp_tw_reuse; stat -c '%n %a %u:%g %s' /etc/sysctl.conf /etc/sysctl.d/* 2>/dev/null
cat /etc/sysctl.conf /etc/sysctl.d/* 2>/dev/null`;
/** A change tells the host's syslog: until /run/go is there, no longer than 20 s, that does not come back. */
const HELD_UP = `printf '#!/bin/sh\\nn=0; until [ -e /run/go ] || [ $n -ge 200 ]; do n=$((n + 1)); sleep 0.1; done\\n' > /run/slow
chmod 755 /run/slow; mount --bind /run/slow "$(command -v logger)"`;
const LET_GO = 'touch /run/go; umount "$(command -v logger)"; rm -f /run/slow';

const marked = z.object({ event_payload: z.object({ run: z.string(), key: z.string() }) });
const markOf = (m: Message) => marked.safeParse(m.metadata).data?.event_payload;

describe.skipIf(!able.ok)(`approval in Slack${why}`, { timeout: 300_000 }, () => {
  let hosts: SmallFleet;
  let slack: SlackDouble;
  let bot: Bot;
  let env: Record<string, string>;
  let expiring: Message;

  beforeAll(async () => {
    hosts = await startSmallFleet(HOSTS, { policies: POLICIES, limits: { gather: '10s', apply: '30s' } });
    slack = await startSlackDouble();
    for (const id of [ANA, BO, EVE, ...CROWD]) slack.person({ id, name: id.slice(2).toLowerCase() });
    slack.person({ id: GUEST, name: 'guest', guest: 'multi' });
    slack.person({ id: STRANGER, name: 'out', stranger: true, team: 'T9OTHER' });
    slack.channel(OPS, [ANA, BO, EVE, GUEST, STRANGER, ...CROWD]);
    slack.usergroup('S0SRE', 'sre', [ANA, BO, GUEST, STRANGER, ...CROWD]);
    env = {
      RUNBOLT_DATA: join(hosts.directory, 'data'),
      RUNBOLT_LOG: 'silent',
      SLACK_API_URL: slack.apiUrl,
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_APP_TOKEN: slack.appToken,
    };
    bot = await Bot.start(['start', '--config', hosts.config], { env });
    expiring = await planned(ANA, 'e-1');
  }, 120_000);
  afterAll(async () => {
    await bot?.end('SIGTERM');
    await slack.close();
    await hosts.stop();
    rmSync(hosts.directory, { recursive: true, force: true });
  });

  const threads = () => slack.messages(OPS).filter((m) => m.fromBot && !m.ephemeralTo);
  const of = (run: string, key: string) => threads().find((m) => markOf(m)?.run === run && markOf(m)?.key === key);
  const runOf = (m: Message) => markOf(m)?.run ?? '';
  const newest = (key: string, known: ReadonlySet<string>) =>
    threads().find((m) => markOf(m)?.key === key && !known.has(runOf(m)));
  /** Asks for a fix and answers with the message that shows the plan. */
  const planned = async (who: string, selector: string): Promise<Message> => {
    const known = new Set(threads().map(runOf));
    slack.say(who, OPS, `/tcp fix ${selector}`);
    await until(`the plan for ${selector} is shown`, () => newest('plan', known) !== undefined, 60_000);
    const message = newest('plan', known);
    if (!message) throw new Error('no plan');
    return message;
  };
  const told = (who: string) => slack.ephemeral(who).map(messageText).join('\n');
  /** Presses, and waits until the presser alone was told something more. */
  const refused = async (who: string, message: Message, button: string): Promise<string> => {
    const before = slack.ephemeral(who).length;
    slack.click(who, message, button);
    await until(`${who} is told`, () => slack.ephemeral(who).length > before, 30_000);
    return slack.ephemeral(who).slice(before).map(messageText).join('\n');
  };
  const ended = (run: string) =>
    until(
      `${run} has its result`,
      () => /changed|drifted|cancelled|failed/.test(of(run, 'result')?.text ?? ''),
      60_000,
    );
  const document = async (run: string) => {
    const shown = await runbolt(['show', run, '--json', '--config', hosts.config], { env });
    return runDocument.parse(JSON.parse(shown.out));
  };
  const outcomes = async (run: string) =>
    Object.fromEntries((await document(run)).targets.map((t) => [t.name, t.outcome]));
  const bytes = (name: string) => hosts.on(name, BYTES);

  it('is for members of the usergroup: not the requester, nor others, nor guests, nor strangers', async () => {
    await hosts.reset();
    const before = await Promise.all(['p-1', 'p-2'].map(bytes));
    const plan = await planned(ANA, 'p-*');
    expect(await refused(ANA, plan, 'Approve')).toContain('Who asked for a change cannot approve it.');
    expect(await refused(EVE, plan, 'Approve')).toContain('You are not among the approvers of this plan.');
    for (const who of [GUEST, STRANGER]) {
      expect(await refused(who, plan, 'Approve')).toContain('Guests and people of other organisa');
    }
    expect((await document(runOf(plan))).run.phase).toBe('deciding');
    expect(await Promise.all(['p-1', 'p-2'].map(bytes))).toEqual(before);
    slack.click(BO, plan, 'Deny');
    await ended(runOf(plan));
  });

  it('is not decided while Slack does not say who belongs where, which is not taken for a no', async () => {
    await hosts.reset();
    const plan = await planned(ANA, 'p-1');
    const [sre = ''] = CROWD;
    // Their name is asked for as well.
    slack.misbehave('users.info', '500', 2);
    const said = await refused(sre, plan, 'Deny');
    expect(said).toMatch(/Slack could not be asked who you are \(.*\): nothing was decided or begun\.\nTry again/);
    expect((await document(runOf(plan))).run.phase).toBe('deciding');
    slack.click(sre, plan, 'Deny');
    await ended(runOf(plan));
  });

  it('is won by one of twenty presses at once, and the others read who', async () => {
    await hosts.reset();
    const plan = await planned(ANA, 'p-*');
    for (const who of CROWD) slack.click(who, plan, 'Approve');
    const losers = () => CROWD.filter((who) => /U7|sre\d+ approved this plan already/i.test(told(who)));
    await until('nineteen are told', () => losers().length >= 19, 90_000);
    await ended(runOf(plan));
    expect(losers()).toHaveLength(19);
    const [winner] = CROWD.filter((who) => !losers().includes(who));
    expect(told(losers()[0] ?? '')).toContain(`${winner?.slice(2).toLowerCase()} approved this plan already.`);
    expect(await outcomes(runOf(plan))).toEqual({ 'p-1': 'changed', 'p-2': 'changed' });
    const attempts = await Promise.all(['p-1', 'p-2'].map((n) => hosts.on(n, 'ls /var/lib/runbolt/attempts | wc -l')));
    expect(attempts.map((n) => n.trim())).toEqual(['1', '1']);
  });

  it('is final when denied: the button is gone, and a late press changes nothing', async () => {
    await hosts.reset();
    const before = await bytes('p-1');
    const plan = await planned(ANA, 'p-1');
    const asShown: Message = { ...plan, blocks: structuredClone(plan.blocks) };
    slack.click(BO, plan, 'Deny');
    await ended(runOf(plan));
    expect(await refused(CROWD[0] ?? '', asShown, 'Approve')).toContain('bo denied this plan already.');
    expect(await outcomes(runOf(plan))).toEqual({ 'p-1': 'cancelled' });
    expect(await bytes('p-1')).toBe(before);
    await until('the button is gone', () => !JSON.stringify(of(runOf(plan), 'plan')?.blocks).includes('Approve'));
  });

  it('holds for what was seen: a host that differs by now is drifted, and nothing is changed there', async () => {
    await hosts.reset();
    const plan = await planned(ANA, 'p-*');
    await hosts.on('p-2', 'echo 0 > /proc/sys/net/ipv4/tcp_tw_reuse');
    const before = await bytes('p-2');
    slack.click(BO, plan, 'Approve');
    await ended(runOf(plan));
    expect(await outcomes(runOf(plan))).toEqual({ 'p-1': 'changed', 'p-2': 'drifted' });
    expect(await bytes('p-2')).toBe(before);
  });

  it("is not needed outside every policy: there the requester's own Apply does it, and nobody else's", async () => {
    await hosts.reset();
    const plan = await planned(ANA, 'o-1');
    expect(JSON.stringify(plan.blocks)).not.toContain('Approve');
    const before = await bytes('o-1');
    for (const who of [BO, EVE])
      expect(await refused(who, plan, 'Apply')).toContain('Only ana, who asked for this plan');
    expect(await bytes('o-1')).toBe(before);
    slack.click(ANA, plan, 'Apply');
    await ended(runOf(plan));
    expect(await outcomes(runOf(plan))).toEqual({ 'o-1': 'changed' });
    expect(of(runOf(plan), 'plan')?.text).toContain('✓ confirmed by @ana at ');
    expect(of(runOf(plan), 'rollout')?.text).toMatch(/^confirmed by @ana · canary o-1 ✓ · 1 of 1/);
  });

  it('does not help who may not ask', async () => {
    const before = slack.ephemeral(ANA).length;
    slack.say(ANA, OPS, '/tcp fix a-1');
    await until('ana is told', () => slack.ephemeral(ANA).length > before, 30_000);
    expect(told(ANA)).toContain('lets only');
    const plan = await planned(EVE, 'a-1');
    slack.click(EVE, plan, 'Deny');
    await ended(runOf(plan));
  });

  it('waits while another run changes one of the same hosts', async () => {
    await hosts.reset();
    const [first, second] = [await planned(ANA, 'o-*'), await planned(BO, 'o-*')];
    await hosts.on('o-1', HELD_UP);
    try {
      slack.click(ANA, first, 'Apply');
      await until('the change is on its way', () => of(runOf(first), 'rollout') !== undefined, 30_000);
      expect(await refused(BO, second, 'Apply')).toContain('is being changed by the run');
    } finally {
      await hosts.on('o-1', LET_GO);
    }
    await ended(runOf(first));
    expect(await outcomes(runOf(first))).toEqual({ 'o-1': 'changed', 'o-2': 'changed' });
    slack.click(BO, second, 'Deny');
    await ended(runOf(second));
  });

  it('is needed for taking back, too, and then every byte is as before', async () => {
    await hosts.reset();
    const before = await Promise.all(['p-1', 'p-2'].map(bytes));
    const plan = await planned(ANA, 'p-*');
    slack.click(BO, plan, 'Approve');
    await ended(runOf(plan));
    expect(await Promise.all(['p-1', 'p-2'].map(bytes))).not.toEqual(before);
    const result = of(runOf(plan), 'result');
    if (!result) throw new Error('no result');
    const known = new Set(threads().map(runOf));
    slack.click(ANA, result, 'Revert');
    await until('the plan to take back is shown', () => newest('plan', known) !== undefined, 30_000);
    const back = newest('plan', known);
    if (!back) throw new Error('no plan');
    expect(back.thread).toBe(plan.thread);
    expect(await refused(ANA, back, 'Approve')).toContain('cannot approve it');
    slack.click(BO, back, 'Approve');
    await ended(runOf(back));
    expect(await outcomes(runOf(back))).toEqual({ 'p-1': 'changed', 'p-2': 'changed' });
    expect(await Promise.all(['p-1', 'p-2'].map(bytes))).toEqual(before);
  });

  it('comes too late when the plan has expired', async () => {
    await until('a minute is over', () => /expired at/.test(of(runOf(expiring), 'plan')?.text ?? ''), 90_000);
    expect(await outcomes(runOf(expiring))).toEqual({ 'e-1': 'cancelled' });
    expect(await hosts.on('e-1', 'ls /var/lib/runbolt/attempts 2>/dev/null | wc -l')).toBe('0\n');
  });

  it('breaks no limit of Slack on all these ways', () => {
    expect(slack.violations).toEqual([]);
  });
});
