import { z } from 'zod';
import type { FactValue, HostFact, Reading } from '../../core/fact-type.js';
import { cleanLine } from '../../core/text.js';
import { endpointOf } from '../ip-address.js';
import { bindingOf, hasNoPort } from './binding.js';
import { PORT_USAGE_PROBE } from './probe.js';
import {
  type LocalIp,
  type Owners,
  type PortTable,
  portTable,
  type Room,
  type RoomTable,
  type Tuple,
} from './table.js';

/** One local IP: the one with most ports in use, those bound before connect first. */
const LOCAL = {
  ip: 'string',
  distinct: 'int',
  free: 'int',
  percent: 'int',
  sockets: 'int',
  destinations: 'int',
  largest_percent: 'int',
  no_port_sockets: 'int',
  binding: 'string',
  why: 'string',
} as const;

/** Another network namespace of the host, with the fields of `busiest` and `local` that checks need. */
const ROOM = {
  name: 'string',
  peer: 'string',
  capacity: 'int',
  time_wait: 'int',
  established: 'int',
  unusable_percent: 'int',
  mostly_established: 'bool',
  process: 'string',
  reuse: 'int',
  local: LOCAL,
  evidence: 'list<string>',
} as const;

/** A TIME_WAIT younger than tcp_tw_reuse_delay (1 s unless it was set, 6.14+) counts as unusable; the rest is for rounding. */
const YOUNG_MS = 1_500;

/**
 * Ports taken by outgoing connections, for each (local IP, peer IP, peer port). `busiest` is the tuple with the fewest
 * usable ports; TIME_WAITs that `tcp_tw_reuse` can take count as usable (measured on Linux 6.18). Percentages are of the
 * ephemeral range less reserved ports, rounded so that `unusable_percent` never overstates. Without any outgoing
 * connection all counts are 0 and `busiest.peer` is empty. `local` counts distinct local ports of a local IP, which
 * sockets that were bound before they connect do not share. `unlisted` are sockets that the kernel counts and lists
 * nowhere: a guess at sockets that are bound and not connected. `rooms` are the busiest other network namespaces.
 */
export const portUsage: HostFact<Record<string, never>> = {
  name: 'port_usage',
  summary: 'Ports taken by outgoing TCP connections, by destination.',
  args: z.strictObject({}),
  schema: {
    busiest: {
      peer: 'string',
      local: 'string',
      total: 'int',
      capacity: 'int',
      time_wait: 'int',
      established: 'int',
      other: 'int',
      reusable: 'int',
      unusable: 'int',
      unusable_percent: 'int',
      usable_percent: 'int',
      mostly_time_wait: 'bool',
      mostly_established: 'bool',
      loopback: 'bool',
      process: 'string',
      process_known: 'bool',
    },
    capacity: 'int',
    tuples: 'int',
    tuples_over: 'list<string>',
    sockets: 'int',
    server_side: 'int',
    timestamps: 'bool',
    reuse: 'int',
    reuse_effective: 'bool',
    kernel: 'string',
    range: { low: 'int', high: 'int', reserved: 'string' },
    local: LOCAL,
    locals: 'int',
    locals_over: 'list<string>',
    unlisted: 'int',
    unlisted_known: 'bool',
    unlisted_percent: 'int',
    unlisted_by: 'string',
    has_no_port: 'bool',
    rooms: [ROOM],
    other_namespaces: 'int',
    other_namespaces_busiest: 'int',
    other_namespaces_read: 'bool',
    other_namespaces_note: 'string',
    in_host_namespace: 'bool',
  },
  probe: () => ({ script: PORT_USAGE_PROBE, env: {} }),
  settlesMs: YOUNG_MS,
  parse: (output) => {
    const table = portTable(output);
    return table.ok ? interpret(table.value) : { status: 'error', reason: table.reason };
  },
};

/** From here on a tuple is named in `tuples_over`, in percent of the ports. */
const NOTABLE_PERCENT = 50;

const isLoopback = (tuple: Tuple): boolean =>
  [tuple.local, tuple.peer].some((address) => address.startsWith('127.') || address === '::1');

/** Value 2 reuses where either address is 127/8 or ::1; both need timestamps. */
const reuses = (table: RoomTable, tuple: Tuple): boolean =>
  table.timestamps && (table.reuse === 1 || (table.reuse === 2 && isLoopback(tuple)));

const unusable = (table: RoomTable, tuple: Tuple): number => tuple.total - (reuses(table, tuple) ? tuple.reusable : 0);

const percent = (part: number, capacity: number): number => Math.min(100, Math.floor((part * 100) / capacity));

const endpoint = (tuple: Tuple): string => endpointOf(tuple.peer, tuple.peerPort);

