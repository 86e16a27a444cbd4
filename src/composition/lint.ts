import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExitCode } from '../core/fault.js';
import type { Terminal } from '../doors/cli/ask.js';
import { loadConfig } from './config-file.js';
import type { Environment } from './environment.js';
import { builtIn } from './registry.js';
import { loadRunbookFile, SHIPPED_RUNBOOKS } from './runbook-files.js';

/** Prints every mistake as file:line:column. Without files: the configuration, its runbooks, and those that ship. */
export const lint = async (env: Environment, files: readonly string[], terminal: Terminal): Promise<ExitCode> => {
  let mistakes = 0;
  const mistaken = (text: string) => {
    mistakes += text.split('\n').length;
    terminal.out(text);
  };
  const config = files.length === 0 || files.includes(env.configPath) ? await loadConfig(env) : undefined;
  if (config && !config.ok) mistaken(config.fault.code === 'config_invalid' ? config.fault.next : config.fault.message);
  const own = config?.ok ? config.value?.runbooks : undefined;
  const paths =
    files.length > 0 ? files : [...(await yamlIn(SHIPPED_RUNBOOKS)), ...(own === undefined ? [] : await yamlIn(own))];
  for (const path of paths) {
    const loaded = await loadRunbookFile(path, builtIn);
    if (!loaded.ok) mistaken(loaded.fault.next.includes(':') ? loaded.fault.next : loaded.fault.message);
  }
  terminal.err(mistakes === 0 ? `${paths.length} runbooks, no mistakes` : `${mistakes} mistakes`);
  return mistakes === 0 ? 0 : 2;
};

const yamlIn = async (directory: string): Promise<readonly string[]> =>
  (await readdir(directory))
    .filter((name) => /\.ya?ml$/.test(name))
    .sort()
    .map((name) => join(directory, name));
