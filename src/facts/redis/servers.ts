import { z } from 'zod';
import type { FactValue, HostFact, Reading } from '../../core/fact-type.js';
import { cleanLine } from '../../core/text.js';
import { atStart, notEditable } from './file.js';
import { REDIS_PROBE } from './probe.js';
import { whyUnread } from './said.js';
import { type RedisProcess, type RedisTable, redisTable } from './table.js';

const inRange = (port: string): boolean => Number(port) >= 1 && Number(port) <= 65_535;

const args = z.strictObject({
  /** `host:port` of a Redis elsewhere that this host is a client of; empty for none. */
  endpoint: z
    .string()
    .max(260)
    .regex(/^(?:(?:[A-Za-z0-9][A-Za-z0-9_.-]*|\[[0-9a-fA-F:]+\]):\d{1,5})?$/, 'an endpoint is written host:port')
    .refine((text) => text === '' || inRange(text.slice(text.lastIndexOf(':') + 1)), 'a port is 1-65535')
    .default(''),
  tls: z.boolean().default(false),
  /** tcp-keepalive of a managed endpoint as its parameter group has it, in s; -1 where nobody said. */
  told: z.int().min(-1).max(1_000_000).default(-1),
  user: z.string().max(100).default(''),
  password: z.string().max(512).default(''),
  password_file: z
    .string()
    .max(300)
    .regex(/^(?:\/[\x20-\x7e]*)?$/, 'a password file is an absolute path on the host')
    .default(''),
});

type Args = z.output<typeof args>;

const INSTANCE = {
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

/**
 * The Redis and Valkey servers of a host (redis-server and valkey-server processes with a TCP port; sentinels apart), and
 * one elsewhere where `endpoint` names it. `instances`: those whose settings could be read. Seconds; `keepalive` 0 is
 * off; `boot_*`: what a start would set, by the configuration file. `unprotected` counts server sockets of other hosts
 * without a keepalive timer: opened while it was off. `unread`: those that could not be asked, and why, hidden processes and those above 64 included. Never holds a
 * password. Measured on redis 7.0.15.
 */
export const redisServers: HostFact<Args> = {
  name: 'redis_servers',
  summary:
    'Redis and Valkey servers of a host: keepalive and timeout, running and at start, and unprotected connections.',
  args,
  schema: {
    instances: [INSTANCE],
    unread: [{ name: 'string', unread: 'string', evidence: 'list<string>' }],
    count: 'int',
    keepalives: 'string',
    endpoint_given: 'bool',
    endpoint_known: 'bool',
    endpoint_keepalive: 'int',
    with_secret: 'bool',
    root: 'bool',
  },
  probe: ({ endpoint, tls, user, password, password_file }) => ({
    script: REDIS_PROBE,
    env: {
      ENDPOINT: endpoint,
      ENDPOINT_TLS: tls ? '1' : '0',
      NAME: user,
      PASSWORD: password,
      PASSWORD_FILE: password_file,
    },
    waitMs: 8_000,
  }),
  parse: (output, given) => {
    const table = redisTable(output);
    return table.ok ? interpret(table.value, given) : { status: 'error', reason: table.reason };
  },
};

const MAX_SECONDS = 2_147_483_647;

/** A setting in seconds as CONFIG GET gives it. */
const seconds = (text: string | undefined): number | undefined => {
  const n = text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  return n <= MAX_SECONDS ? n : undefined;
};

const nameOf = ({ host, port, where, pid }: RedisProcess): string =>
  cleanLine(`${host.includes(':') ? `[${host}]` : host}:${port}${where === 'container' ? ` (pid ${pid})` : ''}`, 100);

const programOf = (one: RedisProcess): string => {
  const valkey = one.info.get('valkey_version');
  if (valkey !== undefined) return `Valkey ${cleanLine(valkey, 20)}`;
  const version = cleanLine(one.info.get('redis_version') ?? '', 20);
  const named = one.info.get('server_name') === 'valkey' || one.program.startsWith('valkey') ? 'Valkey' : 'Redis';
  return version === '' ? named : `${named} ${version}`;
};

const interpret = (table: RedisTable, given: Args): Reading => {
  const servers = table.processes.filter(
    (one) => (one.mode === '' || one.mode === 'odd') && one.info.get('redis_mode') !== 'sentinel',
  );
  if (table.hidden && servers.length === 0)
    return { status: 'error', reason: 'Other people’s processes are hidden here (hidepid): read as root.' };
  const judged = servers.map((one) => settled(one, given));
  const read = servers.flatMap((one, i) => {
    const settings = judged[i];
    return settings ? [instance(one, settings, table, given)] : [];
  });
  const unread = servers.filter((_, i) => !judged[i]);
  const endpoint = judged.find((_, i) => servers[i]?.where === 'endpoint');
  const value: FactValue = {
    instances: read,
    unread: [
      ...unread.map((one) => ({
        name: nameOf(one),
        unread: cleanLine(`${nameOf(one)}: ${whyUnread(one, table)}`),
        evidence: evidenceOf(one).map((line) => cleanLine(line)),
      })),
      ...notLookedAt(table),
    ],
    keepalives: cleanLine(
      servers.flatMap((one, i) => (judged[i] ? [`${nameOf(one)} ${judged[i].keepalive} s`] : [])).join(', '),
    ),
    count: servers.length,
    endpoint_given: given.endpoint !== '',
    endpoint_known: endpoint !== undefined,
    endpoint_keepalive: endpoint?.keepalive ?? -1,
    with_secret: given.password !== '' && given.password_file === '',
    root: table.root,
  };
  return { status: 'read', value, evidence: overview(table, servers).map((line) => cleanLine(line)) };
};

const notLookedAt = (table: RedisTable): FactValue[] => {
  const entry = (name: string, why: string) => ({ name, unread: `${name}: ${why}`, evidence: [why] });
  return [
    ...(table.hidden ? [entry('any Redis of another user', 'processes are hidden here (hidepid): read as root')] : []),
    ...(table.beyond > 0
      ? [entry(`${table.beyond} more Redis processes`, 'no more than 64 processes are looked at on one host')]
      : []),
  ];
};

interface Settings {
  readonly keepalive: number;
  /** -1 where only tcp-keepalive is known. */
  readonly timeout: number;
  readonly managed: boolean;
}

const settled = (one: RedisProcess, { told }: Args): Settings | undefined => {
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

const instance = (one: RedisProcess, settings: Settings, table: RedisTable, given: Args): FactValue => {
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
const evidenceOf = (one: RedisProcess): string[] => [
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

const overview = (table: RedisTable, servers: readonly RedisProcess[]): string[] => [
  `${servers.length} Redis or Valkey servers with a TCP port, asked ${table.client === '' ? 'by nothing' : `over ${table.client}`}`,
  ...servers.map((one) => `${one.program} pid ${one.pid} at ${nameOf(one)}`),
  ...table.processes
    .filter((one) => !servers.includes(one))
    .map(
      (one) =>
        `not judged: ${one.program} pid ${one.pid} (${one.mode === 'unix' ? 'a Unix socket only' : 'a sentinel'})`,
    ),
  ...(table.root ? [] : ['read without root: its configuration file may be hidden']),
];
