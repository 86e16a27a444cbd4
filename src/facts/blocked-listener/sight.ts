/** What the probe saw at two looks, as read from its lines. */

/** A LISTEN socket as both looks saw it; without a second look, or gone by then, `queueAfter` is undefined. */
export interface Listener {
  /** Index of its network namespace: 0 is the one the probe ran in. */
  readonly net: number;
  readonly inode: string;
  readonly address: string;
  readonly port: number;
  readonly queue: number;
  readonly queueAfter: number | undefined;
  /** A longer queue takes nobody in; undefined where ss does not tell. */
  readonly backlog: number | undefined;
}

/** Connections that the kernel completed and nobody accepted, on one address and port. */
export interface Queue {
  /** At the first look: all, and those whose request nobody has read. */
  readonly before: number;
  readonly askedBefore: number;
  readonly now: number;
  readonly askedNow: number;
  /** Those with a request that waited through both looks. */
  readonly still: number;
  /** Those of the first look that somebody accepted. */
  readonly accepted: number;
  /** Accepted connections of the second look that came after the first. */
  readonly taken: number;
  readonly example: string;
  readonly exampleBytes: number;
}

export type Look = 'a' | 'b';

/** What one task waited in at one look. */
export interface Task {
  readonly pid: number;
  readonly tid: number;
  readonly state: string;
  readonly call: string;
  /** Descriptors it waits on, and which one where it is one. */
  readonly count: number;
  readonly fd: number | undefined;
  /** Listeners' descriptors among them; undefined when that could not be read. */
  readonly watches: readonly number[] | undefined;
  readonly switches: number;
  readonly cpuMs: number;
}

export interface Connection {
  readonly established: boolean;
  readonly unread: number;
  readonly local: string;
  readonly localPort: number;
  readonly peer: string;
  readonly peerPort: number;
  /** Bytes received since it began, where ss tells. */
  readonly received: number | undefined;
}

export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
}

/** What one look at the tasks found. */
export interface Seen {
  readonly tasks: ReadonlyMap<string, Task>;
  readonly processes: ReadonlyMap<number, Process>;
  /** By `pid fd`: the inode of the socket; undefined when it is none. */
  readonly sockets: ReadonlyMap<string, string | undefined>;
  readonly connections: ReadonlyMap<string, Connection>;
  /** Sockets that are no TCP, by inode: `unix` or `udp`. */
  readonly others: ReadonlyMap<string, string>;
}

export interface ListenerTable {
  readonly root: boolean;
  readonly machine: string;
  readonly kernel: string;
  readonly source: 'ss' | 'proc';
  readonly listeners: readonly Listener[];
  /** Listeners that were left out: with a queue, and without. */
  readonly more: { readonly waiting: number; readonly idle: number };
  /** Network namespaces and processes whose sockets could not be read. */
  readonly hidden: number;
  readonly denied: number;
  readonly unseenTasks: number;
  /** Seconds between the two looks; undefined when one was enough. */
  readonly waited: number | undefined;
  readonly nets: ReadonlyMap<number, string>;
  /** By `net address port`. */
  readonly queues: ReadonlyMap<string, Queue>;
  /** Who shares a listener: its inode, then pid and descriptor. */
  readonly owners: ReadonlyMap<string, readonly { readonly pid: number; readonly fd: number }[]>;
  readonly kinds: ReadonlyMap<number, string>;
  readonly looks: Readonly<Record<Look, Seen>>;
}

/** Where connections that wait to be accepted are told of. */
export const addressKey = (net: number, address: string, port: number): string => `${net} ${address} ${port}`;
