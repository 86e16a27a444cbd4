import { unframed } from '../framing.js';
import { type Block, block, blocks, type Records } from './blocks.js';
import { roomTable } from './room-table.js';
import { count, insist, Mismatch } from './rows.js';
import type { PortTable, Room } from './seen.js';

/** The probe's lines, read strictly: every sum must fit, or there is a reason and no value. */

export type Tabled = { readonly ok: true; readonly value: PortTable } | { readonly ok: false; readonly reason: string };

/** The probe enters namespaces from so many TCP sockets on, and no more than so many. */
const ENTERED_FROM = 50;
const MAX_ENTERED = 8;

/** Reads the probe's output. */
export const portTable = (output: string): Tabled => {
  try {
    return { ok: true, value: read(output) };
  } catch (error) {
    if (error instanceof Mismatch) return { ok: false, reason: error.message };
    throw error;
  }
};

const read = (output: string): PortTable => {
  insist(output.length <= 200_000, 'The output is far longer than the probe prints.');
  const frame = unframed('ports', output);
  if (!frame.ok) throw new Mismatch(frame.reason);
  const [own = [], ...others] = blocks(frame.records);
  const host = block(own);
  const rooms = others.flatMap(([head = [], ...rest]) => (head[0] === 'room' ? [room(head, rest)] : []));
  const closed = others.flatMap(([head = [], ...rest]) => {
    if (head[0] !== 'closed') return [];
    insist(rest.length === 0 && head.length === 3, 'The output is mixed: a namespace makes no sense.');
    return [count(head[2], 'other namespaces')];
  });
  return {
    ...roomTable(host),
    root: host.get('uid')[0] === '0',
    kernel: host.get('kernel')[0] ?? '',
    rooms,
    namespaces: namespaces(host, rooms, closed),
  };
};

const room = (head: readonly string[], records: Records): Room => {
  const [, inode, pid, sockets, ...name] = head;
  count(inode?.slice(-9), 'a namespace');
  const inner = block(records);
  insist(
    !['uid', 'kernel', 'namespace', 'others'].some((kind) => inner.single.has(kind)),
    'The output is mixed: a line is not the probe’s or comes twice.',
  );
  return {
    ...roomTable(inner),
    pid: count(pid, 'a process id'),
    sockets: count(sockets, 'other namespaces'),
    name: name.join(' '),
  };
};

const namespaces = (host: Block, rooms: readonly Room[], closed: readonly number[]): PortTable['namespaces'] => {
  const [own = '', first = ''] = host.get('namespace');
  const others = host.get('others');
  const all = count(others[0], 'other namespaces');
  const most = count(others[1], 'other namespaces');
  insist(
    rooms.length <= Math.min(all, MAX_ENTERED),
    'The output is mixed: more namespaces were entered than there are.',
  );
  const left = rooms.length === MAX_ENTERED ? Math.min(...rooms.map((one) => one.sockets)) : ENTERED_FROM - 1;
  const busiest = rooms.length === 0 ? most : Math.max(...closed, Math.min(most, left));
  return {
    hosts: own === '' || first === '' ? undefined : own === first,
    others: all - rooms.length,
    busiest: all === rooms.length ? 0 : busiest,
    pid: rooms.length === 0 ? count(others[2], 'other namespaces') : 0,
    unread: count(others[3], 'other namespaces') > 0,
  };
};
