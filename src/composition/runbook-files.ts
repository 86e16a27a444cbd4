import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from '../core/config.js';
import { FaultError, failure, ok, type Result } from '../core/fault.js';
import type { Registry } from '../core/registry.js';
import type { Runbooks } from '../core/request.js';
import type { Runbook } from '../core/runbook.js';
import { loadRunbook } from '../core/runbook-loader.js';
import { shown } from './config-file.js';
import { builtIn } from './registry.js';
import { RunbookShelf } from './runbook-shelf.js';
import { systemClock } from './system.js';

/** The runbooks that ship with Runbolt. */
export const SHIPPED_RUNBOOKS = fileURLToPath(new URL('../../runbooks', import.meta.url));

/**
 * Those that ship, and the team's own. Mistakes of the team's own are found here; those that ship have none (a test sees
 * to it), are named `COMMAND.yaml`, and are read when they are first asked for.
 */
export const runbooksOf = async (config: Config | undefined): Promise<Result<Runbooks>> => {
  const shelf = new RunbookShelf();
  const shipped = await yamlIn(SHIPPED_RUNBOOKS);
  if (!shipped.ok) return shipped;
  for (const path of shipped.value) {
    const text = await readText(path);
    if (!text.ok) return text;
    shelf.add(basename(path).replace(/\.ya?ml$/, ''), () => {
      const loaded = loadRunbook(shown(path), text.value, builtIn);
      if (!loaded.ok) throw new FaultError(loaded.fault);
      return loaded.value;
    });
  }
  const own = config?.runbooks === undefined ? ok([]) : await yamlIn(config.runbooks);
  if (!own.ok) return own;
  const taken = new Set(shelf.keys());
  for (const path of own.value) {
    const loaded = await loadRunbookFile(path, builtIn);
    if (!loaded.ok) return loaded;
    const { command } = loaded.value;
    if (taken.has(command)) {
      return failure(
        'runbook_invalid',
        `${shown(path)} takes the command \`${command}\` a second time.`,
        'Choose another `command`.',
      );
    }
    taken.add(command);
    shelf.add(command, loaded.value);
  }
  return ok(shelf);
};

/** Reads all of them in pauses of the process, so that nobody's first request waits for it. */
export const readAhead = async (runbooks: Runbooks, signal: AbortSignal): Promise<void> => {
  for (const command of runbooks.keys()) {
    await systemClock.sleep(100, signal);
    runbooks.get(command);
  }
};

/** Paths of the runbook files in a directory, by name. */
export const yamlIn = async (directory: string): Promise<Result<readonly string[]>> => {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => error);
  if (Array.isArray(names)) {
    const files = names.filter((name) => /\.ya?ml$/.test(name)).sort();
    return ok(files.map((name) => join(directory, name)));
  }
  return failure(
    'config_invalid',
    `The runbooks in ${directory} cannot be read (${names.code}).`,
    'Mend `runbooks` in runbolt.yaml.',
  );
};

export const loadRunbookFile = async (path: string, registry: Registry): Promise<Result<Runbook>> => {
  const text = await readText(path);
  return text.ok ? loadRunbook(shown(path), text.value, registry) : text;
};

const readText = async (path: string): Promise<Result<string>> => {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => error);
  if (typeof text === 'string') return ok(text);
  return failure(
    'runbook_invalid',
    `${path} cannot be read (${text.code ?? text.message}).`,
    'Name a runbook file that is there.',
  );
};
