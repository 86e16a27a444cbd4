import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import type { Logger } from 'pino';
import { socketAddress } from '../adapters/ledger/data-lock.js';
import type { Actor } from '../core/actor.js';
import { failure, ok, type Result } from '../core/fault.js';
import { deskLine } from '../doors/cli/desk-client.js';
import { engineLine, type Line } from '../doors/cli/line.js';
import { loadConfig } from './config-file.js';
import type { Environment } from './environment.js';

/** The system's user as an actor of the CLI. */
export const cliActor = (env: Environment): Actor => ({
  id: `cli:${env.user.replace(/[^A-Za-z0-9._-]/g, '_')}`,
  name: env.user,
});

export const requestKey = (): string => `cli-${randomUUID()}`;

export interface OpenLine {
  readonly line: Line;
  close(): Promise<void>;
}

/**
 * A line to Runbolt: through the bot of the data directory while it runs, through a running demo where there is no
 * configuration, otherwise through an engine of this process's own.
 */
export const openLine = async (env: Environment, logger: Logger): Promise<Result<OpenLine>> => {
  const config = await loadConfig(env);
  if (!config.ok) return config;
  const directory = config.value ? env.dataDir : env.demoDir;
  const desk = await deskOf(directory);
  if (desk) return ok({ line: desk, close: () => desk.close() });
  if (!config.value) {
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
  const runbooks = await runbooksOf(config.value);
  if (!runbooks.ok) return runbooks;
  const room = await openEngineRoom({ env, config: config.value, runbooks: runbooks.value, courier: 'memory', logger });
  if (!room.ok) return room;
  return ok({ line: engineLine(room.value.engine), close: () => room.value.close() });
};

const deskOf = async (directory: string) => {
  if (!(await stat(directory).catch(() => undefined))) return undefined;
  const address = socketAddress(directory);
  return deskLine(address.path);
};
