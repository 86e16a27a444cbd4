import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEmbeddedLedger } from '../../src/adapters/ledger/index.js';
import { systemClock, systemRandom } from '../../src/composition/system.js';
import { OUTCOMES } from '../../src/core/outcome.js';
import { thisMachine } from '../../src/demo/machine.js';
import { namespaceMode } from '../../src/demo/namespaces/ability.js';
import { Bot } from '../rig/bot/bot.js';
import { type SmallFleet, startSmallFleet } from '../rig/bot/small-fleet.js';
import { freePort } from '../rig/servers/index.js';
import { messageText, type SlackDouble, startSlackDouble, until } from '../rig/slack/index.js';

const able = namespaceMode(thisMachine());
const why = able.ok ? '' : ` (skipped: ${able.fault.message})`;
const noPromtool = spawnSync('promtool', ['--version']).error ? ' (skipped: promtool is not installed)' : '';
const [ANA, BO, OPS] = ['U1ANA', 'U2BO', 'C0OPS'];
const SECRETS = { RUNBOLT_SSH_PASSPHRASE: 'pass-phrase-of-keys', RUNBOLT_SECRET_REDIS: 'word-of-redis' };

describe.skipIf(!able.ok)(`metrics and logs of a real run${why}`, { timeout: 180_000 }, () => {
  let hosts: SmallFleet;
  let slack: SlackDouble;
  let bot: Bot;
  let dataDir: string;
  let exposition: string;
  let type: string;

  /** The value of the sample that is written so; undefined when there is none. */
  const value = (sample: string): number | undefined => {
    const found = exposition.split('\n').find((line) => line.startsWith(`${sample} `));
    return found === undefined ? undefined : Number(found.slice(sample.length + 1));
  };
  const roots = () => slack.messages(OPS).filter((m) => m.fromBot && !m.ephemeralTo);
  const told = (pattern: RegExp) =>
    until(String(pattern), () => roots().some((m) => pattern.test(messageText(m))), 30_000);

  beforeAll(async () => {
    [hosts, slack] = await Promise.all([
      startSmallFleet(['m-1', 'm-2'], { policies: [{ where: 'm-*', approvers: [BO] }] }),
      startSlackDouble(),
    ]);
    for (const id of [ANA, BO]) slack.person({ id, name: id.slice(2).toLowerCase() });
    slack.channel(OPS, [ANA, BO]);
    dataDir = join(hosts.directory, 'data');
    const port = await freePort();
    const tokens = { SLACK_BOT_TOKEN: slack.botToken, SLACK_APP_TOKEN: slack.appToken, SLACK_API_URL: slack.apiUrl };
    const env = { ...tokens, ...SECRETS, RUNBOLT_DATA: dataDir, RUNBOLT_LOG: 'debug', RUNBOLT_HTTP: String(port) };
    bot = await Bot.start(['start', '--config', hosts.config], { env });
    slack.misbehave('chat.postMessage', '429', 2, 1);
    await slack.say(ANA, OPS, '/tcp verify m-*').acked;
    await told(/tcp verify · m-\* · 2 of 2 hosts reached/);
    await slack.say(ANA, OPS, '/tcp fix m-*').acked;
    await told(/\[Approve\]/);
    const plan = roots().find((m) => messageText(m).includes('[Approve]'));
    if (plan) await slack.click(BO, plan, 'Approve').acked;
    await told(/^2 changed/);
    await slack.say(ANA, OPS, '/tcp verify m-1').acked;
    await told(/tcp verify · m-1 · 1 of 1 hosts? reached/);
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
    exposition = await answer.text();
    type = answer.headers.get('content-type') ?? '';
    await bot.end('SIGTERM');
  }, 90_000);
  afterAll(async () => {
    await bot?.end('SIGTERM');
    await Promise.all([slack.close(), hosts.stop()]);
    rmSync(hosts.directory, { recursive: true, force: true });
  });

  it.skipIf(noPromtool !== '')(`promtool finds nothing wrong with them${noPromtool}`, () => {
    expect(type).toBe('text/plain; version=0.0.4; charset=utf-8');
    const checked = spawnSync('promtool', ['check', 'metrics'], { input: exposition, encoding: 'utf8' });
    expect([checked.status, checked.stdout + checked.stderr]).toEqual([0, '']);
  });

  it('the documentation names each of them, with its labels, and no other', () => {
    const text = readFileSync(new URL('../../docs/monitoring.md', import.meta.url), 'utf8');
    const documented = [...text.matchAll(/^\| `(runbolt_\w+)/gm)].map(([, name]) => name);
    const served = [...exposition.matchAll(/^# HELP (runbolt_\w+)/gm)].map(([, name]) => name);
    expect(documented.sort()).toEqual(served.sort());
  });

  it('the numbers are those of the ledger', async () => {
    const logger = pino({ level: 'silent' });
    const opened = await openEmbeddedLedger(dataDir, { clock: systemClock, random: systemRandom, logger });
    if (!opened.ok) throw new Error(opened.fault.message);
    const { ledger } = opened.value;
    const summaries = await ledger.runs(100);
    const runs = await Promise.all(summaries.map(({ id }) => ledger.run(id)));
    await ledger.close();
    expect(runs.map((run) => run?.phase)).toEqual(['ended', 'ended', 'ended']);
    for (const outcome of OUTCOMES) {
      const inLedger = runs.flatMap((run) => Object.values(run?.ended?.outcomes ?? {})).filter((o) => o === outcome);
      expect([outcome, value(`runbolt_target_outcomes_total{outcome="${outcome}"}`)]).toEqual([
        outcome,
        inLedger.length,
      ]);
    }
    const verifies = runs.filter((run) => run?.opened.request.verb === 'verify');
    const counted = exposition.split('\n').filter((line) => line.startsWith('runbolt_runs_total{'));
    expect(counted.map((line) => line.replace(/.* /, '')).reduce((sum, n) => sum + Number(n), 0)).toBe(runs.length);
    expect(counted.some((line) => line.includes('verb="verify"'))).toBe(true);
    expect(verifies).toHaveLength(2);
    expect(value('runbolt_runs_total{runbook="tcp",verb="fix",result="ok"}')).toBe(1);
    const fix = runs.find((run) => run?.opened.request.verb === 'fix');
    const waited = ((fix?.decision?.at ?? 0) - (fix?.planned?.at ?? 0)) / 1000;
    expect(value('runbolt_approval_wait_seconds_count{verdict="approved"}')).toBe(1);
    expect(value('runbolt_approval_wait_seconds_sum{verdict="approved"}')).toBeCloseTo(waited, 3);
  });

  it('dials, limits of Slack, the queue and the ledger are counted, in seconds, without a host as a label', () => {
    expect(value('runbolt_ssh_dials_total{result="ok"}')).toBeGreaterThanOrEqual(2);
    expect(value('runbolt_slack_rate_limited_total{method="chat.postMessage"}')).toBe(2);
    expect(value('runbolt_queue_jobs{state="waiting"}')).toBe(0);
    expect(value('runbolt_queue_oldest_age_seconds')).toBe(0);
    expect(value('runbolt_queue_up')).toBe(1);
    expect(value('runbolt_slack_lag_seconds')).toBeLessThan(5);
    expect(value('runbolt_ledger_write_seconds_count')).toBeGreaterThan(9);
    expect(value('runbolt_execution_seconds_count{transport="ssh",result="exited"}')).toBeGreaterThanOrEqual(6);
    expect(value('process_resident_memory_bytes')).toBeGreaterThan(10_000_000);
    expect(exposition).not.toMatch(/m-1|m-2|127\.0\.0\.1|U1ANA|C0OPS/);
  });

  it('each line of the log is JSON, and says which run and which host it concerns', () => {
    const lines = bot.output.split('\n').filter((line) => line !== '' && !line.startsWith('Runbolt is ready'));
    const read = lines.map((line): Record<string, unknown> => JSON.parse(line));
    const of = (message: string) => read.filter(({ msg }) => msg === message);
    const ids = of('run opened').map(({ runId }) => runId);
    expect(new Set(ids).size).toBe(3);
    expect(of('run ended').map(({ runId }) => runId)).toEqual(ids);
    expect(of('run ended').map(({ outcomes }) => outcomes)[1]).toEqual({ changed: 2 });
    expect(
      of('change attempted')
        .map(({ runId, target }) => [runId, target])
        .sort(),
    ).toEqual([
      [ids[1], 'm-1'],
      [ids[1], 'm-2'],
    ]);
    expect(of('plan decided')).toMatchObject([{ runId: ids[1], actor: `slack:${BO}`, verdict: 'approved' }]);
    expect(of('a message was not delivered').every(({ runId }) => ids.includes(runId))).toBe(true);
    expect(read.filter(({ level }) => Number(level) >= 50)).toEqual([]);
  });

  it('no secret is in the log or the metrics, however much is logged', () => {
    const keys = hosts.fleet.targets.map(({ identity = '' }) => readFileSync(identity, 'utf8').split('\n')[1] ?? '');
    const secrets = [slack.botToken, slack.appToken, ...Object.values(SECRETS), ...keys];
    expect(secrets.every((secret) => secret.length > 8)).toBe(true);
    for (const secret of secrets) expect((bot.output + exposition).includes(secret)).toBe(false);
  });
});
