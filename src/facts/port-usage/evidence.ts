import { boundPortsOf } from './bound-ports.js';
import { endpoint, isBare, localOf } from './busiest.js';
import type { PortTable, RoomTable } from './seen.js';

export const localLine = (table: RoomTable, kernel: string): string[] => {
  const local = localOf(table, kernel);
  if (local.distinct === 0) return [];
  const spread = `${local.sockets} sockets on ${local.distinct} of ${table.capacity} ports to ${local.destinations} destinations`;
  const sides = table.locals.find((one) => one.ip === local.ip)?.sides;
  return [
    `${local.ip}: ${spread}; ${local.why}`,
    ...(sides
      ? [
          `${local.ip}: ${sides.opened} open connections were opened here, ${sides.accepted} accepted (by bytes_acked of ss)`,
        ]
      : []),
  ];
};

const boundLine = (table: PortTable): string[] => {
  const { ports, peer, taken, why } = boundPortsOf(table, table.kernel);
  return ports === 0
    ? []
    : [`${ports} of ${table.capacity} ports look bound to port 0: ${why}; with its own ${peer} has ${taken} taken`];
};

/** What is known of other network namespaces, and what is not. */
export const namespaceNote = ({ namespaces, root }: PortTable): string =>
  [
    ...(namespaces.others > 0
      ? [`${namespaces.others} are there, the busiest with ${namespaces.busiest} TCP sockets`]
      : []),
    ...(namespaces.unread ? [`those of some processes could not be read${root ? '' : ' without root'}`] : []),
  ].join('; ');

const ageOf = (table: RoomTable): string =>
  `older than ${table.delayMs ?? 1000} ms${table.delayMs === undefined ? '' : ' (tcp_tw_reuse_delay)'}`;

export const tupleLines = (table: RoomTable): string[] =>
  table.tuples
    .slice(0, 3)
    .map(
      (t) =>
        `${t.local} to ${endpoint(t)}: ${t.total} sockets, ESTAB ${t.established}, TIME-WAIT ${t.timeWait} (${t.reusable} ${ageOf(table)})${[...t.kept].map(([state, n]) => `, ${state} ${n}`).join('')}`,
    );

/** Of the busiest destination; whether others use timestamps is not shown. */
const stampLines = (table: RoomTable): string[] => {
  const [first] = table.tuples;
  if (!first || first.timeWait === 0 || !table.timestamps) return [];
  if (isBare(table, first))
    return [`open connections to ${endpoint(first)} carry no TCP timestamps: its TIME_WAITs cannot be reused`];
  const told = table.stamps.some(
    (one) => one.local === first.local && one.peer === first.peer && one.peerPort === first.peerPort,
  );
  return [
    told
      ? `open connections to ${endpoint(first)} carry TCP timestamps`
      : `assumed: ${endpoint(first)} uses TCP timestamps; no open connection shows it`,
  ];
};

export const evidence = (table: PortTable): string[] => {
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
    ...boundLine(table),
    ...(table.unlisted ? [`${table.unlisted} sockets are counted in sockstat and listed in no table`] : []),
    ...(table.holder
      ? [
          `inferred: ${table.holder.sockets} open sockets of ${table.holder.name} (pid ${table.holder.pid}) are in no table`,
        ]
      : []),
    `tcp_tw_reuse ${table.reuse ?? 'not there'}, tcp_timestamps ${table.timestamps ? 'on' : 'off'}, kernel ${table.kernel}`,
    ...stampLines(table),
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
