import { readFile, stat } from 'node:fs/promises';
import type { ServerHostKeyAlgorithm } from 'ssh2';
import { isAbout, type KnownHost, keyType, knownName, parseKnownHosts } from './known-hosts.js';
import { withKnownHosts } from './known-hosts-file.js';

/** What the known_hosts files say about a key that a host offers. */
export type Verdict =
  | { readonly kind: 'known' }
  | { readonly kind: 'unknown' }
  /** Another key is known; `entry` is its line. */
  | { readonly kind: 'changed'; readonly entry: KnownHost }
  | { readonly kind: 'revoked'; readonly entry: KnownHost };

const ALGORITHMS: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
  'ssh-rsa',
];

const keyTypeOf = (algorithm: ServerHostKeyAlgorithm): string => (algorithm.startsWith('rsa-') ? 'ssh-rsa' : algorithm);

/**
 * Signature algorithms to offer: those of known keys first, so that a host shows the key we know. The others follow only
 * so that a refusal can name the key that was shown instead.
 */
export const offeredAlgorithms = (known: readonly KnownHost[]): ServerHostKeyAlgorithm[] => {
  const types = new Set(known.filter((entry) => !entry.revoked).map((entry) => entry.type));
  const isKnown = (algorithm: ServerHostKeyAlgorithm) => types.has(keyTypeOf(algorithm));
  return [...ALGORITHMS.filter(isKnown), ...ALGORITHMS.filter((algorithm) => !isKnown(algorithm))];
};

/** Judges an offered key by the entries about its host. A revoked key is never known. */
export const judge = (entries: readonly KnownHost[], key: Buffer): Verdict => {
  const same = entries.filter((entry) => entry.key.equals(key));
  const revoked = same.find((entry) => entry.revoked);
  if (revoked) return { kind: 'revoked', entry: revoked };
  if (same.length > 0) return { kind: 'known' };
  const valid = entries.filter((entry) => !entry.revoked);
  const entry = valid.find(({ type }) => type === keyType(key)) ?? valid[0];
  return entry ? { kind: 'changed', entry } : { kind: 'unknown' };
};

/** The known_hosts files, read again when one has changed, so that a key trusted meanwhile counts at once. */
export class KnownHosts {
  private readonly cache = new Map<string, { stamp: string; entries: Promise<readonly KnownHost[]> }>();

  constructor(private readonly files: readonly string[]) {}

  /** Entries about a host. A file that does not exist says nothing; one that cannot be read rejects with a FaultError. */
  async about(host: string, port: number): Promise<readonly KnownHost[]> {
    const all = await Promise.all(this.files.map((file) => withKnownHosts(file, 'read', () => this.read(file))));
    const name = knownName(host, port);
    return all.flat().filter((entry) => isAbout(entry, name));
  }

  private async read(file: string): Promise<readonly KnownHost[]> {
    try {
      const { mtimeMs, ctimeMs, size, ino } = await stat(file);
      const stamp = `${mtimeMs} ${ctimeMs} ${size} ${ino}`;
      const cached = this.cache.get(file);
      if (cached?.stamp === stamp) return await cached.entries;
      const entries = readFile(file, 'utf8').then((text) => parseKnownHosts(file, text));
      this.cache.set(file, { stamp, entries });
      return await entries;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
      throw error;
    }
  }
}
