import { mkdir, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { failure, ok, type Result, resultOf } from '../../core/fault.js';
import type { Target } from '../../core/target.js';
import type { Clock } from '../../engine/ports.js';
import { fingerprint, isAbout, type KnownHost, keyType, knownName, parseKnownHosts } from './known-hosts.js';
import { withKnownHosts } from './known-hosts-file.js';
import { type HostKey, lockOf, take } from './trust.js';

/** The text of a known_hosts file, empty where there is none. Rejects with a FaultError where it cannot be read. */
export const knownHostsText = (file: string): Promise<string> =>
  withKnownHosts(file, 'read', () =>
    readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    }),
  );

/** What known_hosts would become for one host whose keys are known from elsewhere. */
export interface KeyChange {
  readonly target: Target;
  readonly keys: readonly HostKey[];
  readonly added: readonly HostKey[];
  readonly kept: readonly HostKey[];
  /** Entries about its address with keys that it does not have: those of whoever had the address before. */
  readonly removed: readonly KnownHost[];
  /** Why its entries cannot be changed. */
  readonly obstacle?: string;
}

const LINE = /^(ssh-ed25519|ecdsa-sha2-nistp(?:256|384|521)|ssh-rsa) ([A-Za-z0-9+/]+={0,2})(?: |$)/;

/** The public keys in the text of `ssh_host_*_key.pub` files; anything else in it is left out. */
export const readHostKeys = (text: string): readonly HostKey[] => {
  const found = new Map<string, HostKey>();
  for (const line of text.split('\n')) {
    const [, type, base64] = LINE.exec(line.trim()) ?? [];
    if (type === undefined || base64 === undefined) continue;
    const key = Buffer.from(base64, 'base64');
    if (keyType(key) === type) found.set(base64, { type, key, fingerprint: fingerprint(key) });
  }
  return [...found.values()];
};

/** What the file's text says of a host, beside the keys that it has. */
export const compareHostKeys = (file: string, text: string, target: Target, keys: readonly HostKey[]): KeyChange => {
  const about = parseKnownHosts(file, text).filter((entry) => isAbout(entry, knownName(target.host, target.port)));
  const has = ({ key }: { readonly key: Buffer }) => keys.some((own) => own.key.equals(key));
  const known = about.filter((entry) => !entry.revoked);
  const revoked = about.find((entry) => entry.revoked && has(entry));
  const removed = known.filter((entry) => !has(entry));
  const shared = removed.find((entry) => /[*?,!]/.test(entry.names));
  const obstacle = revoked
    ? `${file}:${revoked.line} revokes a key that it has`
    : shared && `${file}:${shared.line} names other hosts too; take ${target.host} out of it by hand`;
  const kept = keys.filter(({ key }) => known.some((entry) => entry.key.equals(key)));
  const added = keys.filter((key) => !kept.includes(key));
  return { target, keys, added, kept, removed, ...(obstacle !== undefined && { obstacle }) };
};

/**
 * Writes the changes into the file, all at once or none: the new keys in, those that went out. What the file says is
 * compared once more, under the lock; where that comes to something else than was shown, nothing is written.
 */
export const renewHostKeys = (file: string, changes: readonly KeyChange[], clock: Clock): Promise<Result<void>> =>
  resultOf(() => withKnownHosts(file, 'written', () => renew(file, changes, clock)));

const renew = async (file: string, changes: readonly KeyChange[], clock: Clock): Promise<Result<void>> => {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const lock = lockOf(file);
  if (!(await take(lock, clock)))
    return failure('host_key_unknown', `${lock} is held by another process.`, 'Remove it if none runs.');
  try {
    const path = await realpath(file).catch(() => file);
    const text = await knownHostsText(path);
    const now = changes.map(({ target, keys }) => compareHostKeys(file, text, target, keys));
    if (now.some((change, i) => wordsOf(change) !== wordsOf(changes[i])))
      return failure('host_key_changed', `${file} was changed meanwhile: nothing was recorded.`, 'Ask again.');
    const gone = new Set(now.flatMap(({ removed }) => removed.map(({ line }) => line)));
    const kept = text.split('\n').filter((_, i) => !gone.has(i + 1));
    if (kept.at(-1) === '') kept.pop();
    const added = now.flatMap(({ target, added: keys }) =>
      keys.map(({ type, key }) => `${knownName(target.host, target.port)} ${type} ${key.toString('base64')}`),
    );
    await replace(path, [...kept, ...added, ''].join('\n'));
    return ok(undefined);
  } finally {
    await rm(lock, { force: true });
  }
};

const wordsOf = (change: KeyChange | undefined): string =>
  JSON.stringify([
    change?.added.map((key) => key.fingerprint),
    change?.removed.map((entry) => [entry.names, fingerprint(entry.key)]),
    change?.obstacle ?? '',
  ]);

const replace = async (path: string, text: string): Promise<void> => {
  const mode = await stat(path).then(
    (about) => about.mode & 0o777,
    () => 0o600,
  );
  const written = `${path}.runbolt-new`;
  await rm(written, { force: true });
  const handle = await open(written, 'wx', mode);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(written, path);
};
