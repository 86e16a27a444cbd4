import { endpointOf } from '../ip-address.js';
import { type Moment, momentOf } from './moment.js';
import type { Connection, Listener, ListenerTable, Task } from './sight.js';

/**
 * What one task that shares a listener does about it.
 *
 * - `caught`: in both looks in a read of, or a poll on, one and the same connection to the listener's port, which is
 *   ESTAB, has nothing to read, and received nothing in between.
 * - `hops`: the same, but on another connection at each look, none of which has received a byte.
 * - `serves`: waits for the listener itself.
 * - `elsewhere`: certainly not caught: busy, in an event loop, or waiting for something else.
 * - `rests`: sleeps as the master of prefork children does.
 * - `silent`: what it does tells neither.
 */
export interface Stand {
  readonly task: Task;
  readonly name: string;
  readonly kind: 'caught' | 'hops' | 'serves' | 'elsewhere' | 'rests' | 'silent';
  /** What it was seen in, as words behind its name: `recvfrom on fd 4`. */
  readonly doing: string;
  readonly connection?: Connection;
  /** Whether it was given the processor between the looks; true of one that was not there at the first. */
  readonly ran: boolean;
}

/** Processor time between two looks, ms, that is no longer idling. */
const BUSY_MS = 1000;

/** How every task that shares the listener at the second look stands to it. */
export const standsOf = (table: ListenerTable, listener: Listener): readonly Stand[] => {
  const mine = new Map<number, Set<number>>();
  for (const { pid, fd } of table.owners.get(listener.inode) ?? []) mine.set(pid, (mine.get(pid) ?? new Set()).add(fd));
  return [...table.looks.b.tasks.values()]
    .filter((task) => mine.has(task.pid) && task.state !== 'Z' && task.state !== 'X')
    .map((task) => {
      const stand = standOf(table, task, mine.get(task.pid) ?? new Set(), listener);
      const name = table.looks.b.processes.get(task.pid)?.name || 'a process';
      const ran = table.looks.a.tasks.get(`${task.pid} ${task.tid}`)?.switches !== task.switches;
      return { task, name, ran, ...stand };
    });
};

type Standing = Pick<Stand, 'kind' | 'doing' | 'connection'>;

const standOf = (table: ListenerTable, task: Task, mine: ReadonlySet<number>, listener: Listener): Standing => {
  const before = table.looks.a.tasks.get(`${task.pid} ${task.tid}`);
  const now = momentOf(table, 'b', task, mine, listener);
  const then = before && momentOf(table, 'a', before, mine, listener);
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
  if (hops(then, now, listener)) return { kind: 'hops', doing: hopWords(task, then, now) };
  if (now.kind !== 'incoming' || then.kind !== 'incoming' || now.inode !== then.inode)
    return { kind: 'elsewhere', doing: `moved on between the looks: ${then.doing}, then ${now.doing}` };
  if (!now.connection || !idle(now.connection, then.connection, task.switches === before.switches))
    return idleUnknown(now.connection, then.connection)
      ? { kind: 'silent', doing: `${now.doing}; whether it received anything in between cannot be told without ss` }
      : { kind: 'elsewhere', doing: `${now.doing}, which received data between the looks` };
  // A client of another port may block both, or be a worker of this server that is slow to answer.
  const { localPort } = now.connection;
  if (localPort !== listener.port)
    return { kind: 'silent', doing: `${now.doing}, of port ${localPort}, not of this one` };
  return { kind: 'caught', doing: now.doing, connection: now.connection };
};

const told = (one: Moment): Standing =>
  one.kind === 'elsewhere' || one.kind === 'rests'
    ? { kind: one.kind, doing: one.doing }
    : { kind: 'silent', doing: one.doing };

/** On two connections of which nothing was ever read; one that has sent a part of its request is being served. */
const hops = (then: Moment, now: Moment, listener: Listener): boolean =>
  then.inode !== now.inode &&
  [then, now].every(
    ({ kind, connection }) =>
      kind === 'incoming' &&
      connection?.localPort === listener.port &&
      connection.established &&
      connection.unread === 0 &&
      !connection.received,
  );

const hopWords = ({ call }: Task, ...looks: readonly Moment[]): string => {
  const peers = looks.flatMap(({ connection }) =>
    connection ? [endpointOf(connection.peer, connection.peerPort)] : [],
  );
  const told = looks.every(({ connection }) => connection?.received !== undefined);
  return `in ${call} on ${told ? 'an idle connection' : 'a connection with nothing to read'} at both looks, another one each time (${peers.join(', then ')})${told ? '' : '; whether they sent anything cannot be told without ss'}`;
};

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
