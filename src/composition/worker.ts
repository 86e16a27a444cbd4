import type { Logger } from 'pino';
import type { Config } from '../core/config.js';
import { type ExitCode, type Fault, failure, fault, ok, type Result, resultOf } from '../core/fault.js';
import type { Runbooks } from '../core/request.js';
import { type Terminal, tell } from '../doors/cli/ask.js';
import type { Deeds } from '../doors/cli/program.js';
import { loadConfig } from './config-file.js';
import { openEngineRoom } from './engine-room.js';
import type { Environment } from './environment.js';
import { log } from './log.js';
import type { Operations } from './operations.js';
import { type Patience, untilReachable } from './patience.js';
import { runbooksOf } from './runbook-files.js';
import { checkSchedules } from './schedule-check.js';
import { stay } from './stay.js';

/** A worker, until the signal. */
export const work = async (
  env: Environment,
  { zone, concurrency }: Parameters<Deeds['worker']>[0],
  terminal: Terminal,
  signal: AbortSignal,
): Promise<ExitCode> => {
  const config = await loadConfig(env);
  if (!config.ok) return tell(config.fault, false, terminal);
  if (!config.value) {
    const next = 'A worker needs the same configuration and runbooks as the bot.';
    return tell(fault('config_missing', `There is no ${env.configPath}.`, next), false, terminal);
  }
  const atOnce = readConcurrency(concurrency, 1);
  if (!atOnce.ok) return tell(atOnce.fault, false, terminal);
  const runbooks = await runbooksOf(config.value);
  if (!runbooks.ok) return tell(runbooks.fault, false, terminal);
  const logger = log(env);
  const parts = { env, config: config.value, runbooks: runbooks.value, logger };
  const settings = {
    ...(zone !== undefined && { zone }),
    ...(atOnce.value !== undefined && { concurrency: atOnce.value }),
  };
  return stay(
    { ...parts, terminal, signal },
    (staying) => startWorker({ ...parts, ...settings, ...staying }),
    () =>
      `The worker is ready: ${zone === undefined ? 'hosts without a zone' : `zone ${zone}`}, ${parts.runbooks.size} runbooks.`,
  );
};

export interface WorkerOptions {
  readonly env: Environment;
  readonly config: Config;
  readonly runbooks: Runbooks;
  readonly logger: Logger;
  readonly operations: Operations;
  readonly patience: Patience;
  /** Hosts at once. */
  readonly concurrency?: number;
  readonly zone?: string;
}

export interface RunningWorker {
  stop(): Promise<void>;
}

/** A worker: the engine without a door. It takes shards of runs, and carries runs on whose process has gone. */
export const startWorker = async (options: WorkerOptions): Promise<Result<RunningWorker>> => {
  const { env, config, runbooks, patience, zone } = options;
  const refused = refusedWorker(options);
  if (refused) return { ok: false, fault: refused };
  if (zone === undefined) {
    const checked = checkSchedules(env.configPath, config, runbooks);
    if (!checked.ok) return checked;
  }
  const graceMs = drainMs(config);
  const open = () => openEngineRoom({ ...options, courier: 'shared', takesUp: () => true, graceMs });
  const room = await untilReachable(open, env, patience);
  if (!room.ok) return room;
  const begun = await untilReachable(() => resultOf(async () => ok(await room.value.begin())), env, patience);
  if (!begun.ok) {
    await room.value.close();
    return begun;
  }
  return ok({ stop: room.value.close });
};

/** How long a process that stops waits for what is under way on hosts, ms: a change and its proof end within it. */
export const drainMs = ({ limits }: Pick<Config, 'limits'>): number => limits.applyMs + limits.gatherMs + 15_000;

const refusedWorker = ({ env, config, zone }: WorkerOptions): Fault | undefined => {
  if (env.databaseUrl === undefined) {
    const own = env.redisUrl === undefined ? 'ledger and queue are' : 'the ledger is';
    return fault(
      'worker_alone',
      `A second worker cannot be: without DATABASE_URL ${own} the bot's own, and it works alone.`,
      'Set DATABASE_URL to one PostgreSQL for the bot and all workers.',
    );
  }
  if (zone === undefined || config.zones.some((z) => z.name === zone)) return undefined;
  const names = config.zones.map((z) => z.name).join(', ');
  return fault(
    'argument_unexpected',
    `There is no zone \`${zone}\` in ${env.configPath}.`,
    names === '' ? 'Zones are named under `zones`: `zones: { dmz: env=dmz }`.' : `Its zones: ${names}.`,
  );
};

/** Hosts at once as given on the command line. */
export const readConcurrency = (text: string | undefined, least: number): Result<number | undefined> => {
  if (text === undefined) return ok(undefined);
  const count = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  if (count >= least && count <= 1_000) return ok(count);
  return failure(
    'argument_unexpected',
    `\`--concurrency ${text}\` is not a number of hosts from ${least} to 1000.`,
    'Leave it out for 64.',
  );
};
