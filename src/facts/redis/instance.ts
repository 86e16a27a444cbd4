import type { FactValue } from '../../core/fact-type.js';
import { cleanLine } from '../../core/text.js';
import type { Args } from './args.js';
import { atStart, notEditable } from './file.js';
import type { RedisProcess, RedisTable } from './seen.js';

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
  connections: 'int',
  unprotected: 'int',
  unprotected_peers: 'string',
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

export const nameOf = ({ host, port, where, pid }: RedisProcess): string =>
  cleanLine(`${host.includes(':') ? `[${host}]` : host}:${port}${where === 'container' ? ` (pid ${pid})` : ''}`, 100);

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
    boot_by:
      start.value === undefined
        ? start.unclear
        : start.line === 0
          ? `no line in ${file?.path ?? ''}`
          : `${file?.path ?? ''}:${start.line}`,
    connections: sockets?.all ?? 0,
    unprotected: sockets?.without ?? 0,
    unprotected_peers: sockets?.bare.map(({ address, count }) => `${address} (${count})`).join(', ') ?? '',
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

/** What was read of one server, line by line. */
export const evidenceOf = (one: RedisProcess): string[] => [
  `${one.program} ${one.where === 'endpoint' ? 'elsewhere' : `pid ${one.pid}`} at ${nameOf(one)}${one.where === 'container' ? ' in a network namespace of its own' : ''}${one.tls ? ' over TLS' : ''}`,
  ...[...one.config].map(([name, value]) => `CONFIG GET ${name}: ${value}`),
  ...[...one.info].filter(([name]) => name !== 'process_id').map(([name, value]) => `INFO ${name}:${value}`),
  ...[...one.said].map(([kind, text]) => `it said: ${kind}${text === '' ? '' : ` (${text})`}`),
  ...one.lines.map(({ line, text }) => `${one.file?.path ?? ''}:${line}: ${text}`),
  ...(one.file && one.lines.length === 0 ? [`${one.file.path}: no tcp-keepalive line (${one.file.type})`] : []),
  ...one.includes.map(({ line, text }) => `${one.file?.path ?? ''}:${line}: ${text}`),
  ...(one.sockets
    ? [
        `its sockets: ${one.sockets.all} connections, ${one.sockets.kept} with a keepalive timer, ${one.sockets.without} of other hosts without any`,
        ...one.sockets.bare.map(({ address, count }) => `without a keepalive timer: ${address} (${count})`),
      ]
    : []),
];
