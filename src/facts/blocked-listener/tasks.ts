import { endpointOf } from '../ip-address.js';
import type { Connection, Listener, ListenerTable, Task } from './sight.js';
import { callKind } from './syscalls.js';

/**
 * What one task that shares a listener does about it.
 *
 * - `caught`: in both looks in a read of, or a poll on, one and the same connection to a port of this host, which is
 *   ESTAB, has nothing to read, and received nothing in between.
 * - `serves`: waits for the listener itself.
 * - `elsewhere`: certainly not caught: busy, in an event loop, or waiting for something else.
 * - `rests`: sleeps as the master of prefork children does.
 * - `silent`: what it does tells neither.
 */
export interface Stand {
  readonly task: Task;
  readonly name: string;
  readonly kind: 'caught' | 'serves' | 'elsewhere' | 'rests' | 'silent';
  /** What it was seen in, as words behind its name: `recvfrom on fd 4`. */
  readonly doing: string;
  readonly connection?: Connection;
}

/** Processor time between two looks, ms, that is no longer idling. */
const BUSY_MS = 1000;

/** How every task that shares the listener at the second look stands to it. */
export const standsOf = (table: ListenerTable, listener: Listener): readonly Stand[] => {
  const mine = new Map<number, Set<number>>();
  for (const { pid, fd } of table.owners.get(listener.inode) ?? []) mine.set(pid, (mine.get(pid) ?? new Set()).add(fd));
  const ports = new Set(table.listeners.filter((one) => one.net === listener.net).map((one) => one.port));
  return [...table.looks.b.tasks.values()]
    .filter((task) => mine.has(task.pid) && task.state !== 'Z' && task.state !== 'X')
    .map((task) => {
      const stand = standOf(table, task, mine.get(task.pid) ?? new Set(), ports);
      return { task, name: table.looks.b.processes.get(task.pid)?.name || 'a process', ...stand };
    });
};

type Standing = Pick<Stand, 'kind' | 'doing' | 'connection'>;

const standOf = (table: ListenerTable, task: Task, mine: ReadonlySet<number>, ports: ReadonlySet<number>): Standing => {
  const before = table.looks.a.tasks.get(`${task.pid} ${task.tid}`);
  const now = at(table, 'b', task, mine, ports);
  const then = before && at(table, 'a', before, mine, ports);
  for (const one of [then, now]) if (one?.kind === 'serves') return { kind: 'serves', doing: one.doing };
  if (!before || !then) {
    return now.kind === 'incoming' ? { kind: 'silent', doing: `${now.doing}, which it was not before` } : told(now);
  }
  const spent = task.cpuMs - before.cpuMs;
  if ((now.kind === 'running' && then.kind === 'running') || spent >= BUSY_MS)
    return { kind: 'elsewhere', doing: `busy: state R, ${spent} ms of processor time between the looks` };
  const engaged = now.kind === 'incoming' || then.kind === 'incoming';
  if (!engaged && (now.kind === 'running' || then.kind === 'running')) {
    const other = now.kind === 'running' ? then : now;
    return other.kind === 'rests' ? told(other) : { kind: 'elsewhere', doing: 'busy: state R at one of the looks' };
  }
  if (!engaged) return told(now);
  if (now.kind !== 'incoming' || then.kind !== 'incoming' || now.inode !== then.inode)
    return { kind: 'elsewhere', doing: `moved on between the looks: ${then.doing}, then ${now.doing}` };
  if (!now.connection || !idle(now.connection, then.connection, task.switches === before.switches))
    return idleUnknown(now.connection, then.connection)
      ? { kind: 'silent', doing: `${now.doing}; whether it received anything in between cannot be told without ss` }
      : { kind: 'elsewhere', doing: `${now.doing}, which received data between the looks` };
  return { kind: 'caught', doing: now.doing, connection: now.connection };
};

const told = (one: Moment): Standing =>
  one.kind === 'elsewhere' || one.kind === 'rests'
    ? { kind: one.kind, doing: one.doing }
    : { kind: 'silent', doing: one.doing };

