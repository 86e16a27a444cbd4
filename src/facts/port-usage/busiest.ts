import { cleanLine } from '../../core/text.js';
import { endpointOf } from '../ip-address.js';
import { bindingOf, purposeOf } from './binding.js';
import type { LocalIp, Owners, RoomTable, Tuple } from './seen.js';
import { takenBy } from './takers.js';

/** From here on a tuple is named in `tuples_over`, in percent of the ports. */
export const NOTABLE_PERCENT = 50;

const isLoopback = (tuple: Tuple): boolean =>
  [tuple.local, tuple.peer].some((address) => address.startsWith('127.') || address === '::1');

/** Value 2 reuses where either address is 127/8 or ::1; both need timestamps. */
export const reuses = (table: RoomTable, tuple: Tuple): boolean =>
  table.timestamps && !isBare(table, tuple) && (table.reuse === 1 || (table.reuse === 2 && isLoopback(tuple)));

export const unusable = (table: RoomTable, tuple: Tuple): number =>
  tuple.total - (reuses(table, tuple) ? tuple.reusable : 0);

export const percent = (part: number, capacity: number): number => Math.min(100, Math.floor((part * 100) / capacity));

export const endpoint = (tuple: Tuple): string => endpointOf(tuple.peer, tuple.peerPort);

/** A peer that answered without timestamps cannot be reused, whatever the sysctl says. */
export const isBare = ({ stamps }: RoomTable, { local, peer, peerPort }: Tuple): boolean =>
  stamps.some((one) => one.bare && one.local === local && one.peer === peer && one.peerPort === peerPort);

export const disagrees = (table: RoomTable): boolean =>
  table.tuples.some((tuple) => unusable(table, tuple) !== tuple.unusable);

export const busiestOf = (table: RoomTable) => {
  const first = table.tuples[0];
  const taken = first ? unusable(table, first) : 0;
  const by = takenBy(first, taken, table.capacity);
  const process = table.owners ? likely(table.owners) : undefined;
  return {
    peer: first ? endpoint(first) : '',
    local: first?.local ?? '',
    total: first?.total ?? 0,
    capacity: table.capacity,
    time_wait: first?.timeWait ?? 0,
    established: first?.established ?? 0,
    ...by,
    open_percent: percent(by.open, table.capacity),
    reusable: first && reuses(table, first) ? first.reusable : 0,
    unusable: taken,
    unusable_percent: percent(taken, table.capacity),
    usable_percent: 100 - percent(taken, table.capacity),
    bare: first !== undefined && isBare(table, first),
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
export const localOf = (table: RoomTable, kernel: string) => {
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
    purpose: purposeOf(local.sides),
  };
};

/** From here on a local IP is full, in percent of the ports. */
const FULL_PERCENT = 85;

/**
 * Local IPs whose ports are nearly all taken, by sockets of which nothing tells whether they were bound before they
 * connected, and whose destinations are not full: then it is not known whether anything fails. Each with the reason.
 */
export const undecidedOf = (table: RoomTable, kernel: string, where: string) =>
  table.locals.flatMap((local) => {
    const taken = percent(local.distinct, table.capacity);
    const { binding, why } = bindingOf(local, table, kernel);
    const tuple = table.tuples.find((one) => one.local === local.ip);
    const failing = tuple !== undefined && percent(unusable(table, tuple), table.capacity) >= FULL_PERCENT;
    if (binding !== 'unclear' || taken < FULL_PERCENT || failing) return [];
    const unread = cleanLine(
      `${where}${local.distinct} of ${table.capacity} local ports of ${local.ip} are taken, and it cannot be told whether by sockets bound before they connect (${why}): if so, bind fails with Address already in use, though tcp_tw_reuse is on. strace -f -e trace=bind,connect -p PID of the program tells`,
    );
    return [
      {
        ip: local.ip,
        percent: taken,
        unread,
        evidence: [`${local.ip}: ${local.sockets} sockets on ${local.distinct} ports; ${why}`],
      },
    ];
  });

/** The process that holds most of the sockets that still have an owner; TIME_WAITs have none. */
const likely = (owners: Owners): string | undefined =>
  owners.most > 0 && owners.name !== '' ? cleanLine(owners.name, 40) || undefined : undefined;
