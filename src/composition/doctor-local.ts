import { lstat, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Config } from '../core/config.js';
import type { Result } from '../core/fault.js';
import type { Runbooks } from '../core/request.js';
import { type Check, type Finding, fail, pass, unknown } from './doctor-report.js';
import type { Environment } from './environment.js';
import { lintRunbookFile } from './lint-runbook.js';
import { yamlIn } from './runbook-files.js';
import { checkSchedules } from './schedule-check.js';

const OLDEST_NODE = [20, 19] as const;
/** Where container engines put secrets: a file system of the container's own, whatever the mode. */
const CONTAINER_SECRETS = '/run/secrets/';

export const nodeCheck = (version: string): Check => ({
  name: 'node',
  look: async () => {
    const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
    const [oldest, oldestMinor] = OLDEST_NODE;
    const fits = major > oldest || (major === oldest && minor >= oldestMinor);
    const wanted = OLDEST_NODE.join('.');
    return [fits ? pass(`Node.js ${version}.`) : fail(`Node.js ${version} is too old.`, `Install ${wanted} or later.`)];
  },
});

/** `secretFiles`: paths that the environment names as holding a secret. */
export const permissionCheck = (
  env: Pick<Environment, 'configPath' | 'dataDir'>,
  config: Config | undefined,
  secretFiles: readonly string[],
): Check => ({
  name: 'permissions',
  look: async () => {
    const found = await Promise.all([
      dataDirectory(env.dataDir),
      notWritable(env.configPath, 'decides what can happen as root'),
      ...(config?.runbooks === undefined ? [] : [notWritable(config.runbooks, 'holds what is run as root')]),
      ...[...secretFiles, join(dirname(env.configPath), '.env')].map(secretFile),
    ]);
    return found.flatMap((finding) => finding ?? []);
  },
});

const modeOf = (mode: number): string => (mode & 0o777).toString(8);

const dataDirectory = async (path: string): Promise<Finding> => {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => error);
  if ('code' in found) {
    if (found.code === 'ENOENT') return pass(`${path} is not there yet: the first start makes it.`);
    return unknown(`${path} cannot be looked at (${found.code}).`, 'Run this as the user that Runbolt runs as.');
  }
  if (!('uid' in found)) return unknown(`${path} cannot be looked at.`, 'Run this as the user that Runbolt runs as.');
  if (found.uid !== process.getuid?.())
    return fail(`${path} belongs to another user.`, `Run \`chown -R\` on it, or this as that user.`);
  if ((found.mode & 0o077) !== 0)
    return fail(`${path} is open to others (mode ${modeOf(found.mode)}).`, `Run \`chmod 700 ${path}\`.`);
  return pass(`${path} is this user's alone.`);
};

const notWritable = async (path: string, why: string): Promise<Finding | undefined> => {
  const mode = await modeAt(path);
  if (mode === undefined) return undefined;
  if ((mode & 0o022) === 0) return pass(`Others cannot write to ${path}.`);
  return fail(`Others can write to ${path} (mode ${modeOf(mode)}), which ${why}.`, `Run \`chmod go-w ${path}\`.`);
};

const secretFile = async (path: string): Promise<Finding | undefined> => {
  const mode = await modeAt(path);
  if (mode === undefined) return undefined;
  if ((mode & 0o077) === 0 || path.startsWith(CONTAINER_SECRETS)) return pass(`${path} is closed to others.`);
  return fail(`${path} holds secrets and is open to others (mode ${modeOf(mode)}).`, `Run \`chmod 600 ${path}\`.`);
};

const modeAt = (path: string): Promise<number | undefined> =>
  stat(path).then(
    ({ mode }) => mode,
    () => undefined,
  );

/** The team's own runbooks, and what the schedules ask of them; those that ship have no mistakes. */
export const runbookCheck = (env: Environment, config: Config | undefined, runbooks: Result<Runbooks>): Check => ({
  name: 'runbooks',
  look: async () => {
    const own = config?.runbooks === undefined ? undefined : await yamlIn(config.runbooks);
    if (own && !own.ok) return [fail(own.fault.message, own.fault.next)];
    const taken = new Map<string, string>();
    const linted = await Promise.all((own?.value ?? []).map((path) => lintRunbookFile(path, taken)));
    const mistakes = linted.flatMap((l) => l.mistakes);
    if (mistakes.length > 0) return [fail(`${mistakes.length} mistakes.`, mistakes.join('\n'))];
    if (!runbooks.ok) return [fail(runbooks.fault.message, runbooks.fault.next)];
    const schedules = config ? checkSchedules(env.configPath, config, runbooks.value) : undefined;
    if (schedules && !schedules.ok) return [fail(schedules.fault.message, schedules.fault.next)];
    return [pass(`${[...runbooks.value.keys()].length} runbooks, no mistakes.`)];
  },
});
