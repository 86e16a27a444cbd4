import { readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { Config } from '../core/config.js';
import { type ExitCode, type Fault, FaultError, fault, type Result } from '../core/fault.js';
import type { Runbooks } from '../core/request.js';
import type { Terminal } from '../doors/cli/ask.js';
import { loadConfig } from './config-file.js';
import type { Environment } from './environment.js';
import { lintRunbookFile } from './lint-runbook.js';
import { runbooksOf, SHIPPED_RUNBOOKS } from './runbook-files.js';
import { checkSchedules } from './schedule-check.js';

/**
 * Prints every mistake as file:line:column, then the warnings, which are called so and do not count as mistakes. Without
 * files: the configuration, its runbooks, and those that ship.
 */
export const lint = async (env: Environment, files: readonly string[], terminal: Terminal): Promise<ExitCode> => {
  let mistakes = 0;
  const mistaken = ({ code, message, next }: Fault) => {
    const lines = code.endsWith('_invalid') && next.includes(':') ? next.split('\n') : [message];
    mistakes += lines.length;
    terminal.out(lines.join('\n'));
  };
  const isConfig = (file: string) => resolve(file) === env.configPath || basename(file) === 'runbolt.yaml';
  const configs = files.length > 0 ? files.filter(isConfig) : [env.configPath];
  const runbooks = files.length > 0 ? files.filter((file) => !isConfig(file)) : await yamlIn(SHIPPED_RUNBOOKS);
  const named = env.configNamed || files.length > 0;
  for (const path of configs) {
    const config = await loadConfig({ ...env, configPath: resolve(path), configNamed: named });
    if (!config.ok) mistaken(config.fault);
    else if (config.value) mistakenSchedules(resolve(path), config.value, mistaken, await runbooksOf(config.value));
    if (config.ok && config.value) await mistakenFiles({ ...env, configPath: resolve(path) }, config.value, mistaken);
    if (config.ok && config.value?.runbooks !== undefined) {
      const own = await yamlIn(config.value.runbooks).catch(() => undefined);
      if (own) runbooks.push(...own);
      else mistaken(fault('config_missing', `The runbooks in ${config.value.runbooks} cannot be read.`, ''));
    }
  }
  const taken = new Map<string, string>();
  for (const path of await yamlIn(SHIPPED_RUNBOOKS)) await lintRunbookFile(path, taken);
  const warnings: string[] = [];
  const read = new Set(runbooks);
  for (const path of read) {
    const linted = await lintRunbookFile(path, taken);
    mistakes += linted.mistakes.length;
    if (linted.mistakes.length > 0) terminal.out(linted.mistakes.join('\n'));
    warnings.push(...linted.warnings);
  }
  for (const warning of warnings) terminal.out(warning.replace(' ', ' warning: '));
  const said = mistakes === 0 ? `${counted(read.size, 'runbook')}, no mistakes` : counted(mistakes, 'mistake');
  terminal.err(warnings.length === 0 ? said : `${said}, ${counted(warnings.length, 'warning')}`);
  return mistakes === 0 ? 0 : 2;
};

/** Mistakes in inventories that are files, and names that two of them have. Nothing is run and nobody is asked. */
const mistakenFiles = async (env: Environment, config: Config, mistaken: (fault: Fault) => void): Promise<void> => {
  const inventories = config.inventories.filter(({ kind }) => kind === 'ansible' || kind === 'ssh_config');
  if (inventories.length === 0) return;
  const { openFleet } = await import('./fleet.js');
  try {
    await openFleet(env, { ...config, inventories }, () => undefined).targets();
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    mistaken(error.fault);
  }
};

/** Mistakes in what the schedules ask for, once the runbooks can be read; their own mistakes are told by themselves. */
const mistakenSchedules = (
  path: string,
  config: Config,
  mistaken: (fault: Fault) => void,
  runbooks: Result<Runbooks>,
): void => {
  if (!runbooks.ok) return;
  const checked = checkSchedules(path, config, runbooks.value);
  if (!checked.ok) mistaken(checked.fault);
};

const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

const yamlIn = async (directory: string): Promise<string[]> =>
  (await readdir(directory))
    .filter((name) => /\.ya?ml$/.test(name))
    .sort()
    .map((name) => join(directory, name));
