import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { thisMachine } from '../../src/demo/machine.js';
import { namespaceMode } from '../../src/demo/namespaces/ability.js';
import { runDocument } from '../../src/engine/document.js';
import { Bot, runbolt } from '../rig/bot/bot.js';
import { type SmallFleet, startSmallFleet } from '../rig/bot/small-fleet.js';
import { type Message, type SlackDouble, startSlackDouble, until } from '../rig/slack/index.js';

const able = namespaceMode(thisMachine());
const why = able.ok ? '' : ` (skipped: ${able.fault.message})`;
const [ANA, BO, OPS] = ['U1ANA', 'U2BO', 'C0OPS'];
const HOSTS = ['c-1', 'c-2', 'c-3', 'c-4'];
const MOMENTS = 20;
const SEED = 20261122;

/** Uniform in [0, 1), the same sequence for the same seed (mulberry32). */
const random = (seed: number) => {
  let state = seed;
  return () => {
    state += 0x6d2b79f5;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
};

const marked = z.object({ event_payload: z.object({ run: z.string(), key: z.string() }) });
const markOf = (m: Message) => marked.safeParse(m.metadata).data?.event_payload;

describe.skipIf(!able.ok)(`killed at any moment${why}`, () => {
  let hosts: SmallFleet;
  let slack: SlackDouble;
  let bot: Bot | undefined;
  let env: Record<string, string>;

  beforeAll(async () => {
    const policies = [{ where: 'env=prod', approvals: 1, approvers: [BO] }];
    hosts = await startSmallFleet(HOSTS, { policies, limits: { gather: '10s', apply: '20s' } });
    slack = await startSlackDouble();
    slack.person({ id: ANA, name: 'ana' });
    slack.person({ id: BO, name: 'bo' });
    slack.channel(OPS, [ANA, BO]);
    env = {
      RUNBOLT_DATA: join(hosts.directory, 'data'),
      RUNBOLT_LOG: 'silent',
      SLACK_API_URL: slack.apiUrl,
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_APP_TOKEN: slack.appToken,
    };
  });
  afterAll(async () => {
    await bot?.end('SIGKILL');
    await slack.close();
    await hosts.stop();
    rmSync(hosts.directory, { recursive: true, force: true });
  });

  const startBot = async () => {
    bot = await Bot.start(['start', '--config', hosts.config], { env });
  };
  const document = async (run: string) => {
    const shown = await runbolt(['show', run, '--json', '--config', hosts.config], { env });
    return runDocument.parse(JSON.parse(shown.out));
  };
  const runsIn = (since: number) => [
    ...new Set(
      slack
        .messages(OPS)
        .slice(since)
        .flatMap((m) => markOf(m)?.run ?? []),
    ),
  ];
  const buttonOn = (since: number, text: string) =>
    slack
      .messages(OPS)
      .slice(since)
      .findLast((m) => JSON.stringify(m.blocks).includes(`"text":"${text}"`));

  const next = random(SEED);
  const moments = Array.from({ length: MOMENTS }, (_, i) => ({
    n: i + 1,
    verb: i % 2 === 0 ? 'fix' : 'verify',
    after: Math.round(next() * (i % 2 === 0 ? 2500 : 600)),
  }));

  it.each(moments)('$n: SIGKILL $after ms into a $verb', { timeout: 90_000 }, async ({ verb, after }) => {
    await hosts.reset();
    if (!bot) await startBot();
    const since = slack.messages(OPS).length;
    const state = () =>
      JSON.stringify(
        slack
          .messages(OPS)
          .slice(since)
          .map((m) => [m.ts, m.edits, markOf(m)?.key, m.text.slice(0, 80)]),
      );
    const eventually = (what: string, condition: () => boolean | Promise<boolean>, ms?: number) =>
      until(what, condition, ms).catch((error) => {
        throw new Error(
          `${error.message}; presses ${presses.map((p) => p.acked())}; messages ${state()}; bot says ${bot?.output}`,
        );
      });
    const killed = new Promise<void>((resolve) => {
      setTimeout(() => {
        const dying = bot;
        bot = undefined;
        void dying?.end('SIGKILL').then(resolve);
      }, after);
    });
    const asked = slack.say(ANA, OPS, `/tcp ${verb} c-*`);
    const accepted = () => asked.ackedInMs() !== undefined;
    const presses: { readonly at: number; acked(): boolean }[] = [];
    const approve = () => {
      const shown = buttonOn(since, 'Approve');
      if (!shown) return;
      const press = slack.click(BO, shown, 'Approve');
      presses.push({ at: Date.now(), acked: () => press.ackedInMs() !== undefined });
    };
    if (verb === 'fix')
      await Promise.race([killed, until('the plan is shown', () => !!buttonOn(since, 'Approve')).then(approve)]);
    await killed;
    await startBot();
    if (!accepted() && runsIn(since).length === 0) {
      await until(
        'an unaccepted request is delivered again or dropped',
        () => accepted() || runsIn(since).length > 0,
        4_000,
      ).catch(() => undefined);
      if (!accepted() && runsIn(since).length === 0) return;
    }
    await eventually('the run is told', () => runsIn(since).length > 0);
    const [run = ''] = runsIn(since);
    if (verb === 'fix') {
      await eventually(
        'the plan is decided',
        async () => {
          const { phase } = (await document(run)).run;
          // Who sees the button still there after their press was not acknowledged presses again.
          const last = presses.at(-1);
          if (phase === 'deciding' && (!last || (!last.acked() && Date.now() - last.at > 3_000))) approve();
          return phase === 'rolling-out' || phase === 'ended';
        },
        30_000,
      );
    }
    await eventually('the run has ended', async () => (await document(run)).run.phase === 'ended', 60_000);

    const told = await document(run);
    expect(told.targets.map((t) => [t.name, t.outcome])).toEqual(
      HOSTS.map((name) => [name, verb === 'fix' ? 'changed' : 'failed']),
    );
    for (const name of HOSTS) {
      const attempts = (await hosts.on(name, 'ls /var/lib/runbolt/attempts 2>/dev/null')).split('\n').filter(Boolean);
      expect(attempts).toEqual(verb === 'fix' ? [`${run}-${name}`] : []);
      const conf = await hosts.on(name, 'grep -c "commented out" /etc/sysctl.conf; true');
      expect(conf.trim()).toBe(verb === 'fix' ? '1' : '0');
    }
    const last = verb === 'fix' ? 'result' : 'summary';
    await eventually('the thread is complete', () =>
      slack
        .messages(OPS)
        .slice(since)
        .some((m) => markOf(m)?.run === run && markOf(m)?.key === last && (verb === 'verify' || m.text.length > 0)),
    );
    const keys = slack
      .messages(OPS)
      .slice(since)
      .flatMap((m) => markOf(m)?.key ?? []);
    expect(keys).toEqual(verb === 'fix' ? ['summary', 'plan', 'rollout', 'result'] : ['summary']);
    expect(runsIn(since)).toEqual([run]);
    expect(slack.violations.filter((v) => !v.includes('not acked'))).toEqual([]);
  });
});
