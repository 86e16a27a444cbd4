import { z } from 'zod';
import type { FactValue, HostFact, Reading } from '../../core/fact-type.js';
import { cleanLine } from '../../core/text.js';
import { unframed } from '../framing.js';
import { endpointOf } from '../ip-address.js';
import { CLIENT_ROOM, clientRoom } from './client-rooms.js';
import { REDIS_CLIENTS_PROBE } from './clients-probe.js';

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

/** At an RTO of 0.2 s or more, four retransmissions without an answer are 3 s or more of silence. */
const SURE = 4;
const SAMPLES_MS = 2_000;

/**
 * This host's established connections to Redis, by peer port. Counts are of connections to other addresses than loopback;
 * `longest_s` is the most that an armed keepalive timer has left: a bound from below for what the socket waits when idle.
 * `cut`: sockets that keep retransmitting while nothing comes back, proved by two samples 2 s apart: segs_in stands still
 * (with ss), else only the retransmissions that nothing acknowledged. A stopped server still acknowledges, and a busy or
 * lossy path moves segs_in: neither is `cut`. Measured on Linux 6.18. `rooms`: other network namespaces with connections
 * to Redis; theirs that are cut stand in `cut` too, and their counts nowhere else. `rooms_unread` were not looked into.
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
    cut: [
      {
        local: 'string',
        peer: 'string',
        process: 'string',
        retransmits: 'int',
        silent_s: 'int',
        proof: 'string',
        evidence: 'list<string>',
      },
    ],
    rooms: [CLIENT_ROOM],
    rooms_connections: 'int',
    rooms_unread: 'int',
    source: 'string',
  },
  probe: ({ ports, endpoint }) => ({
    script: REDIS_CLIENTS_PROBE,
    env: { PORTS: portsOf(ports, endpoint).join(' ') },
    waitMs: SAMPLES_MS,
  }),
  parse: (output) => {
    const frame = unframed('redis-clients', output);
    return frame.ok ? interpret(frame.records) : { status: 'error', reason: frame.reason };
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
  let root: boolean | undefined;
  let unread: number | undefined;
  const rooms: FactValue[] = [];
  const peers: string[] = [];
  const cut: FactValue[] = [];
  const evidence: string[] = [];
  for (const [kind, ...fields] of records) {
    if (kind === 'uid' && root === undefined && /^\d{1,10}$/.test(fields[0] ?? '')) root = fields[0] === '0';
    else if (kind === 'source' && source === '' && (fields[0] === 'ss' || fields[0] === 'proc')) source = fields[0];
    else if (kind === 'sum' && !sum) sum = counts(fields, 6);
    else if (kind === 'peer' && counts(fields.slice(1), 3)) {
      const [address = '', port, all, bare] = fields;
      peers.push(`${endpoint(address, port ?? '')} (${all})`);
      evidence.push(`to ${endpoint(address, port ?? '')}: ${all} connections, ${bare} without any timer`);
    } else if (kind === 'room') {
      const room = clientRoom(fields);
      if (!room) return NONSENSE;
      rooms.push(room);
    } else if (kind === 'unread' && unread === undefined && counts(fields, 1)) {
      unread = Number(fields[0]);
    } else if (kind === 'stuck' && counts(fields.slice(2, 7), 5)) {
      const found = stuck(fields);
      evidence.push(found.line);
      if (found.cut) cut.push(found.cut);
    } else return NONSENSE;
  }
  const [total = -1, kept = -1, without = -1, other = -1, loopback = -1, longest = -1] = sum ?? [];
  if (
    source === '' ||
    root === undefined ||
    unread === undefined ||
    [total, kept, without, other, loopback, longest].some((n) => n < 0)
  )
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
      rooms,
      rooms_connections: rooms.reduce((sum, { connections }) => sum + Number(connections), 0),
      rooms_unread: unread,
      source,
    },
    evidence: [
      `${source === 'ss' ? 'ss -tno' : '/proc/net/tcp and tcp6'}: ${total} connections to Redis, ${loopback} of them on loopback; elsewhere ${kept} with a keepalive timer (the longest has ${longest} s left), ${without} without`,
      ...rooms.flatMap(({ evidence: lines }) => (Array.isArray(lines) ? lines.map(String) : [])),
      ...(unread > 0 ? [`${unread} network namespaces or processes could not be looked into`] : []),
      ...evidence.map((line) => cleanLine(line)),
    ],
  };
};

const endpoint = (address: string, port: string): string => cleanLine(endpointOf(address, port), 80);

/** Hex addresses of /proc as people write them; what is none stays as it is. */
const readable = (text: string): string => {
  const [, hex, port] = /^(?:0{16}FFFF0000)?([0-9A-F]{8}):([0-9A-F]{4})$/.exec(text) ?? [];
  if (hex === undefined || port === undefined) return cleanLine(text, 80);
  const bytes = hex.match(/../g)?.reverse() ?? [];
  return `${bytes.map((one) => Number.parseInt(one, 16)).join('.')}:${Number.parseInt(port, 16)}`;
};

const stuck = (fields: readonly string[]): { line: string; cut?: FactValue } => {
  const [local = '', peer = '', , , , , , who = ''] = fields;
  const [first = 0, second = 0, segsFirst = -1, segsSecond = -1, lastReceived = -1] = fields.slice(2, 7).map(Number);
  const seen = segsFirst >= 0 && segsSecond >= 0;
  const still = !seen || segsFirst === segsSecond;
  const proof = seen
    ? `segs_in stood still at ${segsSecond}`
    : 'nothing was acknowledged (segs_in is not shown without ss)';
  const line = `${readable(local)} to ${readable(peer)}: ${first}, 2 s later ${second} retransmissions in a row; ${still ? proof : `segs_in went from ${segsFirst} to ${segsSecond}`}${lastReceived >= 0 ? `, nothing received for ${Math.floor(lastReceived / 1000)} s` : ''}`;
  if (!still || second < first || second < SURE) return { line };
  return {
    line,
    cut: {
      local: readable(local),
      peer: readable(peer),
      process: cleanLine(who, 40) || 'a process that is not known',
      retransmits: second,
      silent_s: lastReceived < 0 ? -1 : Math.floor(lastReceived / 1000),
      proof,
      evidence: [cleanLine(line)],
    },
  };
};
