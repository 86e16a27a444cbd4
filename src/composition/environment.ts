import { existsSync } from 'node:fs';
import { homedir, tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { failure, ok, type Result } from '../core/fault.js';
import { type ListenAddress, listenAddress } from '../core/listen-address.js';
import { urlWithPassword, withSecretFiles, withSentinelPassword } from './secret-files.js';

/**
 * Everything that Runbolt takes from its environment; nothing else reads it. Secrets come from here only, or from the
 * files that `NAME_FILE` names here.
 */
export interface Environment {
  /** `--config`, `RUNBOLT_CONFIG`, or runbolt.yaml in the working directory. */
  readonly configPath: string;
  /** True when the path was named, so that a missing file is a mistake. */
  readonly configNamed: boolean;
  readonly dataDir: string;
  readonly demoDir: string;
  readonly databaseUrl?: string;
  readonly redisUrl?: string;
  readonly slackBotToken?: string;
  readonly slackAppToken?: string;
  readonly slackApiUrl?: string;
  readonly sshAgent?: string;
  readonly sshPassphrase?: string;
  /** Values of `RUNBOLT_SECRET_NAME` by the name in lower case: what a runbook means by `{secrets.name}`. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly user: string;
  readonly home: string;
  /** What programs that Runbolt starts are given: its own variables, without those that hold its secrets. */
  readonly inherited: Readonly<Record<string, string | undefined>>;
  /** Where this process serves metrics and health, whatever the configuration says. */
  readonly http?: ListenAddress;
  /** What a bot or worker that is refused does; it exits when absent. */
  readonly onRefusal?: 'exit' | 'stay';
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
}

const variables = z.object({
  RUNBOLT_CONFIG: z.string().min(1).optional(),
  RUNBOLT_DATA: z.string().min(1).optional(),
  RUNBOLT_LOG: z.enum(['debug', 'info', 'warn', 'error', 'silent']).optional(),
  XDG_STATE_HOME: z.string().min(1).optional(),
  XDG_RUNTIME_DIR: z.string().min(1).optional(),
  TMPDIR: z.string().min(1).optional(),
  SLACK_BOT_TOKEN: z.string().min(1).optional(),
  SLACK_APP_TOKEN: z.string().min(1).optional(),
  SLACK_API_URL: z.url().optional(),
  SSH_AUTH_SOCK: z.string().min(1).optional(),
  RUNBOLT_SSH_PASSPHRASE: z.string().min(1).optional(),
  RUNBOLT_HTTP: listenAddress.optional(),
  RUNBOLT_ON_REFUSAL: z.enum(['exit', 'stay']).optional(),
});

export const readEnvironment = (
  env: Readonly<Record<string, string | undefined>>,
  options: { readonly config?: string },
): Result<Environment> => {
  const filled = withSecretFiles(Object.fromEntries(Object.entries(env).filter(([, value]) => value !== '')));
  if (!filled.ok) return filled;
  const set = filled.value;
  const [databaseUrl, redis] = [urlWithPassword(set, 'DATABASE'), urlWithPassword(set, 'REDIS')];
  if (!databaseUrl.ok) return databaseUrl;
  const redisUrl = redis.ok ? withSentinelPassword(set, redis.value) : redis;
  if (!redisUrl.ok) return redisUrl;
  const read = variables.safeParse(set);
  if (!read.success) {
    const names = read.error.issues.map((i) => `${i.path.join('.')}: ${i.message}`).join('; ');
    return failure('config_invalid', `The environment is not usable: ${names}.`, 'Set it right or unset it.');
  }
  const e = read.data;
  const user = whoRuns();
  const home = homedir();
  const named = options.config ?? e.RUNBOLT_CONFIG;
  return ok({
    configPath: resolve(named ?? 'runbolt.yaml'),
    configNamed: named !== undefined,
    dataDir: e.RUNBOLT_DATA ?? join(e.XDG_STATE_HOME ?? join(home, '.local', 'state'), 'runbolt'),
    demoDir: join(e.TMPDIR ?? e.XDG_RUNTIME_DIR ?? memory(), `runbolt-demo-${user.uid}`),
    ...(databaseUrl.value !== undefined && { databaseUrl: databaseUrl.value }),
    ...(redisUrl.value !== undefined && { redisUrl: redisUrl.value }),
    ...(e.SLACK_BOT_TOKEN && { slackBotToken: e.SLACK_BOT_TOKEN }),
    ...(e.SLACK_APP_TOKEN && { slackAppToken: e.SLACK_APP_TOKEN }),
    ...(e.SLACK_API_URL && { slackApiUrl: e.SLACK_API_URL }),
    ...(e.SSH_AUTH_SOCK && { sshAgent: e.SSH_AUTH_SOCK }),
    ...(e.RUNBOLT_SSH_PASSPHRASE && { sshPassphrase: e.RUNBOLT_SSH_PASSPHRASE }),
    ...(e.RUNBOLT_HTTP && { http: e.RUNBOLT_HTTP }),
    ...(e.RUNBOLT_ON_REFUSAL && { onRefusal: e.RUNBOLT_ON_REFUSAL }),
    secrets: secretsIn(set),
    user: user.username,
    home,
    inherited: Object.fromEntries(Object.entries(env).filter(([name]) => !OWN.test(name))),
    logLevel: e.RUNBOLT_LOG ?? 'info',
  });
};

/** A container may run under a user ID that its password file does not know. */
const whoRuns = (): { readonly username: string; readonly uid: number } => {
  try {
    return userInfo();
  } catch {
    const uid = process.getuid?.() ?? -1;
    return { username: String(uid), uid };
  }
};

/** Variables that are Runbolt's alone. */
const OWN = /^(RUNBOLT_|SLACK_|DATABASE_(URL|PASSWORD)|REDIS_(URL|PASSWORD|SENTINEL_PASSWORD))/;

const SECRET = /^RUNBOLT_SECRET_([A-Z][A-Z0-9_]*)$/;

const secretsIn = (set: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(set).flatMap(([name, value]) => {
      const secret = SECRET.exec(name)?.[1];
      return secret !== undefined && value !== undefined ? [[secret.toLowerCase(), value]] : [];
    }),
  );

/** A directory in memory for what a demo forgets anyway: the thousand small files of its ledger come up much sooner. */
const memory = (): string => (existsSync('/dev/shm') ? '/dev/shm' : tmpdir());

/** A path of the configuration, `~` being the home directory. */
export const expandHome = (path: string, home: string): string =>
  path === '~' ? home : path.startsWith('~/') ? join(home, path.slice(2)) : path;
