/** The probe's lines, read strictly: whatever does not fit is a reason and no value. */

import { unframed } from '../framing.js';
import { endpointOf } from '../ip-address.js';
import {
  addressKey,
  type Connection,
  type Listener,
  type ListenerTable,
  type Look,
  type Process,
  type Queue,
  type Seen,
  type Task,
} from './sight.js';

export type Tabled =
  | { readonly ok: true; readonly value: ListenerTable }
  | { readonly ok: false; readonly reason: string };

class Mismatch extends Error {}

const LONGEST = 260_000;
const WIDTHS: Readonly<Record<string, number>> = {
  ...{ uid: 1, machine: 2, source: 1, hidden: 1, listen: 7, more: 2, denied: 1, net: 3, kind: 2, proc: 4 },
  ...{ task: 10, fd: 4, conn: 9, bytes: 3, other: 3, own: 3, queue: 12, taken: 4, unseen: 1, waited: 2, backlog: 2 },
};
const ONCE = new Set(['uid', 'machine', 'source', 'hidden', 'more', 'denied', 'unseen', 'waited']);

/** Reads the probe's output. */
export const listenerTable = (output: string): Tabled => {
  try {
    return { ok: true, value: read(output) };
  } catch (error) {
    if (error instanceof Mismatch) return { ok: false, reason: error.message };
    throw error;
  }
};

const insist = (holds: boolean, reason: string): void => {
  if (!holds) throw new Mismatch(reason);
};

const number = (text: string | undefined, most = Number.MAX_SAFE_INTEGER): number => {
  const n = text !== undefined && /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  insist(n <= most, `The output makes no sense: ${JSON.stringify((text ?? '').slice(0, 20))} is no count.`);
  return n;
};

const port = (text: string | undefined): number => number(text, 65_535);

const inode = (text: string | undefined): string => String(number(text));

const address = (text = ''): string => {
  insist(/^[0-9a-f.:]{2,45}$/i.test(text), 'The output makes no sense: an address is none.');
  return text;
};

const look = (text: string | undefined): Look => {
  if (text !== 'a' && text !== 'b') throw new Mismatch('The output makes no sense: a line is of neither look.');
  return text;
};

