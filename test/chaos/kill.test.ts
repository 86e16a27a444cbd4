import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { socketAddress } from '../../src/adapters/ledger/data-lock.js';
import { thisMachine } from '../../src/demo/machine.js';
import { namespaceMode } from '../../src/demo/namespaces/ability.js';
import { deskLine } from '../../src/doors/cli/desk-client.js';
import { Bot } from '../rig/bot/bot.js';
import { type SmallFleet, startSmallFleet } from '../rig/bot/small-fleet.js';
import { type Message, type SlackDouble, startSlackDouble, until } from '../rig/slack/index.js';

const able = namespaceMode(thisMachine());
const why = able.ok ? '' : ` (skipped: ${able.fault.message})`;
const [ANA, BO, OPS] = ['U1ANA', 'U2BO', 'C0OPS'];
const HOSTS = ['c-1', 'c-2', 'c-3', 'c-4'];
const VERBS = ['fix', 'verify'] as const;
type Verb = (typeof VERBS)[number];
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
const shows = (m: Message, button: string) => JSON.stringify(m.blocks).includes(`"text":"${button}"`);

/** What a thread comes to: its messages in their order, what each says in the end, and the button that it offers. */
const FINAL: Readonly<
  Record<Verb, readonly { readonly key: string; readonly says: RegExp; readonly offers?: string }[]>
