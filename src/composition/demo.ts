import { join } from 'node:path';
import type { Logger } from 'pino';
import { type ExitCode, exitCodeOf, type Fault, failure, fault, ok, type Result } from '../core/fault.js';
import { type Fleet, startFleet } from '../demo/fleet.js';
import { removedWithUs } from '../demo/leave-nothing.js';
import { converse, type Step as Said } from '../demo/say.js';
import { type LocalSlack, startLocalSlack } from '../demo/slack/start.js';
import { isPerson, PEOPLE } from '../demo/slack/workspace.js';
import { type Terminal, tell } from '../doors/cli/ask.js';
import type { Step } from '../doors/cli/program.js';
import type { Bot } from './bot.js';
import { demoCloud } from './demo-cloud.js';
import { demoAudit, demoConfig, demoEnvironment } from './demo-config.js';
import { takeDirectory } from './demo-directory.js';
import { demoInventory } from './demo-inventory.js';
import type { Environment } from './environment.js';
import { idle } from './idle.js';
import { quietLog } from './log.js';
import { systemClock } from './system.js';

const PORT = 7788;
const STEP_LIMIT_MS = 60_000;

export interface DemoOptions {
  readonly port?: string;
  readonly steps: readonly Step[];
  /** Who was named last, whether or not a step follows. */
  readonly person?: string;
}

/**
 * The demo: a fleet of network namespaces, a local Slack, and the bot between them, with a ledger that is forgotten at
 * the end. With steps it speaks them, prints the threads and ends; otherwise it stays until it is stopped.
 */
