import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** One line of a known_hosts file that says something about a host key. Format: sshd(8), SSH_KNOWN_HOSTS FILE FORMAT. */
export interface KnownHost {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly revoked: boolean;
  readonly names: string;
  readonly type: string;
  /** The key as on the wire. */
  readonly key: Buffer;
}

const BLANKS = /[ \t]+/;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** Reads a known_hosts file. Lines that are broken, comments, or about certificate authorities are left out. */
export const parseKnownHosts = (file: string, text: string): readonly KnownHost[] =>
  text.split('\n').flatMap((raw, index) => {
    const fields = raw.replace(/^[ \t]+|[ \t\r]+$/g, '').split(BLANKS);
    const marker = fields[0]?.startsWith('@') ? fields.shift() : undefined;
    const [names, type, base64] = fields;
    if (!names || names.startsWith('#') || !type || !base64 || !BASE64.test(base64)) return [];
    if (marker !== undefined && marker !== '@revoked') return [];
    const key = Buffer.from(base64, 'base64');
    if (keyType(key) !== type) return [];
    return [{ file, line: index + 1, revoked: marker === '@revoked', names, type, key }];
  });

/** The type that a public key says it is, or nothing when it is not a key. */
export const keyType = (key: Buffer): string | undefined => {
  if (key.length < 4) return undefined;
  const length = key.readUInt32BE(0);
  if (length < 1 || length > 64 || key.length <= 4 + length) return undefined;
  return key.toString('latin1', 4, 4 + length);
};

/** As OpenSSH prints it: `SHA256:` and unpadded base64. */
export const fingerprint = (key: Buffer): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;

/** The name under which a host's key is kept: lower case, with the port unless it is 22. */
export const knownName = (host: string, port: number): string => {
  const name = host.toLowerCase();
  return port === 22 ? name : `[${name}]:${port}`;
};

/** Whether the entry is about this name. `names` is one hashed name or a comma list of patterns, `!` to except. */
export const isAbout = (entry: Pick<KnownHost, 'names'>, name: string): boolean => {
  if (entry.names.startsWith('|')) return hashedMatches(entry.names, name);
  let matched = false;
  for (const item of entry.names.split(',')) {
    const negated = item.startsWith('!');
    if (!glob((negated ? item.slice(1) : item).toLowerCase(), name)) continue;
    if (negated) return false;
    matched = true;
  }
  return matched;
};

const hashedMatches = (names: string, name: string): boolean => {
  const parts = names.split('|');
  const [, version, salt, hash] = parts;
  if (parts.length !== 4 || version !== '1' || !salt || !hash || !BASE64.test(salt) || !BASE64.test(hash)) return false;
  const expected = Buffer.from(hash, 'base64');
  const bytes = Buffer.from(salt, 'base64');
  if (bytes.length !== 20 || expected.length !== 20) return false;
  return timingSafeEqual(createHmac('sha1', bytes).update(name).digest(), expected);
};

/** `*` any run, `?` one character; linear but for the last `*`. */
const glob = (pattern: string, text: string): boolean => {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    const c = pattern[p];
    if (c === '*') {
      star = p++;
      resume = t;
    } else if (c !== undefined && (c === '?' || c === text[t])) {
      p += 1;
      t += 1;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else return false;
  }
  while (pattern[p] === '*') p += 1;
  return p === pattern.length;
};
