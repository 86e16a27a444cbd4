import { readFile, stat } from 'node:fs/promises';
import ssh2, { type AgentAuthMethod, type ParsedKey, type PublicKeyAuthMethod } from 'ssh2';
import { failure, ok, type Result } from '../../core/fault.js';
import type { Endpoint } from './options.js';

export type Login = PublicKeyAuthMethod | AgentAuthMethod;

type Key = ParsedKey | 'encrypted';

/**
 * Private keys, parsed once a file: an encrypted one costs 320 ms of blocking CPU each time. A key file whose passphrase is
 * not known is left to the agent.
 */
export class Identities {
  private readonly keys = new Map<string, { stamp: string; key: Promise<Key | Error> }>();

  constructor(
    private readonly agent: string | undefined,
    private readonly passphrase: string | undefined,
  ) {}

  async login(endpoint: Endpoint): Promise<Result<Login>> {
    const { identity, user, label } = endpoint;
    if (identity === undefined) {
      if (this.agent !== undefined) return ok({ type: 'agent', username: user, agent: this.agent });
      return failure(
        'identity_missing',
        `${label}: no key file is configured and no SSH agent is running.`,
        'Set `identity` to a private key file, or start an agent, `ssh-add` the key and set SSH_AUTH_SOCK.',
      );
    }
    const found = await this.key(identity, label);
    if (!found.ok) return found;
    if (found.value !== 'encrypted') return ok({ type: 'publickey', username: user, key: found.value });
    if (this.agent !== undefined) return ok({ type: 'agent', username: user, agent: this.agent });
    return failure(
      'identity_missing',
      `${label}: the key file ${identity} is encrypted.`,
      `Start an SSH agent, run \`ssh-add ${identity}\` and set SSH_AUTH_SOCK, or give its passphrase.`,
    );
  }

  private async key(path: string, label: string): Promise<Result<Key>> {
    try {
      const { mtimeMs, ctimeMs, size } = await stat(path);
      const stamp = `${mtimeMs} ${ctimeMs} ${size}`;
      const cached = this.keys.get(path);
      const key = cached?.stamp === stamp ? cached.key : readFile(path).then((bytes) => parse(bytes, this.passphrase));
      this.keys.set(path, { stamp, key });
      const parsed = await key;
      if (!(parsed instanceof Error)) return ok(parsed);
      const message = `${label}: the key file ${path} ${parsed.message}.`;
      return failure('identity_missing', message, 'Set `identity` to a private key.');
    } catch (error) {
      const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
      const message = `${label}: the key file ${path} could not be read (${reason}).`;
      return failure('identity_missing', message, 'Set `identity` to a private key file that Runbolt may read.');
    }
  }
}

/** The key in a file, or an error whose message says what the file does instead. */
const parse = (bytes: Buffer, passphrase: string | undefined): Key | Error => {
  const parsed: unknown = ssh2.utils.parseKey(bytes, passphrase);
  const [key] = Array.isArray(parsed) ? parsed : [parsed];
  if (isPrivateKey(key)) return key;
  if (key instanceof Error && /no passphrase given/.test(key.message)) return 'encrypted';
  const wrong = key instanceof Error && /passphrase|integrity|decrypt/i.test(key.message);
  return new Error(wrong ? 'does not open with the given passphrase' : 'holds no private key that is understood');
};

const isPrivateKey = (key: unknown): key is ParsedKey =>
  typeof key === 'object' &&
  key !== null &&
  !(key instanceof Error) &&
  'isPrivateKey' in key &&
  typeof key.isPrivateKey === 'function' &&
  key.isPrivateKey() === true;
