import type { FactValue, HostFact, Reading } from '../../core/fact-type.js';
import { cleanLine } from '../../core/text.js';
import { type Args, args } from './args.js';
import { evidenceOf, nameOf } from './evidence.js';
import { INSTANCE, instance, settled } from './instance.js';
import { REDIS_PROBE } from './probe.js';
import { whyUnread } from './said.js';
import type { RedisProcess, RedisTable } from './seen.js';
import { redisTable } from './table.js';

/**
 * The Redis and Valkey servers of a host (processes called redis-server or valkey-server, a version in the name or not,
 * with a TCP port; sentinels apart), and one elsewhere where `endpoint` names it. `instances`: those whose settings
 * could be read. Seconds; `keepalive` 0 is off; `boot_*`: what a start would set, by the configuration file.
 * `unprotected` counts server sockets of other hosts without a keepalive timer: opened while it was off. `unread`:
 * those that could not be asked, and why, hidden processes and those above 64 included. Never holds a password.
 * Measured on redis 7.0.15.
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
    shares: true,
    env: {
      SERVERS: '1',
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

const interpret = (table: RedisTable, given: Args): Reading => {
  const all = table.processes.filter(
    (one) => (one.mode === '' || one.mode === 'odd') && one.info.get('redis_mode') !== 'sentinel',
  );
  if (table.hidden && all.length === 0)
    return { status: 'error', reason: 'Other people’s processes are hidden here (hidepid): read as root.' };
  const endpoint = all.find((one) => one.where === 'endpoint');
  // The label of a whole environment names the endpoint to its own host, too.
  const servers = all.filter((one) => one !== endpoint || !all.some((other) => isSame(other, endpoint)));
  const judged = servers.map((one) => settled(one, given));
  const told = endpoint && settled(endpoint, given);
  const read = servers.flatMap((one, i) => {
    const settings = judged[i];
    return settings ? [instance(one, settings, table, given)] : [];
  });
  const unread = servers.filter((_, i) => !judged[i]);
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
    endpoint_known: told !== undefined,
    endpoint_keepalive: told?.keepalive ?? -1,
    with_secret: given.password !== '' && given.password_file === '',
    root: table.root,
  };
  return { status: 'read', value, evidence: overview(table, servers).map((line) => cleanLine(line)) };
};

const isSame = (one: RedisProcess, other: RedisProcess): boolean =>
  one !== other && one.info.has('run_id') && one.info.get('run_id') === other.info.get('run_id');

const notLookedAt = (table: RedisTable): FactValue[] => {
  const entry = (name: string, why: string) => ({ name, unread: `${name}: ${why}`, evidence: [why] });
  return [
    ...(table.hidden ? [entry('any Redis of another user', 'processes are hidden here (hidepid): read as root')] : []),
    ...(table.beyond > 0
      ? [entry(`${table.beyond} more Redis processes`, 'no more than 64 processes are looked at on one host')]
      : []),
  ];
};

const overview = (table: RedisTable, servers: readonly RedisProcess[]): string[] => [
  `${servers.length} Redis or Valkey servers with a TCP port, asked ${table.client === '' ? 'by nothing' : `over ${table.client}`}`,
  ...servers.map((one) => `${one.program} pid ${one.pid}${one.port === 0 ? '' : ` at ${nameOf(one)}`}`),
  ...table.processes
    .filter((one) => !servers.includes(one))
    .map(
      (one) =>
        `not judged: ${one.program} pid ${one.pid} (${one.mode === 'unix' ? 'a Unix socket only' : 'a sentinel'})`,
    ),
  ...(table.root ? [] : ['read without root: its configuration file may be hidden']),
];
