import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Config, readConfig } from '../core/config.js';
import { failure, ok, type Result } from '../core/fault.js';
import type { Registry } from '../core/registry.js';
import type { Runbooks } from '../core/request.js';
import type { Runbook } from '../core/runbook.js';
import { loadRunbook } from '../core/runbook-loader.js';
import { type Environment, expandHome } from './environment.js';

/** The runbooks that ship with Runbolt. */
export const SHIPPED_RUNBOOKS = fileURLToPath(new URL('../../runbooks', import.meta.url));

/** The configuration file, checked; `~` in its paths is expanded. Undefined when there is none and none was named. */
export const loadConfig = async (env: Environment): Promise<Result<Config | undefined>> => {
  const text = await readFile(env.configPath, 'utf8').catch((error: NodeJS.ErrnoException) => error);
  if (typeof text !== 'string') {
    if (text.code === 'ENOENT' && !env.configNamed) return ok(undefined);
    const reason = text.code === 'ENOENT' ? 'is not there' : `cannot be read (${text.code ?? text.message})`;
    return failure(
      'config_missing',
      `The configuration ${env.configPath} ${reason}.`,
      'Name another with --config FILE.',
    );
  }
  const config = readConfig(shown(env.configPath), text, env.user);
  if (!config.ok) return config;
  const at = (path: string) => resolve(dirname(env.configPath), expandHome(path, env.home));
  const { ssh, targets, runbooks, ...rest } = config.value;
  return ok({
    ...rest,
    ssh: { ...ssh, knownHosts: at(ssh.knownHosts) },
    targets: targets.map((t) => (t.identity === undefined ? t : { ...t, identity: at(t.identity) })),
    ...(runbooks !== undefined && { runbooks: at(runbooks) }),
  });
};

/** All runbooks of the given directories by their command. A later one may not take an earlier one's command. */
export const loadRunbooks = async (directories: readonly string[], registry: Registry): Promise<Result<Runbooks>> => {
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

const shown = (path: string): string => {
  const near = relative(process.cwd(), path);
  return near.startsWith('..') ? path : near;
};
