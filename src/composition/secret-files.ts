import { readFileSync } from 'node:fs';
import { failure, ok, type Result } from '../core/fault.js';

type Variables = Readonly<Record<string, string | undefined>>;

/** What may stand in a file instead: `NAME_FILE` names it, as with the official container images. */
const BY_FILE =
  /^(SLACK_BOT_TOKEN|SLACK_APP_TOKEN|DATABASE_URL|DATABASE_PASSWORD|REDIS_URL|REDIS_PASSWORD|REDIS_SENTINEL_PASSWORD|RUNBOLT_SSH_PASSPHRASE|RUNBOLT_SECRET_[A-Z][A-Z0-9_]*)_FILE$/;
const MAX_BYTES = 65_536;

/**
 * The variables with each secret that a `NAME_FILE` points to read into `NAME`; line ends at the end of the file are not
 * part of it. Fault `config_invalid`: both are set, or the file cannot be read, is empty, or is no text of at most 64 KiB.
 */
export const withSecretFiles = (variables: Variables): Result<Variables> => {
  const read: Record<string, string | undefined> = { ...variables };
  for (const [variable, path] of Object.entries(variables)) {
    const name = BY_FILE.exec(variable)?.[1];
    if (name === undefined || path === undefined) continue;
    if (variables[name] !== undefined)
      return failure('config_invalid', `Both ${name} and ${variable} are set.`, 'Unset one of them.');
    const secret = secretIn(path);
    if ('wrong' in secret)
      return failure(
        'config_invalid',
        `${variable} names ${path}, which ${secret.wrong}.`,
        `Put the value of ${name} there, readable for the user that Runbolt runs as, or correct the path.`,
      );
    read[name] = secret.text;
    delete read[variable];
  }
  return ok(read);
};

/** Paths of the files that hold secrets, as the variables name them. */
export const secretFilesIn = (variables: Variables): readonly string[] =>
  Object.entries(variables).flatMap(([name, path]) => (path !== undefined && BY_FILE.test(name) ? [path] : []));

const secretIn = (path: string): { readonly text: string } | { readonly wrong: string } => {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    return { wrong: wrongWith(error) };
  }
  if (bytes.length > MAX_BYTES || bytes.includes(0)) return { wrong: 'is no text of at most 64 KiB' };
  const text = bytes.toString('utf8').replace(/[\r\n]+$/, '');
  return text === '' ? { wrong: 'is empty' } : { text };
};

const wrongWith = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  if (code === 'ENOENT') return 'is not there';
  if (code === 'EACCES') return 'this user may not read';
  // Docker makes a directory of the file that a bind mount names and that is not there.
  if (code === 'EISDIR') return 'is a directory';
  return `cannot be read (${code})`;
};

/**
 * The URL of a server with the password that stands apart from it, so that the URL itself is no secret. Faults
 * `config_invalid`: a password without a URL, in both, or for a URL that can take none.
 */
export const urlWithPassword = (variables: Variables, server: 'DATABASE' | 'REDIS'): Result<string | undefined> => {
  const url = variables[`${server}_URL`];
  const password = variables[`${server}_PASSWORD`];
  if (password === undefined) return ok(url);
  const wrong = (what: string, next: string) => failure('config_invalid', what, next);
  if (url === undefined)
    return wrong(`${server}_PASSWORD is set, and ${server}_URL is not.`, `Set ${server}_URL too, or neither.`);
  const sentinels = SENTINELS.exec(url);
  if (sentinels?.[2]?.includes(':'))
    return wrong(`${server}_URL has a password, and ${server}_PASSWORD is set.`, 'Leave one of them out.');
  if (sentinels) return ok(`${sentinels[1]}${sentinels[2] ?? ''}:${encodeURIComponent(password)}@${sentinels[3]}`);
  if (!URL.canParse(url)) return wrong(`${server}_URL is not a URL.`, `Correct ${server}_URL.`);
  const full = new URL(url);
  if (full.password !== '')
    return wrong(`${server}_URL has a password, and ${server}_PASSWORD is set.`, 'Leave one of them out.');
  full.password = encodeURIComponent(password);
  if (full.password === '') return wrong(`${server}_URL cannot take a password.`, `Write its host into ${server}_URL.`);
  return ok(full.href);
};

/** A URL of several Sentinels is none that URL can parse. */
const SENTINELS = /^(rediss?\+sentinel:\/\/)(?:([^/@]*)@)?([^/@]+\/.*)$/;

/**
 * The URL of Sentinels with the password that they ask for themselves. Fault `config_invalid`: REDIS_SENTINEL_PASSWORD
 * without such a URL.
 */
export const withSentinelPassword = (variables: Variables, url: string | undefined): Result<string | undefined> => {
  const password = variables.REDIS_SENTINEL_PASSWORD;
  if (password === undefined) return ok(url);
  if (url === undefined || !SENTINELS.test(url)) {
    return failure(
      'config_invalid',
      'REDIS_SENTINEL_PASSWORD is set, and REDIS_URL names no Sentinels.',
      'Write REDIS_URL as redis+sentinel://HOST:26379,HOST:26379/MASTER, or unset REDIS_SENTINEL_PASSWORD.',
    );
  }
  return ok(`${url}${url.includes('?') ? '&' : '?'}sentinel_password=${encodeURIComponent(password)}`);
};
