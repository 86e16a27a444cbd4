import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from '../core/config.js';
import { failure, ok, type Result } from '../core/fault.js';
import type { Registry } from '../core/registry.js';
import type { Runbooks } from '../core/request.js';
import type { Runbook } from '../core/runbook.js';
import { loadRunbook } from '../core/runbook-loader.js';
import { shown } from './config-file.js';
import { builtIn } from './registry.js';

/** The runbooks that ship with Runbolt. */
export const SHIPPED_RUNBOOKS = fileURLToPath(new URL('../../runbooks', import.meta.url));

/** Those that ship, and the team's own. */
export const runbooksOf = (config: Config | undefined): Promise<Result<Runbooks>> =>
  loadRunbooks([SHIPPED_RUNBOOKS, ...(config?.runbooks === undefined ? [] : [config.runbooks])], builtIn);

/** All runbooks of the given directories by their command. A later one may not take an earlier one's command. */
const loadRunbooks = async (directories: readonly string[], registry: Registry): Promise<Result<Runbooks>> => {
  const runbooks = new Map<string, Runbook>();
  for (const directory of directories) {
    const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => error);
    if (!Array.isArray(names)) {
      return failure(
        'config_invalid',
        `The runbooks in ${directory} cannot be read (${names.code}).`,
        'Mend `runbooks` in runbolt.yaml.',
      );
    }
    for (const name of names.filter((n) => /\.ya?ml$/.test(n)).sort()) {
      const path = join(directory, name);
      const loaded = await loadRunbookFile(path, registry);
      if (!loaded.ok) return loaded;
      const { command } = loaded.value;
      if (runbooks.has(command)) {
        return failure(
          'runbook_invalid',
          `${shown(path)} takes the command \`${command}\` a second time.`,
          'Choose another `command`.',
        );
      }
      runbooks.set(command, loaded.value);
    }
  }
  return ok(runbooks);
};

export const loadRunbookFile = async (path: string, registry: Registry): Promise<Result<Runbook>> => {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => error);
  if (typeof text === 'string') return loadRunbook(shown(path), text, registry);
  return failure(
    'runbook_invalid',
    `${path} cannot be read (${text.code ?? text.message}).`,
    'Name a runbook file that is there.',
  );
};