/** A peer that answered without timestamps cannot be reused, whatever the sysctl says. */
const isBare = ({ owners }: RoomTable): boolean =>
  owners !== undefined && owners.sockets > 0 && owners.withTimestamps === 0;

const disagrees = (table: RoomTable): boolean =>
  table.tuples.some((tuple) => unusable(table, tuple) !== tuple.unusable);

const busiestOf = (table: RoomTable) => {
  const bare = isBare(table);
  const first = table.tuples[0];
  const taken = first ? (bare ? first.total : unusable(table, first)) : 0;
  const process = table.owners ? likely(table.owners) : undefined;
  return {
    peer: first ? endpoint(first) : '',
    local: first?.local ?? '',
    total: first?.total ?? 0,
    capacity: table.capacity,
    time_wait: first?.timeWait ?? 0,
    established: first?.established ?? 0,
    other: first ? first.total - first.timeWait - first.established : 0,
    reusable: first && !bare && reuses(table, first) ? first.reusable : 0,
    unusable: taken,
    unusable_percent: percent(taken, table.capacity),
    usable_percent: 100 - percent(taken, table.capacity),
    mostly_time_wait: first !== undefined && first.timeWait * 2 > first.total,
    mostly_established: first !== undefined && first.established * 2 > first.total,
    loopback: first !== undefined && isLoopback(first),
    process: process ?? 'unknown',
    process_known: process !== undefined,
  };
};

const NOBODY: LocalIp = {
  ...{ ip: '', distinct: 0, far: 0, excused: 0, sockets: 0 },
  ...{ destinations: 0, largest: 0, flagged: 0, unflagged: 0 },
};

/** Of the IPs with half of their ports in use, one that binds first before one that does not. */
const localOf = (table: RoomTable, kernel: string) => {
  const notable = table.locals.filter((one) => percent(one.distinct, table.capacity) >= NOTABLE_PERCENT);
  const local = notable.find((one) => bindingOf(one, table, kernel).binding === 'first') ?? table.locals[0] ?? NOBODY;
  const { binding, why } = bindingOf(local, table, kernel);
  return {
    ip: local.ip,
    distinct: local.distinct,
    free: table.capacity - local.distinct,
    percent: percent(local.distinct, table.capacity),
    sockets: local.sockets,
    destinations: local.destinations,
    largest_percent: percent(local.largest, table.capacity),
    no_port_sockets: local.flagged,
    binding,
    why,
  };
};

const localLine = (table: RoomTable, kernel: string): string[] => {
  const local = localOf(table, kernel);
  if (local.distinct === 0) return [];
  const spread = `${local.sockets} sockets on ${local.distinct} of ${table.capacity} ports to ${local.destinations} destinations`;
  return [`${local.ip}: ${spread}; ${local.why}`];
};

const roomOf = (room: Room, kernel: string): FactValue => {
  const busiest = busiestOf(room);
  return {
    name: cleanLine(`${room.name || 'unnamed'} (pid ${room.pid})`, 80),
    peer: busiest.peer,
    capacity: busiest.capacity,
    time_wait: busiest.time_wait,
    established: busiest.established,
    unusable_percent: busiest.unusable_percent,
    mostly_established: busiest.mostly_established,
    process: busiest.process,
    reuse: room.reuse ?? 0,
    local: localOf(room, kernel),
    evidence: [
      `network namespace of pid ${room.pid} ${room.name}: ip_local_port_range ${room.range.low}-${room.range.high}, tcp_tw_reuse ${room.reuse ?? 'not there'}, tcp_timestamps ${room.timestamps ? 'on' : 'off'}`,
      ...tupleLines(room),
      ...localLine(room, kernel),
    ].map((line) => cleanLine(line)),
  };
};