const seconds = (text: string | undefined): number => {
  const n = text !== undefined && /^\d{1,10}(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN;
  insist(Number.isFinite(n), 'The output makes no sense: a time is none.');
  return n;
};

const put = <K, V>(map: Map<K, V>, key: K, value: V): void => {
  insist(!map.has(key), 'The output is mixed: a line comes twice.');
  map.set(key, value);
};

type Row = readonly string[];

const read = (output: string): ListenerTable => {
  insist(output.length <= LONGEST, 'The output is far longer than the probe prints.');
  const frame = unframed('listeners', output);
  if (!frame.ok) throw new Mismatch(frame.reason);
  const rows = new Map<string, Row[]>();
  for (const [kind = '', ...fields] of frame.records) {
    const width = Object.hasOwn(WIDTHS, kind) ? WIDTHS[kind] : undefined;
    insist(width === fields.length, 'The output is mixed: a line is not the probe’s.');
    const same = rows.get(kind) ?? [];
    insist(same.length === 0 || !ONCE.has(kind), 'The output is mixed: a line comes twice.');
    rows.set(kind, [...same, fields]);
  }
  const all = (kind: string): readonly Row[] => rows.get(kind) ?? [];
  const once = (kind: string): Row => {
    const [row] = all(kind);
    if (!row) throw new Mismatch(`The output lacks ${kind}.`);
    return row;
  };
  insist(rows.has('more'), '/proc/net/tcp could not be read.');
  const source = once('source')[0];
  if (source !== 'ss' && source !== 'proc') throw new Mismatch('The output makes no sense: its source is unknown.');
  const [started, ended] = all('waited')[0] ?? [];
  const listeners = listenersOf(all('listen'), all('backlog'));
  const waiting = listeners.filter((one) => one.queue > 0);
  const waited = started === undefined ? undefined : seconds(ended) - seconds(started);
  const queues = queuesOf(all('queue'), takenOf(all('taken')));
  insist(
    waiting.every((one) => queues.has(addressKey(one.net, one.address, one.port))),
    'The output is cut: a listener with a queue has no second line.',
  );
  insist(waited === undefined || rows.has('unseen'), 'The output lacks unseen.');
  return {
    root: once('uid')[0] === '0',
    machine: once('machine')[0] ?? '',
    kernel: once('machine')[1] ?? '',
    source,
    listeners,
    more: { waiting: number(once('more')[0]), idle: number(once('more')[1]) },
    hidden: number(once('hidden')[0]),
    denied: number(all('denied')[0]?.[0] ?? '0'),
    unseenTasks: number(all('unseen')[0]?.[0] ?? '0'),
    waited,
    nets: new Map(all('net').map(([net, , name = '']) => [number(net), name])),
    queues,
    owners: ownersOf(all('own')),
    kinds: new Map(all('kind').map(([pid, kind = '']) => [number(pid), kind])),
    looks: { a: seenIn('a', all), b: seenIn('b', all) },
  };
};

const listenersOf = (rows: readonly Row[], backlogs: readonly Row[]): readonly Listener[] => {
  const most = new Map<string, number>();
  for (const [id, backlog] of backlogs) put(most, inode(id), number(backlog));
  const later = new Map<string, number>();
  const first: Omit<Listener, 'queueAfter' | 'backlog'>[] = [];
  const seen = new Map<string, true>();
  for (const [which, net, id, ip, at, queue] of rows) {
    if (look(which) === 'b') {
      put(later, inode(id), number(queue));
      continue;
    }
    put(seen, inode(id), true);
    first.push({
      net: number(net, 1000),
      inode: inode(id),
      address: address(ip),
      port: port(at),
      queue: number(queue),
    });
  }
  return first.map((one) => ({ ...one, queueAfter: later.get(one.inode), backlog: most.get(one.inode) }));
};

const takenOf = (rows: readonly Row[]): ReadonlyMap<string, number> => {
  const taken = new Map<string, number>();
  for (const [net, ip, at, n] of rows) put(taken, addressKey(number(net, 1000), address(ip), port(at)), number(n));
  return taken;
};

const queuesOf = (rows: readonly Row[], taken: ReadonlyMap<string, number>): ReadonlyMap<string, Queue> => {
  const queues = new Map<string, Queue>();
  for (const [net, ip, at, before, asked, now, askedNow, still, accepted, peer = '', from, bytes] of rows) {
    const key = addressKey(number(net, 1000), address(ip), port(at));
    const queue: Queue = {
      before: number(before),
      askedBefore: number(asked),
      now: number(now),
      askedNow: number(askedNow),
      still: number(still),
      accepted: number(accepted),
      taken: taken.get(key) ?? 0,
      example: peer === '-' ? '' : endpointOf(address(peer), port(from)),
      exampleBytes: number(bytes),
    };
    insist(
      queue.askedBefore <= queue.before && queue.askedNow <= queue.now && queue.still <= queue.askedBefore,
      'The output is cut or mixed: a queue does not add up.',
    );
    put(queues, key, queue);
  }
  return queues;
};

const ownersOf = (rows: readonly Row[]): ListenerTable['owners'] => {
  const owners = new Map<string, { pid: number; fd: number }[]>();
  for (const [id, pid, fd] of rows) {
    const key = inode(id);
    owners.set(key, [...(owners.get(key) ?? []), { pid: number(pid), fd: number(fd) }]);
  }
  return owners;
};

const seenIn = (which: Look, all: (kind: string) => readonly Row[]): Seen => {
  const of = (kind: string) => all(kind).filter((row) => look(kind === 'own' ? which : row[0]) === which);
  const tasks = new Map<string, Task>();
  for (const [, pid, tid, state = '', call = '', count, fd, watches = '', switches, cpu] of of('task'))
    put(tasks, `${number(pid)} ${number(tid)}`, {
      pid: number(pid),
      tid: number(tid),
      state,
      call,
      count: number(count),
      fd: fd === '-' ? undefined : number(fd),
      watches: watches === '?' ? undefined : watches === '-' ? [] : watches.split(',').map((one) => number(one)),
      switches: number(switches),
      cpuMs: number(cpu),
    });
  const processes = new Map<number, Process>();
  for (const [, pid, parent, name = ''] of of('proc'))
    put(processes, number(pid), { pid: number(pid), parent: number(parent), name: name.trim() });
  const sockets = new Map<string, string | undefined>();
  for (const [, pid, fd, id] of of('fd'))
    put(sockets, `${number(pid)} ${number(fd)}`, id === 'none' ? undefined : inode(id));
  const received = new Map<string, number | undefined>();
  for (const [, id, bytes] of of('bytes')) put(received, inode(id), bytes === '-' ? undefined : number(bytes));
  const connections = new Map<string, Connection>();
  for (const [, , id, state, unread, local, localPort, peer, peerPort] of of('conn'))
    put(connections, inode(id), {
      established: state === 'ESTAB',
      unread: number(unread),
      local: address(local),
      localPort: port(localPort),
      peer: address(peer),
      peerPort: port(peerPort),
      received: received.get(inode(id)),
    });
  const others = new Map<string, string>();
  for (const [, id, kind = ''] of of('other')) put(others, inode(id), kind === 'unix' ? 'UNIX' : 'UDP');
  return { tasks, processes, sockets, connections, others };
};
