import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEngines } from '../../src/adapters/engines.js';
import { type Bot, startBot } from '../../src/composition/bot.js';
import { builtIn } from '../../src/composition/registry.js';
import { loadRunbookFile, SHIPPED_RUNBOOKS } from '../../src/composition/runbook-files.js';
import { systemClock, systemRandom } from '../../src/composition/system.js';
import { type Config, readConfig } from '../../src/core/config.js';
import type { Runbooks } from '../../src/core/request.js';
import { occurrenceKey, type Schedule } from '../../src/core/schedule.js';
import { thisMachine } from '../../src/demo/machine.js';
import { namespaceMode } from '../../src/demo/namespaces/ability.js';
import { runbolt } from '../rig/bot/bot.js';
import { type SmallFleet, startSmallFleet } from '../rig/bot/small-fleet.js';
import { type Message, messageText, type SlackDouble, startSlackDouble, until } from '../rig/slack/index.js';

const able = namespaceMode(thisMachine());
const why = able.ok ? '' : ` (skipped: ${able.fault.message})`;
const [ANA, BO, NEW, ALWAYS, NEVER] = ['U1ANA', 'U2BO', 'C0NEW', 'C0ALWAYS', 'C0NEVER'];
const HOSTS = ['web-1', 'web-2', 'web-3'];
const logger = pino({ level: process.env.RUNBOLT_TEST_LOG ?? 'silent' });
const scheduled = (name: string, cron: string, channel: string, post: Schedule['post'], run: string): Schedule => ({
  ...{ name, cron, timezone: 'UTC', run, channel, post, place: { line: 1, column: 1 } },
});