export const demo = async (
  env: Environment,
  options: DemoOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<ExitCode> => {
  const steps = readSteps(options);
  if (!steps.ok) return tell(steps.fault, false, terminal);
  const port = readPort(options);
  if (port === undefined) {
    return tell(
      fault('argument_unexpected', `\`${options.port}\` is not a port.`, 'Give 1 to 65535.'),
      false,
      terminal,
    );
  }
  const free = await takeDirectory(env.demoDir);
  if (!free.ok) return tell(free.fault, false, terminal);
  const keeper = removedWithUs(env.demoDir);
  const logger = quietLog(env);
  const closers: Closers = [() => keeper.end()];
  try {
    return await play({ env, port, steps: steps.value, terminal, signal, logger }, closers);
  } finally {
    for (const close of closers.reverse()) await close();
  }
};

type Closers = (() => Promise<void>)[];

interface Play {
  readonly env: Environment;
  readonly port: number;
  readonly steps: readonly Said[];
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/** Brings everything up, speaks the steps or waits for the end. What has to be ended is put into `closers`. */
const play = async ({ env, port, steps, terminal, signal, logger }: Play, closers: Closers): Promise<ExitCode> => {
  const ending = new AbortController();
  closers.push(async () => ending.abort());
  // Fleet, workspace and ledger come up side by side: the bot asks for its targets once somebody asks for them. What the
  // bot needs is loaded meanwhile.
  const runtimeDir = join(env.demoDir, 'fleet');
  const starting = startFleet({ signal: ending.signal, runtimeDir, logger });
  closers.push(async () => {
    const fleet = await starting;
    if (fleet.ok) await fleet.value.stop();
  });
  const cloud = demoCloud(async () => starting.then((f) => (f.ok ? f.value.instances : [])));
  closers.push(() => cloud.stop());
  const { runbooksOf, readAhead } = await import('./runbook-files.js');
  const runbooks = await runbooksOf(undefined);
  if (!runbooks.ok) return tell(runbooks.fault, false, terminal);
  const commands = [...[...runbooks.value.keys()].map((c) => `/${c}`), '/runbolt'];
  const refusals: Fault[] = [];
  const opening = startLocalSlack({ commands, port, signal: ending.signal, logger });
  const { startBot } = await import('./bot.js');
  const slack = await opening;
  const bot = slack.ok
    ? await startBot({
        env: demoEnvironment(env),
        config: demoConfig(join(runtimeDir, 'known_hosts'), steps.length > 0 ? [] : [demoAudit(systemClock.now())]),
        inventory: demoInventory(async () => starting.then((f) => (f.ok ? f.value : undefined)), cloud.connection),
        aws: cloud.connection,
        runbooks: runbooks.value,
        onRefused: (why) => refusals.push(why),
        slack: { botToken: slack.value.botToken, appToken: slack.value.appToken, apiUrl: slack.value.apiUrl },
        logger,
      })
    : slack;
  const fleet = await starting;
  if (slack.ok) closers.push(() => slack.value.stop());
  if (bot.ok) closers.push(() => bot.value.stop());
  if (!fleet.ok) return tell(fleet.fault, false, terminal);
  if (!slack.ok) return tell(slack.fault, false, terminal);
  if (!bot.ok) return tell(bot.fault, false, terminal);
  if (steps.length > 0) {
    const refusal = () => refusals.splice(0).at(-1);
    return await talk(bot.value, slack.value, steps, refusal, terminal, signal);
  }
  terminal.out(welcome(slack.value.url, fleet.value));
  readAhead(runbooks.value, signal).catch(
    (error) => signal.aborted || logger.error({ err: error }, 'reading a runbook'),
  );
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  return 0;
};

const welcome = (url: string, { targets, leftOut }: Fleet): string =>
  `Runbolt's demo is ready: ${targets.length} hosts in namespaces of their own, a local Slack, nothing real.${leftOut.map(({ name, program }) => `\nLeft out: ${name} (${program} is not installed).`).join('')}

  1. Open ${url}
  2. As ana, in #ops: /tcp verify web-*
  3. Press "Plan the fix", switch to bo, press "Approve"

In #audits: a scheduled audit within a minute, and again when it finds something new.
Also: /tcp verify env=cloud, hosts without SSH; npx runbolt verify tcp 'web-*' --demo in another terminal.
Stop with Ctrl-C; nothing is left behind.`;

/**
 * Speaks the steps. 0 when all of it went as asked; otherwise standard error says which step did not: a refused one by
 * its fault's exit code, a run that waits or a change that was not made by 1.
 */
const talk = async (
  bot: Bot,
  slack: LocalSlack,
  steps: readonly Said[],
  refusal: () => Fault | undefined,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<ExitCode> => {
  const talked = await converse({
    slack,
    steps,
    settled: idle(bot),
    refusal,
    onText: terminal.out,
    signal,
    limitMs: STEP_LIMIT_MS,
  });
  if (!talked.ok) return tell(talked.fault, false, terminal);
  const runs = await bot.room.engines.ledger.runs(steps.length);
  const states = await Promise.all(runs.map((r) => bot.room.engine.run(r.id)));
  const failed = states.flatMap((run) => [...(run?.applications.values() ?? [])]).some((a) => a.outcome !== 'changed');
  for (const { step, why } of talked.value) terminal.err(`${step}: refused. ${why.message} ${why.next}`);
  const open = runs.filter(({ phase }) => phase !== 'ended');
  for (const { command, actor, phase } of open)
    terminal.err(
      `${command}, asked by ${actor}: not ended, ${phase === 'deciding' ? 'its plan waits for a decision' : phase}.`,
    );
  const [refused] = talked.value;
  if (refused) return exitCodeOf(refused.why);
  return failed || open.length > 0 ? 1 : 0;
};

const readPort = ({ port, steps }: DemoOptions): number | undefined => {
  if (port === undefined) return steps.length > 0 ? 0 : PORT;
  const number = /^\d{1,5}$/.test(port) ? Number(port) : 0;
  return number >= 1 && number <= 65535 ? number : undefined;
};

const readSteps = ({ steps, person }: DemoOptions): Result<readonly Said[]> => {
  const nobody = (name: string) => {
    const known = Object.keys(PEOPLE).join(', ');
    return failure('argument_unexpected', `Nobody in the demo is called ${name}.`, `There are ${known}.`);
  };
  if (person !== undefined && !isPerson(person)) return nobody(person);
  const said: Said[] = [];
  for (const step of steps) {
    if (!isPerson(step.person)) return nobody(step.person);
    said.push({ ...step, person: step.person });
  }
  return ok(said);
};
