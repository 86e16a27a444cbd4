import { z } from 'zod';
import type { FactValue, HostFact, Reading } from '../../core/fact-type.js';
import { cleanLine } from '../../core/text.js';
import { unframed } from '../framing.js';
import { CLIENT_ROOM, clientRoom } from './client-rooms.js';
import { CUT, peerOf, SILENT, silentPeer, stuck } from './dead-clients.js';
import { REDIS_PROBE } from './probe.js';

const args = z.strictObject({
  /** Peer ports that count as Redis, split by commas. */
  ports: z
    .string()
    .regex(/^\d{1,5}(?:,\d{1,5}){0,9}$/, 'ports are written 6379,6380')
    .default('6379'),
  /** `host:port` of a Redis elsewhere: its port counts too. */
  endpoint: z.string().max(260).default(''),
});

type Args = z.output<typeof args>;

const SAMPLES_MS = 2_000;

/**
 * This host's established connections to Redis, by peer port. Counts are of connections to other addresses than
 * loopback; `longest_s` is the most that an armed keepalive timer has left: a bound from below for what the socket
 * waits when idle. `cut`: sockets that keep retransmitting while nothing comes back, proved by two samples 2 s apart:
 * segs_in stands still (with ss), else only the retransmissions that nothing acknowledged. A stopped server still
 * acknowledges, and a busy or lossy path moves segs_in: neither is `cut`. Measured on Linux 6.18. `silent`: servers
 * that left two or more keepalive probes in a row unanswered, and on how many idle connections. `rooms`: other network
 * namespaces with connections to Redis; theirs that are cut or silent stand there too, and their counts nowhere else.
 * `rooms_unread` were not looked into.
 */
export const redisClients: HostFact<Args> = {
  name: 'redis_clients',
  summary: 'Connections of this host to Redis: keepalive timers, and those that were cut silently.',
  args,
  schema: {
    total: 'int',
    remote: 'int',
    with_keepalive: 'int',
    without_keepalive: 'int',
    longest_s: 'int',
    peers: 'string',
    cut_count: 'int',
    cut: [CUT],
    silent: [SILENT],
    rooms: [CLIENT_ROOM],
    rooms_connections: 'int',
    rooms_unread: 'int',
    source: 'string',
  },
  probe: ({ ports, endpoint }) => ({
    script: REDIS_PROBE,
    shares: true,
    env: { PORTS: portsOf(ports, endpoint).join(' ') },
    waitMs: SAMPLES_MS,
  }),
  parse: (output) => {
    const frame = unframed('redis', output);
    if (!frame.ok) return { status: 'error', reason: frame.reason };
    const own = frame.records.filter(([who]) => who === 'clients').map(([, ...fields]) => fields);
    if (own.some(([kind]) => kind === 'failed'))
      return { status: 'error', reason: 'Neither ss nor /proc/net/tcp tells its connections.' };
    return interpret(own);
  },
};

const portsOf = (ports: string, endpoint: string): readonly number[] => {
  const own = /:(\d{1,5})$/.exec(endpoint)?.[1];
  const all = [...ports.split(','), ...(own === undefined ? [] : [own])].map(Number);
  return [...new Set(all)].filter((port) => port >= 1 && port <= 65_535);
};

const NONSENSE: Reading = { status: 'error', reason: 'The output makes no sense: a line is not the probe’s.' };

const counts = (fields: readonly string[], n: number): readonly number[] | undefined =>
  fields.length === n && fields.every((one) => /^-?\d{1,12}$/.test(one)) ? fields.map(Number) : undefined;

const interpret = (records: readonly (readonly string[])[]): Reading => {
  let sum: readonly number[] | undefined;
  let source = '';
  let unread: number | undefined;
  const rooms: FactValue[] = [];
  const names = new Map<string, string>();
  const silent: FactValue[] = [];
  const peers: string[] = [];
  const cut: FactValue[] = [];
  const evidence: string[] = [];
  for (const [kind, ...fields] of records) {
    if (kind === 'source' && source === '' && (fields[0] === 'ss' || fields[0] === 'proc')) source = fields[0];
    else if (kind === 'sum' && !sum) sum = counts(fields, 6);
    else if (kind === 'peer' && counts(fields.slice(1), 3)) {
      const [address = '', port, all, bare] = fields;
      peers.push(`${peerOf(address, port ?? '')} (${all})`);
      evidence.push(`to ${peerOf(address, port ?? '')}: ${all} connections, ${bare} without any timer`);
    } else if (kind === 'room') {
      const room = clientRoom(fields);
      if (!room) return NONSENSE;
      rooms.push(room);
      names.set(fields[0] ?? '', `network namespace ${String(room.name)}`);
    } else if (kind === 'silent') {
      const found = silentPeer('this host', fields);
      if (!found) return NONSENSE;
      silent.push(found);
    } else if (kind === 'silent_in') {
      const found = silentPeer(names.get(fields[0] ?? '') ?? '', fields.slice(1));
      if (!found) return NONSENSE;
      silent.push(found);
    } else if (kind === 'unread' && unread === undefined && counts(fields, 1)) {
      unread = Number(fields[0]);
    } else if (kind === 'stuck' && counts(fields.slice(2, 7), 5)) {
      const found = stuck(fields);
      evidence.push(found.line);
      if (found.cut) cut.push(found.cut);
    } else return NONSENSE;
  }
  const [total = -1, kept = -1, without = -1, other = -1, loopback = -1, longest = -1] = sum ?? [];
  if (source === '' || unread === undefined || [total, kept, without, other, loopback, longest].some((n) => n < 0))
    return NONSENSE;
  if (total !== kept + without + other + loopback)
    return { status: 'error', reason: 'The output is cut or mixed: its sums do not fit.' };
  return {
    status: 'read',
    value: {
      total,
      remote: total - loopback,
      with_keepalive: kept,
      without_keepalive: without,
      longest_s: longest,
      peers: cleanLine(peers.join(', ')),
      cut_count: cut.length,
      cut,
      silent,
      rooms,
      rooms_connections: rooms.reduce((sum, { connections }) => sum + Number(connections), 0),
      rooms_unread: unread,
      source,
    },
    evidence: [
      `${source === 'ss' ? 'ss -tno' : '/proc/net/tcp and tcp6'}: ${total} connections to Redis, ${loopback} of them on loopback; elsewhere ${kept} with a keepalive timer (the longest has ${longest} s left), ${without} without`,
      ...silent.flatMap(({ evidence: lines }) => (Array.isArray(lines) ? lines.map(String) : [])),
      ...rooms.flatMap(({ evidence: lines }) => (Array.isArray(lines) ? lines.map(String) : [])),
      ...(unread > 0 ? [`${unread} network namespaces or processes could not be looked into`] : []),
      ...evidence.map((line) => cleanLine(line)),
    ],
  };
};