describe.skipIf(!able.ok)(`audits on a schedule${why}`, { timeout: 300_000 }, () => {
  let hosts: SmallFleet;
  let slack: SlackDouble;
  let config: Config;
  let runbooks: Runbooks;
  let bot: Bot | undefined;

  /** A bot in this process: its schedules may have seconds, which a configuration file may not. */
  const start = async (dataDir: string, schedules: readonly Schedule[]): Promise<Bot> => {
    const started = await startBot({
      env: {
        ...{ configPath: hosts.config, configNamed: true, dataDir, demoDir: dataDir, secrets: {} },
        ...{ user: 'ops', home: hosts.directory, inherited: {}, logLevel: 'silent' },
      },
      ...{ config: { ...config, schedules }, runbooks, logger },
      slack: { botToken: slack.botToken, appToken: slack.appToken, apiUrl: slack.apiUrl },
    });
    if (!started.ok) throw new Error(`${started.fault.message} ${started.fault.next}`);
    bot = started.value;
    return bot;
  };
  /** The audits told in a channel. On a busy machine an audit may outlast the seconds to the next, which is then said. */
  const roots = (channel: string) =>
    slack
      .messages(channel)
      .filter((m) => m.fromBot && !m.thread && !m.ephemeralTo && !messageText(m).includes('was still going on'));
  const firstOf = (channel: string): Message => {
    const [message] = roots(channel);
    if (!message) throw new Error(`nothing in ${channel}`);
    return message;
  };
  const ended = async (name: string): Promise<number> => {
    const runs = (await bot?.room.engines.ledger.runs(500)) ?? [];
    return runs.filter((r) => r.actor === `schedule:${name}` && r.phase === 'ended').length;
  };
  const told = (channel: string) => roots(channel).map(messageText);

  beforeAll(async () => {
    const policies = [{ where: 'web-*', approvers: [BO] }];
    hosts = await startSmallFleet(HOSTS, { policies, limits: { gather: '10s', apply: '30s' } });
    const read = readConfig('runbolt.yaml', hosts.text, 'ops');
    const tcp = await loadRunbookFile(join(SHIPPED_RUNBOOKS, 'tcp.yaml'), builtIn);
    if (!read.ok || !tcp.ok) throw new Error('the configuration cannot be read');
    config = read.value;
    runbooks = new Map([['tcp', tcp.value]]);
    slack = await startSlackDouble();
    for (const id of [ANA, BO]) slack.person({ id, name: id.slice(2).toLowerCase() });
    for (const channel of [NEW, ALWAYS, NEVER]) slack.channel(channel, [ANA, BO]);
  }, 120_000);
  afterAll(async () => {
    await bot?.stop();
    await slack?.close();
    await hosts?.stop();
    rmSync(hosts?.directory ?? '', { recursive: true, force: true });
  });

  describe('of a bot that stays', () => {
    beforeAll(async () => {
      await start(join(hosts.directory, 'data'), [
        scheduled('new', '*/2 * * * * *', NEW, 'new', 'tcp verify web-*'),
        scheduled('always', '*/4 * * * * *', ALWAYS, 'always', 'tcp verify web-1 wbe-9 warn=90'),
        scheduled('never', '*/4 * * * * *', NEVER, 'never', 'tcp verify web-1'),
      ]);
    }, 60_000);

    it('are posted the first time, as the schedule, with findings, coverage and buttons', async () => {
      await until('the first audit is told', () => roots(NEW).length === 1, 60_000);
      const text = messageText(firstOf(NEW));
      expect(text).toMatch(/^PROD · tcp verify · web-\* · 3 of 3 hosts reached · schedule new · [\d.]+ s/);
      expect(text).toContain('first audit of the schedule new');
      expect(text).toMatch(/! \*?3 hosts\*? {2}web-\[1-3\]/);
      expect(text).toContain('[Plan the fix]');
    });

    it('are not posted again while nothing is new, but recorded', async () => {
      const before = await ended('new');
      await until('three more have ended', async () => (await ended('new')) >= before + 3, 60_000);
      expect(roots(NEW)).toHaveLength(1);
      await until('all that ended is settled', async () => {
        const stale = await bot?.room.engines.ledger.outbox.stale();
        return stale?.length === 0 || stale?.length === 1;
      });
    });

    it('are posted when something is gone, with what it was and since when', async () => {
      await hosts.on('web-2', 'sed -i s/tcp_tw_reuse.*/tcp_tw_reuse=1/ /etc/sysctl.conf');
      await until('the change is told', () => roots(NEW).length === 2, 60_000);
      expect(told(NEW)[1]).toMatch(/\*1 gone\* since \d\d:\d\d UTC/);
      expect(told(NEW)[1]).toMatch(/gone {2}\*?1 host\*? {2}web-2 {2}tcp_tw_reuse is 1 now, 2 after a reboot/);
    });

    it('carry on in their thread when a person asks for the fix, who is the requester', async () => {
      const message = firstOf(NEW);
      slack.click(ANA, message, 'Plan the fix');
      const replies = () => slack.messages(NEW).filter((m) => m.thread === message.ts && !m.ephemeralTo);
      await until('the plan is in the thread', () => replies().some((m) => /\[Approve\]/.test(messageText(m))), 60_000);
      expect(replies().map(messageText).join('\n')).toMatch(/needs one of <@U2BO>, not @ana/);
      const runs = await bot?.room.engines.ledger.runs(500);
      expect(runs?.find((r) => r.command === 'tcp fix web-*')?.actor).toBe('ana');
    });

    it('are always posted where that is asked for, never where not', async () => {
      await until('several have ended', async () => (await ended('never')) >= 2 && roots(ALWAYS).length >= 2, 60_000);
      expect(told(ALWAYS)[1]).toContain('*nothing new* since');
      expect(told(ALWAYS)[1]).toMatch(
        /^PROD · tcp verify · web-1 wbe-9 · warn=90 · 1 of 1 host reached · schedule always .*\n\? not in the inventory: wbe-9\n/,
      );
      expect(roots(NEVER)).toEqual([]);
    });

    it('ask for no change, nor approve one, whoever writes the request', async () => {
      const engine = bot?.room.engine;
      const actor = { id: 'schedule:new', name: 'schedule:new' };
      const asked = await engine?.request('tcp fix web-1', actor, { door: 'slack', channel: NEW }, 'schedule-asks');
      expect(asked).toMatchObject({ ok: false, fault: { code: 'not_allowed' } });
      const known = await bot?.room.engines.ledger.runs(500);
      const waiting = known?.find((r) => r.command === 'tcp fix web-*');
      const digest = (await engine?.run(waiting?.id ?? ''))?.planned?.digest ?? '';
      const pressed = await engine?.press({ action: 'approve', runId: waiting?.id ?? '', digest }, actor, 'presses');
      expect(pressed).toMatchObject({ ok: false, fault: { code: 'not_approver' } });
    });

    it('break none of Slack’s limits', () => {
      expect(slack.violations).toEqual([]);
    });
  });

  it('that were missed are said once, when the bot is back', async () => {
    await bot?.stop();
    bot = undefined;
    const dataDir = join(hosts.directory, 'later');
    const nightly = scheduled('nightly', '* * * * *', NEW, 'new', 'tcp verify web-1');
    const context = { clock: systemClock, random: systemRandom, logger };
    const engines = await openEngines({ ...context, dataDir, courier: 'shared' });
    if (!engines.ok) throw new Error(engines.fault.message);
    const { ledger, queue, close } = engines.value;
    await queue.schedule([nightly], async () => undefined);
    const dueAt = Math.floor(Date.now() / 60_000) * 60_000 - 600_000;
    await ledger.open(occurrenceKey('nightly', dueAt), {
      ...{ kind: 'opened', at: dueAt, actor: { id: 'schedule:nightly', name: 'schedule:nightly' } },
      origin: { door: 'schedule', schedule: 'nightly', channel: NEW, post: 'never', dueAt },
      request: {
        ...{ runbook: 'tcp', verb: 'verify', mode: 'verify', selector: 'web-1', params: {}, given: [] },
        text: 'tcp verify web-1',
      },
      ...{ targets: [], shard: 1 },
    });
    await close(0);
    const before = roots(NEW).length;
    const again = await start(dataDir, [nightly]);
    const missed = () => told(NEW).filter((text) => text.includes('nightly missed'));
    await until('it is said', () => missed().length > 0, 60_000);
    // Those of the last five minutes may still come; once the courier has brought a newer one they are missed too.
    expect(missed()[0]).toMatch(
      /^! nightly missed (?:[4-9]|1[01]) audits, \d\d:\d\d UTC to \d\d:\d\d UTC: the bot was not running/,
    );
    expect(missed()[0]).toContain('[Run again]');
    await again.stop();
    await start(dataDir, [nightly]);
    const since = performance.now();
    await until('the bot has looked', () => performance.now() - since > 6_000);
    // What was said to be missed is not said again; of a newer time it may be.
    const minutes = (time = '') => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
    const [first = [], ...later] = missed().map((text) =>
      [...text.matchAll(/\d\d:\d\d(?= UTC)/g)].map(([time]) => time),
    );
    for (const [begins] of later) {
      const after = (minutes(begins) - minutes(first.at(-1)) + 1_440) % 1_440;
      expect([after > 0, after < 60]).toEqual([true, true]);
    }
    expect(roots(NEW).length).toBeGreaterThan(before);
    expect(slack.violations).toEqual([]);
  });

  it('are linted: every mistake with its place', async () => {
    const file = join(hosts.directory, 'bad', 'runbolt.yaml');
    mkdirSync(join(hosts.directory, 'bad'));
    const bad = `schedules:
  - { name: nightly, cron: "0 6 * * *", run: tcp verify, channel: C0OPS }
  - { name: weekly, cron: "0 6 * * 1", run: tcp fix web-*, channel: C0OPS }
`;
    writeFileSync(file, bad);
    const linted = await runbolt(['lint', file]);
    expect(linted.code).toBe(2);
    expect(linted.out).toMatch(/runbolt\.yaml:2:46 `tcp verify` needs to know which hosts\./);
    expect(linted.out).toMatch(/runbolt\.yaml:3:45 A schedule cannot ask for `tcp fix`: it changes hosts\./);
    writeFileSync(file, bad.replace('0 6 * * *"', '0 66 * * *"').replace('C0OPS', 'ops'));
    const wrong = await runbolt(['lint', file]);
    expect(wrong.out).toMatch(/runbolt\.yaml:2:29 `schedules\.0\.cron`: has 66 where 0 to 23 is possible/);
    expect(wrong.out).toMatch(/`schedules\.0\.channel`: must be the ID of a Slack channel/);
  });

  it('that would change hosts keep the bot from starting', async () => {
    const change = scheduled('nightly', '* * * * *', NEW, 'new', 'tcp fix web-1');
    await expect(start(join(hosts.directory, 'other'), [change])).rejects.toThrow(
      /has 1 mistake\. .*A schedule cannot ask for `tcp fix`: it changes hosts\./,
    );
  });
});
