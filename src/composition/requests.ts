import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { socketAddress } from '../adapters/ledger/data-lock.js';
import type { Actor } from '../core/actor.js';
import type { Config } from '../core/config.js';
import { failure, ok, type Result } from '../core/fault.js';
import type { Run } from '../core/run.js';
import { deskLine } from '../doors/cli/desk-client.js';
import { engineLine, type Line } from '../doors/cli/line.js';
import { loadConfig, shown } from './config-file.js';
import type { Environment } from './environment.js';
import { isOurs } from './own-directory.js';
import { systemClock } from './system.js';

/** The system's user as an actor of the CLI. */
export const cliActor = (env: Environment): Actor => ({
  id: `cli:${env.user.replace(/[^A-Za-z0-9._-]/g, '_').slice(0, 64)}`,
  name: env.user.slice(0, 64),
});

export const requestKey = (): string => `cli-${randomUUID()}`;

export interface OpenLine {
  readonly line: Line;
  close(): Promise<void>;
}

/**
 * `act`: carries runs on, and takes up those that a killed command left. `look`: changes nothing. `read`: asks for what
 * runbooks and hosts alone say; there need be no hosts, and no ledger is opened.
 */
export type Purpose = 'act' | 'look' | 'read';

/** Whose hosts are meant: `demo` those of the running demo and no others; absent: as `openLine` says. */
type Meant = 'demo' | undefined;

/** How long to wait for another command that has the ledger, and where to say so. */
export interface Patience {
  readonly ms: number;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

const LOOK_AGAIN_MS = 200;

/**
 * A line to Runbolt: through the bot of the data directory while it runs, through a running demo where it is meant or
 * there is no configuration, otherwise through an engine of this process's own. While another command has the ledger it
 * waits. Where a demo runs beside a configuration, it says that the hosts are the configuration's.
 */
export const openLine = async (
  env: Environment,
  logger: Logger,
  purpose: Purpose,
  meant: Meant,
  patience: Patience,
): Promise<Result<OpenLine>> => {
  if (meant === 'demo') return demoLine(env);
  const config = await loadConfig(env);
  if (!config.ok) return config;
  if (config.value && (await botAnswers(env.demoDir)))
    patience.say(`asking the hosts of ${shown(env.configPath)}, not those of the running demo: --demo asks those`);
  const until = systemClock.now() + patience.ms;
  let said = false;
  for (;;) {
    const open = await tryLine(env, config.value, logger, purpose, patience.signal);
    if (open.ok || open.fault.code !== 'ledger_busy') return open;
    if (patience.signal.aborted || systemClock.now() >= until) {
      return failure(
        'ledger_busy',
        `Another runbolt command uses ${env.dataDir}: waited ${patience.ms / 1000} s for it.`,
        'Ask again when it has ended. While the bot runs, commands go through it side by side.',
      );
    }
    if (!said) patience.say(`another runbolt command is at work; waiting at most ${patience.ms / 1000} s for it`);
    said = true;
    await systemClock.sleep(LOOK_AGAIN_MS, patience.signal).catch(() => undefined);
  }
};

const demoLine = async (env: Environment): Promise<Result<OpenLine>> => {
  const desk = await deskOf(env.demoDir);
  return desk ? ok(desk) : failure('demo_unavailable', 'No demo is running.', 'Start it with `npx runbolt demo`.');
};

const tryLine = async (
  env: Environment,
  config: Config | undefined,
  logger: Logger,
  purpose: Purpose,
  stop: AbortSignal,
): Promise<Result<OpenLine>> => {
  const desk = await deskOf(config ? env.dataDir : env.demoDir);
  if (desk) return ok(desk);
  if (purpose === 'read') return readingLine(env, config, stop);
  if (!config) {
    return failure(
      'config_missing',
      `There is no ${env.configPath}, and no demo is running.`,
      'Write a runbolt.yaml (README, "Your own workspace"), or start the demo with `npm start` and ask again.',
    );
  }
  const [{ openEngineRoom }, { runbooksOf }] = await Promise.all([
    import('./engine-room.js'),
    import('./runbook-files.js'),
  ]);
  const runbooks = await runbooksOf(config);
  if (!runbooks.ok) return runbooks;
  // A command carries on what another command left in this ledger; runs of Slack are the bot's to carry on.
  const carriesOn = purpose === 'act' && env.databaseUrl === undefined;
  const takesUp = (run: Run) => carriesOn && run.opened.origin.door === 'cli';
  const kept = { env, config, runbooks: runbooks.value, logger };
  const room = await openEngineRoom({ ...kept, courier: 'memory', takesUp, stop });
  if (!room.ok) return room;
  await room.value.begin();
  return ok({ line: engineLine(room.value.engine), close: () => room.value.close() });
};

const readingLine = async (
  env: Environment,
  config: Config | undefined,
  stop: AbortSignal,
): Promise<Result<OpenLine>> => {
  const [{ runbookLine }, { runbooksOf }, { openFleet }] = await Promise.all([
    import('./runbook-line.js'),
    import('./runbook-files.js'),
    import('./fleet.js'),
  ]);
  const runbooks = await runbooksOf(config);
  if (!runbooks.ok) return runbooks;
  const inventory = config && openFleet(env, config, () => undefined, stop);
  const line = runbookLine({
    runbooks: runbooks.value,
    inventory: inventory ?? { targets: async () => [] },
    config: { groups: config?.groups ?? {} },
  });
  return ok({ line, close: async () => inventory?.close() });
};

/** Whether a bot runs on this data directory and answers from its ledger. */
export const botAnswers = async (directory: string): Promise<boolean> => {
  const desk = await deskOf(directory);
  await desk?.close();
  return desk !== undefined;
};

const deskOf = async (directory: string): Promise<OpenLine | undefined> => {
  if (!(await isOurs(directory))) return undefined;
  const address = socketAddress(directory);
  const desk = await deskLine(address.path);
  if (!desk) address.done();
  return (
    desk && {
      line: desk,
      close: async () => {
        await desk.close();
        address.done();
      },
    }
  );
};
