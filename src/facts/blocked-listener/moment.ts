import { endpointOf } from '../ip-address.js';
import type { Connection, Listener, ListenerTable, Look, Task } from './sight.js';
import { callKind } from './syscalls.js';

/** What a task was in at one look. `incoming`: on one connection to a listening port of this host. */
export interface Moment {
  readonly kind: 'incoming' | 'serves' | 'elsewhere' | 'running' | 'rests' | 'silent';
  readonly doing: string;
  readonly inode?: string;
  readonly connection?: Connection;
}

/** What a task was in at one look; `mine` are its descriptors of the listener. */
export const momentOf = (
  table: ListenerTable,
  which: Look,
  task: Task,
  mine: ReadonlySet<number>,
  listener: Listener,
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
        : onSocket(table, which, task, task.fd, listener);
    case 'read':
      return task.fd === undefined
        ? { kind: 'silent', doing: `in ${task.call}` }
        : onSocket(table, which, task, task.fd, listener);
    case 'rest':
      return { kind: 'rests', doing: `in ${task.call}` };
    case 'other':
      return { kind: 'silent', doing: `in ${/^[a-z0-9_:]{1,30}$/.test(task.call) ? task.call : 'an unknown call'}` };
  }
};

const onSocket = (table: ListenerTable, which: Look, task: Task, fd: number, listener: Listener): Moment => {
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
  if (table.listeners.some((one) => one.net === listener.net && one.port === connection.localPort))
    return { kind: 'incoming', doing: `${doing}, a connection from ${peer}`, inode, connection };
  if (table.more.idle + table.more.waiting > 0)
    return { kind: 'silent', doing: `${doing}, a connection of port ${connection.localPort}` };
  return { kind: 'elsewhere', doing: `${doing}, its own connection to ${peer}: it waits for what is behind it` };
};