/** Nothing to read at either look, and nothing received in between: by its counter, or because the task never ran. */
const idle = (now: Connection, then: Connection | undefined, slept: boolean): boolean => {
  if (!then || !now.established || !then.established || now.unread > 0 || then.unread > 0) return false;
  if (now.received !== undefined && then.received !== undefined) return now.received === then.received;
  return slept;
};

const idleUnknown = (now: Connection | undefined, then: Connection | undefined): boolean =>
  now !== undefined &&
  then !== undefined &&
  now.established &&
  now.unread === 0 &&
  (now.received === undefined || then.received === undefined);

/** What a task was in at one look. `incoming`: on one connection to a listening port of this host. */
interface Moment {
  readonly kind: 'incoming' | 'serves' | 'elsewhere' | 'running' | 'rests' | 'silent';
  readonly doing: string;
  readonly inode?: string;
  readonly connection?: Connection;
}

const at = (
  table: ListenerTable,
  which: 'a' | 'b',
  task: Task,
  mine: ReadonlySet<number>,
  ports: ReadonlySet<number>,
): Moment => {
  const kind = callKind(task.call);
  const watches = task.watches?.some((fd) => mine.has(fd)) ?? false;
  if (/^t$/i.test(task.state)) return { kind: 'silent', doing: `stopped (state ${task.state})` };
  switch (kind) {
    case 'running':
      return { kind: 'running', doing: 'running (state R)' };
    case 'unread':
      return { kind: 'silent', doing: 'in a call that could not be read' };
    case 'accept':
      return watches
        ? { kind: 'serves', doing: `waits in ${task.call} on the listener` }
        : { kind: 'elsewhere', doing: `waits in ${task.call} on another listener` };
    case 'epoll':
      if (watches) return { kind: 'serves', doing: `waits in ${task.call}, the listener among what it watches` };
      return { kind: 'elsewhere', doing: `waits in ${task.call} (an event loop)` };
    case 'poll':
      if (watches) return { kind: 'serves', doing: `waits in ${task.call}, the listener among what it watches` };
      if (task.count > 1)
        return { kind: 'elsewhere', doing: `waits in ${task.call} on ${task.count} descriptors (an event loop)` };
      return task.fd === undefined
        ? { kind: task.count === 0 ? 'rests' : 'silent', doing: `in ${task.call}` }
        : onSocket(table, which, task, task.fd, ports);
    case 'read':
      return task.fd === undefined
        ? { kind: 'silent', doing: `in ${task.call}` }
        : onSocket(table, which, task, task.fd, ports);
    case 'rest':
      return { kind: 'rests', doing: `in ${task.call}` };
    case 'other':
      return { kind: 'silent', doing: `in ${/^[a-z0-9_:]{1,30}$/.test(task.call) ? task.call : 'an unknown call'}` };
  }
};

const onSocket = (
  table: ListenerTable,
  which: 'a' | 'b',
  task: Task,
  fd: number,
  ports: ReadonlySet<number>,
): Moment => {
  const seen = table.looks[which];
  const doing = `in ${task.call} on fd ${fd}`;
  const inode = seen.sockets.get(`${task.pid} ${fd}`);
  // A pipe: a master waiting for its children's signals, or a helper; it tells nothing of connections.
  if (inode === undefined)
    return { kind: callKind(task.call) === 'poll' ? 'rests' : 'silent', doing: `${doing}, no socket` };
  const other = seen.others.get(inode);
  if (other) return { kind: 'elsewhere', doing: `${doing}, ${other}: it waits for something behind it` };
  const connection = seen.connections.get(inode);
  if (!connection) return { kind: 'silent', doing: `${doing}, a socket that is in no table` };
  const peer = endpointOf(connection.peer, connection.peerPort);
  if (!ports.has(connection.localPort) && table.more.idle + table.more.waiting > 0)
    return { kind: 'silent', doing: `${doing}, a connection of port ${connection.localPort}` };
  if (!ports.has(connection.localPort))
    return { kind: 'elsewhere', doing: `${doing}, its own connection to ${peer}: it waits for what is behind it` };
  return { kind: 'incoming', doing: `${doing}, a connection from ${peer}`, inode, connection };
};
