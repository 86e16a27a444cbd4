import type { FactValue } from '../../core/fact-type.js';
import { cleanLine } from '../../core/text.js';
import type { Args } from './args.js';
import { evidenceOf, nameOf } from './evidence.js';
import { type AtStart, atStart, notEditable } from './file.js';
import type { RedisProcess, RedisTable, Sockets } from './seen.js';

export const INSTANCE = {
  name: 'string',
  program: 'string',
  version: 'string',
  port: 'int',
  keepalive: 'int',
  timeout: 'int',
  managed: 'bool',
  elsewhere: 'bool',
  loopback_only: 'bool',
  boot_known: 'bool',
  boot_keepalive: 'int',
  boot_by: 'string',
  boot_unclear: 'string',
  connections: 'int',
  unprotected: 'int',
  unprotected_peers: 'string',
  longest_s: 'int',
  unanswered: 'int',
  unanswered_peers: 'string',
  hop: 'string',
  evidence: 'list<string>',
  edit: 'string',
} as const;

const MAX_SECONDS = 2_147_483_647;

/** A setting in seconds as CONFIG GET gives it. */
const seconds = (text: string | undefined): number | undefined => {
  const n = text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  return n <= MAX_SECONDS ? n : undefined;
};

const programOf = (one: RedisProcess): string => {
  const valkey = one.info.get('valkey_version');
  if (valkey !== undefined) return `Valkey ${cleanLine(valkey, 20)}`;
  const version = cleanLine(one.info.get('redis_version') ?? '', 20);
  const named = one.info.get('server_name') === 'valkey' || one.program.startsWith('valkey') ? 'Valkey' : 'Redis';
  return version === '' ? named : `${named} ${version}`;
};

export interface Settings {
  readonly keepalive: number;
  /** -1 where only tcp-keepalive is known. */
  readonly timeout: number;
  readonly managed: boolean;
}

export const settled = (one: RedisProcess, { told }: Args): Settings | undefined => {
  const keepalive = seconds(one.config.get('tcp-keepalive'));
  const timeout = seconds(one.config.get('timeout'));
  if (keepalive !== undefined && timeout !== undefined) return { keepalive, timeout, managed: false };
  if (one.where === 'endpoint' && one.said.has('unknown') && told >= 0)
    return { keepalive: told, timeout: -1, managed: true };
  return undefined;
};

/** How a change on the host comes by the password: a path, never the password. */
const authOf = (one: RedisProcess, given: Args) => {
  const refused = one.said.has('wrongpass');
  return {
    conf: one.secret ?? '',
    password_file: one.secret === undefined && !refused ? given.password_file : '',
    user: one.secret === undefined && !refused ? given.user : '',
  };
};

const whyNot = (one: RedisProcess, managed: boolean, table: RedisTable, given: Args): string => {
  if (managed) return 'it is managed: set tcp-keepalive in its parameter group';
  if (one.where === 'endpoint') return 'it runs on another host: ask there';
  const byFile = one.secret !== undefined || given.password_file !== '' || one.said.has('wrongpass');
  if (given.password !== '' && !byFile)
    return 'its password is a secret of Runbolt, which no plan carries: name a file on the host by password_file';
  return notEditable(one, table.root);
};

export const instance = (one: RedisProcess, settings: Settings, table: RedisTable, given: Args): FactValue => {
  const { keepalive, timeout, managed } = settings;
  const auth = authOf(one, given);
  const start = atStart(one);
  const { sockets, file } = one;
  const refusal = whyNot(one, managed, table, given);
  return {
    name: nameOf(one),
    program: programOf(one),
    version: cleanLine(one.info.get('redis_version') ?? '', 20),
    port: one.port,
    keepalive,
    timeout,
    managed,
    elsewhere: one.where === 'endpoint',
    loopback_only: sockets?.loopbackOnly ?? false,
    boot_known: start.value !== undefined,
    boot_keepalive: start.value ?? 0,
    boot_by: bootBy(start, file?.path ?? ''),
    boot_unclear: one.where === 'host' ? start.unclear : '',
    connections: sockets?.all ?? 0,
    unprotected: sockets?.without ?? 0,
    unprotected_peers: peersOf(sockets?.bare),
    longest_s: sockets?.longest ?? 0,
    unanswered: sockets?.unanswered ?? 0,
    unanswered_peers: peersOf(sockets?.silent),
    hop: `server ${nameOf(one)}: tcp-keepalive ${keepalive} s, timeout ${timeout < 0 ? 'not known' : `${timeout} s`} (${managed ? 'told' : 'read'})`,
    evidence: evidenceOf(one).map((line) => cleanLine(line)),
    edit: JSON.stringify({
      refusal: cleanLine(refusal),
      pid: one.pid,
      path: file?.real ?? '',
      sha256: file?.sha256 ?? '',
      mode: file?.mode ?? '',
      owner: file?.owner ?? '',
      line: start.line,
      text: start.text,
      host: one.asked,
      port: one.port,
      tls: one.tls !== undefined,
      cert: one.tls?.cert ?? '',
      key: one.tls?.key ?? '',
      ...auth,
    }),
  };
};

const peersOf = (peers: Sockets['bare'] = []): string =>
  peers.map(({ address, count }) => `${address} (${count})`).join(', ');

const bootBy = (start: AtStart, path: string): string => {
  if (start.value === undefined) return start.unclear;
  if (start.elsewhere !== '') return start.elsewhere;
  return start.line === 0 ? `no line in ${path}` : `${path}:${start.line}`;
};