const interpret = (table: PortTable): Reading => {
  if ([table, ...table.rooms].some(disagrees))
    return { status: 'error', reason: 'The output is mixed: host and parser disagree on which ports reuse can take.' };
  const first = table.tuples[0];
  const bare = isBare(table);
  const value: FactValue = {
    busiest: busiestOf(table),
    capacity: table.capacity,
    tuples: table.sums.tuples,
    tuples_over: table.tuples
      .filter((tuple) => percent(unusable(table, tuple), table.capacity) >= NOTABLE_PERCENT)
      .map((tuple) => `${tuple.local} to ${endpoint(tuple)}: ${percent(unusable(table, tuple), table.capacity)} %`),
    sockets: table.sums.lines,
    server_side: table.sums.server,
    timestamps: table.timestamps,
    reuse: table.reuse ?? 0,
    reuse_effective: first !== undefined && !bare && reuses(table, first),
    kernel: cleanLine(table.kernel, 80),
    range: { ...table.range, reserved: cleanLine(table.reserved, 200) },
    local: localOf(table, table.kernel),
    locals: table.locals.length,
    locals_over: table.locals
      .filter((one) => percent(one.distinct, table.capacity) >= NOTABLE_PERCENT)
      .map((one) => `${one.ip}: ${percent(one.distinct, table.capacity)} %`),
    unlisted: table.unlisted ?? 0,
    unlisted_known: table.unlisted !== undefined,
    unlisted_percent: percent(table.unlisted ?? 0, table.capacity),
    unlisted_by: table.holder ? cleanLine(`${table.holder.name} (pid ${table.holder.pid})`, 60) : '',
    has_no_port: hasNoPort(table.kernel),
    rooms: table.rooms.map((room) => roomOf(room, table.kernel)),
    other_namespaces: table.namespaces.others,
    other_namespaces_busiest: table.namespaces.busiest,
    other_namespaces_read: !table.namespaces.unread,
    other_namespaces_note: namespaceNote(table),
    in_host_namespace: table.namespaces.hosts !== false,
  };
  return { status: 'read', value, evidence: evidence(table, bare).map((line) => cleanLine(line)) };
};

/** What is known of other network namespaces, and what is not. */
const namespaceNote = ({ namespaces, root }: PortTable): string =>
  [
    ...(namespaces.others > 0
      ? [`${namespaces.others} are there, the busiest with ${namespaces.busiest} TCP sockets`]
      : []),
    ...(namespaces.unread ? [`those of some processes could not be read${root ? '' : ' without root'}`] : []),
  ].join('; ');

/** The process that holds most of the sockets that still have an owner; TIME_WAITs have none. */
const likely = (owners: Owners): string | undefined =>
  owners.most > 0 && owners.name !== '' ? cleanLine(owners.name, 40) || undefined : undefined;

const ageOf = (table: RoomTable): string =>
  `older than ${table.delayMs ?? 1000} ms${table.delayMs === undefined ? '' : ' (tcp_tw_reuse_delay)'}`;

const tupleLines = (table: RoomTable): string[] =>
  table.tuples
    .slice(0, 3)
    .map(
      (t) =>
        `${t.local} to ${endpoint(t)}: ${t.total} sockets, ESTAB ${t.established}, TIME-WAIT ${t.timeWait} (${t.reusable} ${ageOf(table)})`,
    );

const evidence = (table: PortTable, bare: boolean): string[] => {
  const { range, sums, namespaces, owners } = table;
  return [
    `ip_local_port_range ${range.low}-${range.high}${table.reserved ? ` less reserved ${table.reserved}` : ''}: ${table.capacity} ports`,
    `/proc/net/tcp and tcp6: ${sums.lines} sockets, ${sums.client} outgoing in the range to ${sums.tuples} destinations, ${sums.server} on a listening port, ${sums.outside} outside the range`,
    [...table.states]
      .sort(([, a], [, b]) => b - a)
      .map(([state, n]) => `${state} ${n}`)
      .join(', ') || 'no sockets',
    ...tupleLines(table),
    ...localLine(table, table.kernel),
    ...(table.unlisted ? [`${table.unlisted} sockets are counted in sockstat and listed in no table`] : []),
    ...(table.holder
      ? [
          `inferred: ${table.holder.sockets} open sockets of ${table.holder.name} (pid ${table.holder.pid}) are in no table`,
        ]
      : []),
    `tcp_tw_reuse ${table.reuse ?? 'not there'}, tcp_timestamps ${table.timestamps ? 'on' : 'off'}, kernel ${table.kernel}`,
    ...(bare ? ['the peer does not use TCP timestamps: its TIME_WAITs cannot be reused'] : []),
    ...(owners && owners.most > 0
      ? [
          `inferred: ${owners.most} of ${owners.named} sockets to the busiest peer with a known owner belong to ${owners.name} (pid ${owners.pid})`,
        ]
      : []),
    ...(namespaces.hosts === false ? ['read in a network namespace that is not the host’s'] : []),
    ...table.rooms.map(
      (room) => `network namespace of pid ${room.pid} ${room.name}: ${room.sockets} TCP sockets, judged by itself`,
    ),
    ...(namespaces.others > 0
      ? [
          `${namespaces.others} other network namespaces are not judged; the busiest holds ${namespaces.busiest} TCP sockets${namespaces.pid > 0 ? ` (pid ${namespaces.pid})` : ''}`,
        ]
      : []),
    ...(namespaces.unread ? [`network namespaces: ${namespaceNote(table)}`] : []),
    ...(table.root ? [] : ['read without root: owners of other people’s sockets are not seen']),
  ];
};
