import { type ExitCode, fault } from '../core/fault.js';
import { type Terminal, tell } from '../doors/cli/ask.js';
import type { Deeds } from '../doors/cli/program.js';
import { loadConfig } from './config-file.js';
import type { Environment } from './environment.js';
import { log } from './log.js';

/** The bot against a real workspace; without tokens and configuration, the demo. */
export const start = async (
  env: Environment,
  { port, concurrency }: Parameters<Deeds['start']>[0],
  terminal: Terminal,
  signal: AbortSignal,
): Promise<ExitCode> => {
  const config = await loadConfig(env);
  if (!config.ok) return tell(config.fault, false, terminal);
  const { slackBotToken: botToken, slackAppToken: appToken } = env;
  if (!config.value && botToken === undefined && appToken === undefined) {
    const { demo } = await import('./demo.js');
    return demo(env, { ...(port !== undefined && { port }), steps: [] }, terminal, signal);
  }
  if (!config.value) {
    const next = 'Write one with your targets (README, "Your own workspace").';
    return tell(fault('config_missing', `There is no ${env.configPath}.`, next), false, terminal);
  }
  if (botToken === undefined || appToken === undefined) {
    const missing = botToken === undefined ? 'SLACK_BOT_TOKEN (xoxb-…)' : 'SLACK_APP_TOKEN (xapp-…)';
    const next = 'Set it in the environment; `runbolt manifest` prints the Slack app that has both tokens.';
    return tell(fault('slack_token', `${missing} is not set.`, next), false, terminal);
  }
  const [{ startBot }, { drainMs, readConcurrency }, { stay }, { runbooksOf, readAhead }] = await Promise.all([
    import('./bot.js'),
    import('./worker.js'),
    import('./stay.js'),
    import('./runbook-files.js'),
  ]);
  const atOnce = readConcurrency(concurrency, 0);
  if (!atOnce.ok) return tell(atOnce.fault, false, terminal);
  const runbooks = await runbooksOf(config.value);
  if (!runbooks.ok) return tell(runbooks.fault, false, terminal);
  const slack = { botToken, appToken, ...(env.slackApiUrl !== undefined && { apiUrl: env.slackApiUrl }) };
  const logger = log(env);
  const parts = {
    ...{ env, config: config.value, runbooks: runbooks.value, slack, logger, graceMs: drainMs(config.value) },
    ...(atOnce.value !== undefined && { concurrency: atOnce.value }),
  };
  const { targets, inventories } = config.value;
  const sources =
    inventories.length === 0 ? '' : ` and those of ${counted(inventories.length, 'inventory', 'inventories')}`;
  const hosts = `${counted(targets.length, 'host', 'hosts')}${sources}`;
  return stay(
    { ...parts, terminal, signal },
    (staying) => startBot({ ...parts, ...staying }),
    () => {
      readAhead(parts.runbooks, signal).catch(
        (error) => signal.aborted || logger.error({ err: error }, 'reading a runbook'),
      );
      return `Runbolt is ready: ${hosts}, ${parts.runbooks.size} runbooks. Ask in Slack: /tcp verify *`;
    },
  );
};

const counted = (n: number, one: string, more: string): string => `${n} ${n === 1 ? one : more}`;