> = {
  verify: [{ key: 'summary', says: /4 of 4 hosts reached/, offers: 'Plan the fix' }],
  fix: [
    { key: 'summary', says: /4 of 4 hosts reached/ },
    { key: 'plan', says: /✓ approved by @bo at/ },
    { key: 'rollout', says: /approved by @bo · canary c-1 ✓ · 4 of 4"/ },
    { key: 'result', says: /4 changed, 0 failed/, offers: 'Revert' },
  ],
};
/** Buttons of what is under way: none is left when it has ended. */
const OF_THE_WAY = ['Cancel', 'Approve', 'Deny'];

/** A fleet, a workspace and a bot between them, for one verb: its kills follow each other. */
interface Lane {
  readonly hosts: SmallFleet;
  readonly slack: SlackDouble;
  readonly env: Record<string, string>;
  bot: Bot | undefined;
  /** Settles when the kill before is done with. */
  turn: Promise<void>;
}

const openLane = async (): Promise<Lane> => {
  const policies = [{ where: 'env=prod', approvals: 1, approvers: [BO] }];
  const hosts = await startSmallFleet(HOSTS, { policies, limits: { gather: '10s', apply: '20s' } });
  const slack = await startSlackDouble();
  slack.person({ id: ANA, name: 'ana' });
  slack.person({ id: BO, name: 'bo' });
  slack.channel(OPS, [ANA, BO]);
  const env = {
    RUNBOLT_DATA: join(hosts.directory, 'data'),
    RUNBOLT_LOG: 'silent',
    SLACK_API_URL: slack.apiUrl,
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_APP_TOKEN: slack.appToken,
  };
  return { hosts, slack, env, bot: undefined, turn: Promise.resolve() };
};

describe.skipIf(!able.ok)(`killed at any moment${why}`, () => {
  const lanes = new Map<Verb, Lane>();

  beforeAll(async () => {
    await Promise.all(VERBS.map(async (verb) => lanes.set(verb, await openLane())));
  });
  afterAll(async () => {
    for (const { bot, slack, hosts } of lanes.values()) {
      await bot?.end('SIGKILL');
      await slack.close();
      await hosts.stop();
      rmSync(hosts.directory, { recursive: true, force: true });
    }
  });

  const next = random(SEED);
  const moments = Array.from({ length: MOMENTS }, (_, i) => ({
    n: i + 1,
    verb: i % 2 === 0 ? ('fix' as const) : ('verify' as const),
    after: Math.round(next() * (i % 2 === 0 ? 2500 : 600)),
  }));

  it.concurrent.each(moments)('$n: SIGKILL $after ms into a $verb', { timeout: 300_000 }, async ({ verb, after }) => {
    const lane = lanes.get(verb);
    if (!lane) throw new Error(`no lane for ${verb}`);
    const mine = lane.turn.then(() => kill(lane, verb, after));
    lane.turn = mine.catch(() => undefined);
    await mine;
  });
});

const kill = async (lane: Lane, verb: Verb, after: number): Promise<void> => {
  const { hosts, slack, env } = lane;
  const startBot = async () => {
    lane.bot = await Bot.start(['start', '--config', hosts.config], { env });
  };
  const document = async (run: string) => {
    const address = socketAddress(env.RUNBOLT_DATA ?? '');
    try {
      const told = await (await deskLine(address.path))?.document(run);
      if (!told) throw new Error(`the bot does not tell of ${run}`);
      return told;
    } finally {
      address.done();
    }
  };
  await hosts.reset();
  if (!lane.bot) await startBot();
  const since = slack.messages(OPS).length;
  const messages = () => slack.messages(OPS).slice(since);
  const runsTold = () => [...new Set(messages().flatMap((m) => markOf(m)?.run ?? []))];
  const planShown = () => messages().findLast((m) => shows(m, 'Approve'));
  const state = () => JSON.stringify(messages().map((m) => [m.ts, m.edits, markOf(m)?.key, m.text.slice(0, 80)]));
  const presses: { readonly at: number; acked(): boolean }[] = [];
  const eventually = (what: string, condition: () => boolean | Promise<boolean>, ms?: number) =>
    until(what, condition, ms).catch((error) => {
      throw new Error(
        `${error.message}; presses ${presses.map((p) => p.acked())}; messages ${state()}; bot says ${lane.bot?.output}`,
      );
    });
  const killed = new Promise<void>((resolve) => {
    setTimeout(() => {
      const dying = lane.bot;
      lane.bot = undefined;
      void dying?.end('SIGKILL').then(resolve);
    }, after);
  });
  const asked = slack.say(ANA, OPS, `/tcp ${verb} c-*`);
  const accepted = () => asked.ackedInMs() !== undefined;
  const approve = () => {
    const shown = planShown();
    if (!shown) return;
    const press = slack.click(BO, shown, 'Approve');
    presses.push({ at: Date.now(), acked: () => press.ackedInMs() !== undefined });
  };
  if (verb === 'fix') await Promise.race([killed, until('the plan is shown', () => !!planShown()).then(approve)]);
  await killed;
  await startBot();
  if (!accepted() && runsTold().length === 0) {
    await until(
      'an unaccepted request is delivered again or dropped',
      () => accepted() || runsTold().length > 0,
      4_000,
    ).catch(() => undefined);
    if (!accepted() && runsTold().length === 0) return;
  }
  await eventually('the run is told', () => runsTold().length > 0);
  const [run = ''] = runsTold();
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
  await Promise.all(
    HOSTS.map(async (name) => {
      const attempts = (await hosts.on(name, 'ls /var/lib/runbolt/attempts 2>/dev/null')).split('\n').filter(Boolean);
      expect(attempts).toEqual(verb === 'fix' ? [`${run}-${name}`] : []);
      const conf = await hosts.on(name, 'grep -c "commented out" /etc/sysctl.conf; true');
      expect(conf.trim()).toBe(verb === 'fix' ? '1' : '0');
    }),
  );
  /** What the thread does not tell yet, or still offers. */
  const lacking = () => [
    ...FINAL[verb].filter(({ key, says, offers }) => {
      const shown = messages().find((m) => markOf(m)?.run === run && markOf(m)?.key === key);
      return !shown || !says.test(JSON.stringify(shown.blocks)) || (offers !== undefined && !shows(shown, offers));
    }),
    ...OF_THE_WAY.filter((button) => messages().some((m) => shows(m, button))),
  ];
  await eventually('the thread is complete', () => lacking().length === 0).catch((error) => {
    const blocks = JSON.stringify(messages().map((m) => m.blocks));
    throw new Error(
      `${error.message}; lacking ${lacking().map((l) => (typeof l === 'string' ? l : l.key))}: ${blocks}`,
    );
  });
  expect(messages().flatMap((m) => markOf(m)?.key ?? [])).toEqual(FINAL[verb].map(({ key }) => key));
  expect(runsTold()).toEqual([run]);
  expect(slack.violations).toEqual([]);
};
