import type { Logger } from 'pino';
import type { ExitCode } from '../core/fault.js';
import type { Terminal } from '../doors/cli/ask.js';
import { loadConfig } from './config-file.js';
import { hostChecks } from './doctor-hosts.js';
import { nodeCheck, permissionCheck, runbookCheck } from './doctor-local.js';
import { type Check, examine, exitCodeOf, fail, pass, showReports } from './doctor-report.js';
import { serverChecks } from './doctor-servers.js';
import { slackChecks } from './doctor-slack.js';
import type { Environment } from './environment.js';
import { openFleet } from './fleet.js';
import { runbooksOf } from './runbook-files.js';
import { systemClock } from './system.js';

export interface DoctorOptions {
  readonly env: Environment;
  readonly secretFiles: readonly string[];
  readonly json: boolean;
  readonly terminal: Terminal;
  readonly logger: Logger;
}

/**
 * Looks at all that Runbolt needs and says of each whether it is well, wrong, or could not be told, with the next step.
 * Changes nothing, and may be asked while the bot runs. Resolves with 0, 1 or 3.
 */
export const doctor = async ({ env, secretFiles, json, terminal, logger }: DoctorOptions): Promise<ExitCode> => {
  const loaded = await loadConfig(env);
  const config = loaded.ok ? loaded.value : undefined;
  const runbooks = await runbooksOf(config);
  const configuration: Check = {
    name: 'configuration',
    look: async () => {
      if (!loaded.ok) return [fail(loaded.fault.message, loaded.fault.next)];
      if (config) return [pass(`${env.configPath} has no mistakes.`)];
      return [fail(`There is no ${env.configPath}.`, 'Write one with your targets (README, "Your own workspace").')];
    },
  };
  const fleet = config && openFleet(env, config, (message, error) => logger.warn({ err: error }, message));
  const reports = await examine(
    [
      nodeCheck(process.version),
      configuration,
      runbookCheck(env, config, runbooks),
      permissionCheck(env, config, secretFiles),
      ...slackChecks(env, config, logger),
      ...serverChecks(env, logger),
      ...(config && fleet ? hostChecks(env, config, fleet) : []),
    ],
    systemClock,
  );
  await fleet?.close();
  if (json) {
    const checks = reports.flatMap(({ check, findings }) => findings.map((finding) => ({ check, ...finding })));
    terminal.out(JSON.stringify({ well: exitCodeOf(reports) === 0, checks }, null, 2));
  } else for (const line of showReports(reports)) terminal.out(line);
  return exitCodeOf(reports);
};
