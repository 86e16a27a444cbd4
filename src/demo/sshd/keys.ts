import { timingSafeEqual } from 'node:crypto';
import ssh2 from 'ssh2';

/** A key pair in OpenSSH's own formats, made anew at each start. */
export interface KeyPair {
  readonly privateKey: string;
  /** `type base64`, as in known_hosts and authorized_keys. */
  readonly publicKey: string;
}

/**
 * Hosts have keys of both kinds that sshd makes by default today, so that both are met. One ed25519 pair in 256 of ssh2
 * 1.17 cannot be read back (mscdex/ssh2#1513: its generator strips leading zeros), so each pair is tried before it is used.
 */
export const makeKeyPair = (kind: 'ed25519' | 'ecdsa'): KeyPair => {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const pair =
      kind === 'ed25519'
        ? ssh2.utils.generateKeyPairSync('ed25519')
        : ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 });
    if (readable(pair.private) && readable(pair.public))
      return { privateKey: pair.private, publicKey: pair.public.split(' ').slice(0, 2).join(' ') };
  }
  throw new Error(`No readable ${kind} key in 20 attempts.`);
};

const readable = (key: string): boolean => !(ssh2.utils.parseKey(key) instanceof Error);

/** Says whether an authentication attempt holds the one key that is let in. */
export const keyCheck = (publicKey: string): ((attempt: ssh2.AuthContext) => boolean) => {
  const allowed = ssh2.utils.parseKey(publicKey);
  if (allowed instanceof Error) throw allowed;
  const key = Array.isArray(allowed) ? allowed[0] : allowed;
  const wire = key.getPublicSSH();
  return (attempt) => {
    if (attempt.method !== 'publickey' || attempt.username !== 'root') return false;
    if (attempt.key.data.length !== wire.length || !timingSafeEqual(attempt.key.data, wire)) return false;
    if (attempt.signature === undefined || attempt.blob === undefined) return true;
    return key.verify(attempt.blob, attempt.signature, attempt.hashAlgo) === true;
  };
};
