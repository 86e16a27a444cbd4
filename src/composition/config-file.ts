import { readFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { type Config, readConfig } from '../core/config.js';
import { failure, ok, type Result } from '../core/fault.js';
import type { InventoryEntry } from '../core/inventory-entry.js';
import { type Environment, expandHome } from './environment.js';

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
  const { ssh, targets, runbooks, inventories, ...rest } = config.value;
  return ok({
    ...rest,
    inventories: inventories.map((entry) => placed(entry, at)),
    ssh: { ...ssh, knownHosts: at(ssh.knownHosts) },
    targets: targets.map((t) => (t.identity === undefined ? t : { ...t, identity: at(t.identity) })),
    ...(runbooks !== undefined && { runbooks: at(runbooks) }),
  });
};

/** An inventory's paths, and a command's program where it is a path: all from the configuration's directory. */
const placed = (entry: InventoryEntry, at: (path: string) => string): InventoryEntry => {
  const own = entry.identity === undefined ? entry : { ...entry, identity: at(entry.identity) };
  if (own.kind === 'ansible' || own.kind === 'ssh_config') return { ...own, file: at(own.file) };
  if (own.kind !== 'command') return own;
  const [program = '', ...args] = own.argv;
  return { ...own, argv: [/[/~]/.test(program) ? at(program) : program, ...args] };
};

/** A path as people are shown it: from the working directory where it lies below. */
export const shown = (path: string): string => {
  const near = relative(process.cwd(), path);
  return near.startsWith('..') ? path : near;
};
