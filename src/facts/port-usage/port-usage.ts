import { z } from 'zod';
import type { FactValue, HostFact, Reading } from '../../core/fact-type.js';
import { cleanLine } from '../../core/text.js';
import { hasNoPort } from './binding.js';
import { BOUND_PORTS, boundPortsOf } from './bound-ports.js';
import {
  busiestOf,
  disagrees,
  endpoint,
  localOf,
  NOTABLE_PERCENT,
  percent,
  reuses,
  undecidedOf,
  unusable,
} from './busiest.js';
import { evidence, localLine, namespaceNote, tupleLines } from './evidence.js';
import { PORT_USAGE_PROBE } from './probe.js';
import { publicPeerOf } from './public-peer.js';
import type { PortTable, Room } from './seen.js';
import { portTable } from './table.js';

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
  purpose: 'string',
} as const;

/** A full local IP of which it cannot be told whether anything fails. */
const UNDECIDED = { ip: 'string', percent: 'int', unread: 'string', evidence: 'list<string>' } as const;

/** In a range of fewer ports a few connections at once hide the order in which connect() takes them. */
const WIDE = 1_000;

/** Another network namespace of the host, with the fields of `busiest` and `local` that checks need. */
const ROOM = {
  name: 'string',
  peer: 'string',
  capacity: 'int',
  time_wait: 'int',
  established: 'int',
  unusable_percent: 'int',
  open_percent: 'int',
  takers: 'list<string>',
  states: 'string',
  loopback: 'bool',
  process: 'string',
  reuse: 'int',
  bare: 'bool',
  local: LOCAL,
  evidence: 'list<string>',
} as const;

/** A TIME_WAIT younger than tcp_tw_reuse_delay (1 s unless it was set, 6.14+) counts as unusable; the rest is for rounding. */
const YOUNG_MS = 1_500;

/**
 * Ports taken by outgoing connections, for each (local IP, peer IP, peer port). `busiest` is the tuple with the fewest
 * usable ports, `bare` where its open connections carry no TCP timestamps; TIME_WAITs that `tcp_tw_reuse` can take
 * count as usable (measured on Linux 6.18). Percentages are of the ephemeral range less reserved ports, rounded so that
 * `unusable_percent` never overstates. `takers` are the states that hold a fifth of the ports or more, `open` what is
 * held by none of them and is no TIME_WAIT. Without any outgoing connection all counts are 0 and `busiest.peer` is
 * empty. `local` counts distinct local ports of a local IP, which sockets that were bound to port 0 do not share;
 * `purpose` tells whether to connect or to listen. `bound` are ports of all local IPs that connect() passes over, and
 * the destination to which they leave fewest. `public` is the busiest destination outside of private networks.
 * `unlisted` are sockets that the kernel counts and lists nowhere: a guess at sockets that are bound and not connected.
 * `rooms` are the busiest other network namespaces.
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
      close_wait: 'int',
      fin_wait: 'int',
      syn_sent: 'int',
      held: 'int',
      open: 'int',
      open_percent: 'int',
      takers: 'list<string>',
      states: 'string',
      reusable: 'int',
      unusable: 'int',
      unusable_percent: 'int',
      usable_percent: 'int',
      bare: 'bool',
      loopback: 'bool',
      process: 'string',
      process_known: 'bool',
    },
    capacity: 'int',
    public: { peer: 'string', connections: 'int' },
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
    bound: BOUND_PORTS,
    locals: 'int',
    locals_over: 'list<string>',
    undecided: [UNDECIDED],
    undecided_wide: [UNDECIDED],
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

const roomOf = (room: Room, kernel: string): FactValue => {
  const busiest = busiestOf(room);
  return {
    name: cleanLine(`${room.name || 'unnamed'} (pid ${room.pid})`, 80),
    peer: busiest.peer,
    capacity: busiest.capacity,
    time_wait: busiest.time_wait,
    established: busiest.established,
    unusable_percent: busiest.unusable_percent,
    open_percent: busiest.open_percent,
    takers: busiest.takers,
    states: busiest.states,
    loopback: busiest.loopback,
    process: busiest.process,
    reuse: room.reuse ?? 0,
    bare: busiest.bare,
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
  const undecided = (tables: readonly (PortTable | Room)[]) =>
    tables.flatMap((one) =>
      undecidedOf(
        one,
        table.kernel,
        one === table || !('name' in one) ? '' : `in network namespace ${cleanLine(one.name || 'unnamed', 40)}: `,
      ),
    );
  const value: FactValue = {
    busiest: busiestOf(table),
    capacity: table.capacity,
    public: publicPeerOf(table),
    tuples: table.sums.tuples,
    tuples_over: table.tuples
      .filter((tuple) => percent(unusable(table, tuple), table.capacity) >= NOTABLE_PERCENT)
      .map((tuple) => `${tuple.local} to ${endpoint(tuple)}: ${percent(unusable(table, tuple), table.capacity)} %`),
    sockets: table.sums.lines,
    server_side: table.sums.server,
    timestamps: table.timestamps,
    reuse: table.reuse ?? 0,
    reuse_effective: first !== undefined && reuses(table, first),
    kernel: cleanLine(table.kernel, 80),
    range: { ...table.range, reserved: cleanLine(table.reserved, 200) },
    local: localOf(table, table.kernel),
    bound: boundPortsOf(table, table.kernel),
    locals: table.locals.length,
    locals_over: table.locals
      .filter((one) => percent(one.distinct, table.capacity) >= NOTABLE_PERCENT)
      .map((one) => `${one.ip}: ${percent(one.distinct, table.capacity)} %`),
    undecided: undecided([table, ...table.rooms]),
    undecided_wide: undecided([table, ...table.rooms].filter((one) => one.capacity >= WIDE)),
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
  return { status: 'read', value, evidence: evidence(table).map((line) => cleanLine(line)) };
};
