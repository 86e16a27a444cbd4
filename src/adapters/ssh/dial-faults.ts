import { type Fault, fault } from '../../core/fault.js';
import { cleanLine } from '../../core/text.js';
import type { Verdict } from './host-keys.js';
import { fingerprint, keyType, knownName } from './known-hosts.js';
import { CONNECT_MS, type Endpoint } from './options.js';

const property = (error: unknown, name: 'code' | 'level' | 'message'): string => {
  if (typeof error !== 'object' || error === null) return '';
  const value: unknown = Reflect.get(error, name);
  return typeof value === 'string' ? value : '';
};

const UNRESOLVED = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NONAME', 'ENODATA']);
const SILENT = new Set(['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN']);

export const timedOut = ({ label }: Endpoint, ms: number): Fault =>
  fault(
    'host_timeout',
    `${label}: no SSH connection within ${ms / 1000} s.`,
    'Check that the host is up and that no firewall drops the connection.',
  );

/** A dial that ended before login, in the user's words. `error` is what ssh2, the socket or a bastion's channel said. */
export const dialFault = (endpoint: Endpoint, error: unknown): Fault => {
  const { label, host, port, user } = endpoint;
  const code = property(error, 'code');
  const message = property(error, 'message');
  const said = cleanLine(message, 160);
  if (UNRESOLVED.has(code) || /(?:not known|resolution|resolve)/i.test(message))
    return fault('host_unresolved', `${label}: the name ${host} has no address.`, 'Check the name and the DNS.');
  if (SILENT.has(code) || /Keepalive|timed out|No route|unreachable/i.test(message))
    return timedOut(endpoint, CONNECT_MS);
  if (code === 'ECONNREFUSED' || /refused|Connect failed/i.test(message))
    return fault(
      'host_refused',
      `${label}: nothing listens on port ${port}.`,
      'Check that sshd runs there, and the port.',
    );
  if (/prohibited/i.test(message))
    return fault(
      'host_refused',
      `${label}: the bastion does not forward there.`,
      'Allow TCP forwarding on the bastion.',
    );
  if (property(error, 'level') === 'agent')
    return fault('identity_missing', `${label}: the SSH agent does not answer (${said}).`, 'Check SSH_AUTH_SOCK.');
  if (property(error, 'level') === 'client-authentication')
    return fault(
      'identity_refused',
      `${label}: login as ${user} was refused.`,
      `Add the public key to ~${user}/.ssh/authorized_keys there, or set another \`user\` or \`identity\`.`,
    );
  if (/no matching|identification|Invalid|malformed|packet/i.test(message))
    return fault(
      'host_refused',
      `${label}: no SSH session could be agreed on: ${said}`,
      'Check that sshd listens there.',
    );
  return fault(
    'connection_lost',
    `${label}: the connection was closed before login.`,
    'Check sshd there: its log, MaxStartups and allow lists.',
  );
};

/** A connection cut before the key exchange was over: sshd drops some at random when many log in at once. */
export const isDropped = (error: unknown): boolean =>
  property(error, 'code') === 'ECONNRESET' ||
  property(error, 'code') === 'EPIPE' ||
  /before handshake|closed|ended/i.test(property(error, 'message'));

/** Why an offered host key is refused. Nothing but the key exchange was sent. */
export const keyFault = (endpoint: Endpoint, verdict: Exclude<Verdict, { kind: 'known' }>, key: Buffer): Fault => {
  const { label, host, port, name } = endpoint;
  const shown = `${keyType(key) ?? 'a key'} ${fingerprint(key)}`;
  if (verdict.kind === 'unknown') {
    return fault(
      'host_key_unknown',
      `${label}: its host key is not known (${shown}).`,
      `Compare ${fingerprint(key)} with the host's own, then run \`runbolt trust ${name}\`.`,
    );
  }
  const { file, line, type, key: known } = verdict.entry;
  if (verdict.kind === 'revoked')
    return fault(
      'host_key_changed',
      `${label}: its host key (${shown}) is revoked by ${file}:${line}.`,
      'Do not log in; give the host a new key.',
    );
  return fault(
    'host_key_changed',
    `${label}: it shows the host key ${shown}, but ${file}:${line} knows ${type} ${fingerprint(known)} for ${knownName(host, port)}.`,
    `Find out why. If the host was rebuilt, remove line ${line} of ${file} and run \`runbolt trust ${name}\`.`,
  );
};
