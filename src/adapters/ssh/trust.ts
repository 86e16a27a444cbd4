import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ServerHostKeyAlgorithm } from 'ssh2';
import { FaultError, failure, ok, type Result, resultOf } from '../../core/fault.js';
import type { Clock } from '../../engine/ports.js';
import { SshConnections } from './connections.js';
import { handshake } from './dial.js';
import { dialFault, timedOut } from './dial-faults.js';
import { readBastion } from './hops.js';
import { fingerprint, isAbout, keyType, knownName, parseKnownHosts } from './known-hosts.js';
import { withKnownHosts } from './known-hosts-file.js';
import { CONNECT_MS, type Endpoint, type SshOptions } from './options.js';

/** A key that a host offers. */
export interface HostKey {
  readonly type: string;
  /** As on the wire. */
  readonly key: Buffer;
  /** `SHA256:...` as OpenSSH prints it. */
  readonly fingerprint: string;
}

const SCANNED: readonly ServerHostKeyAlgorithm[][] = [
  ['ssh-ed25519'],
  ['ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'],
  ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'],
];

/** The keys that a host offers now, one dial a kind, within 10 s. Nobody vouches for them; nothing is sent. */
export const scanHostKeys = async (
  endpoint: Endpoint,
  options: SshOptions,
  signal: AbortSignal,
): Promise<Result<readonly HostKey[]>> => {
  const connections = new SshConnections(options, readBastion(options.bastion));
  const done = new AbortController();
  const late = new AbortController();
  void options.clock.sleep(CONNECT_MS, AbortSignal.any([signal, done.signal])).then(
    () => late.abort(),
    () => {},
  );
  const until = AbortSignal.any([signal, late.signal]);
  try {
    const found = await Promise.all(SCANNED.map((algorithms) => scan(connections, endpoint, algorithms, until)));
    const keys = found.flatMap((result) => (result.ok ? [result.value] : []));
    const first = found[0];
    if (keys.length > 0 || !first || first.ok) return ok(keys);
    return until.aborted ? { ok: false, fault: timedOut(endpoint, CONNECT_MS) } : first;
  } finally {
    done.abort();
    connections.close();
  }
};

const scan = async (
  connections: SshConnections,
  endpoint: Endpoint,
  algorithms: ServerHostKeyAlgorithm[],
  signal: AbortSignal,
): Promise<Result<HostKey>> => {
  let seen: Buffer | undefined;
  const look = (key: Buffer): boolean => {
    seen = Buffer.from(key);
    return false;
  };
  try {
    const sock = await connections.open(endpoint, signal);
    const end = await handshake(sock, { type: 'none', username: endpoint.user }, algorithms, look, signal);
    if (seen) return ok({ type: keyType(seen) ?? 'unknown', key: seen, fingerprint: fingerprint(seen) });
    return { ok: false, fault: dialFault(endpoint, end.ok ? new Error('closed') : end.error) };
  } catch (error) {
    return { ok: false, fault: error instanceof FaultError ? error.fault : dialFault(endpoint, error) };
  }
};

/**
 * Adds a key to a known_hosts file (made with mode 0600 if it is missing), in one write. A key that is there already is
 * not added again; another key of the same type for the same host, or a revoked one, is refused.
 */
export const recordHostKey = (
  file: string,
  host: Pick<Endpoint, 'host' | 'port'>,
  key: HostKey,
  clock: Clock,
): Promise<Result<'added' | 'present'>> =>
  resultOf(() => withKnownHosts(file, 'written', () => record(file, host, key, clock)));

const record = async (
  file: string,
  host: Pick<Endpoint, 'host' | 'port'>,
  key: HostKey,
  clock: Clock,
): Promise<Result<'added' | 'present'>> => {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const lock = lockOf(file);
  const locked = await take(lock, clock);
  if (!locked) return failure('host_key_unknown', `${lock} is held by another process.`, 'Remove it if none runs.');
  try {
    const handle = await open(file, 'a+', 0o600);
    try {
      return await append(handle, file, host, key);
    } finally {
      await handle.close();
    }
  } finally {
    await rm(lock, { force: true });
  }
};

export const lockOf = (file: string): string => `${file}.runbolt-lock`;

const append = async (
  handle: Awaited<ReturnType<typeof open>>,
  file: string,
  { host, port }: Pick<Endpoint, 'host' | 'port'>,
  { type, key }: HostKey,
): Promise<Result<'added' | 'present'>> => {
  const name = knownName(host, port);
  const text = await readFile(file, 'utf8');
  const about = parseKnownHosts(file, text).filter((entry) => isAbout(entry, name));
  const revoked = about.find((entry) => entry.revoked && entry.key.equals(key));
  const same = about.find((entry) => !entry.revoked && entry.key.equals(key));
  const other = about.find((entry) => !entry.revoked && entry.type === type && !entry.key.equals(key));
  const stop = revoked ?? (same ? undefined : other);
  if (stop) {
    const why = revoked ? 'revokes this key' : `has another ${type} key (${fingerprint(stop.key)})`;
    const next = `Remove line ${stop.line} of ${file} if that is no longer true, then trust again.`;
    return failure('host_key_changed', `${file}:${stop.line} ${why} for ${name}.`, next);
  }
  if (same) return ok('present');
  const gap = text.length > 0 && !text.endsWith('\n') ? '\n' : '';
  await handle.write(`${gap}${name} ${type} ${key.toString('base64')}\n`);
  await handle.sync();
  return ok('added');
};

/** The lock that writers of a known_hosts file share; false when another process keeps it for 5 s. */
export const take = async (lock: string, clock: Clock): Promise<boolean> => {
  for (let tries = 0; tries < 50; tries += 1) {
    try {
      await (await open(lock, 'wx', 0o600)).close();
      return true;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      await clock.sleep(100);
    }
  }
  return false;
};
