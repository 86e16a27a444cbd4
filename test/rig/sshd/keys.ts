import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type KeyKind = 'ed25519' | 'ecdsa' | 'rsa';

export interface KeyPair {
  /** Path of the private key; the public one is beside it. */
  readonly path: string;
  /** `TYPE BASE64`, without the comment. */
  readonly publicLine: string;
}

/** A new key pair by the real ssh-keygen. */
export const makeKey = (directory: string, name: string, kind: KeyKind = 'ed25519', passphrase = ''): KeyPair => {
  const path = join(directory, name);
  execFileSync('ssh-keygen', ['-q', '-t', kind, '-N', passphrase, '-C', 'rig', '-f', path]);
  const [type, base64] = readFileSync(`${path}.pub`, 'utf8').split(' ');
  return { path, publicLine: `${type} ${base64}` };
};
