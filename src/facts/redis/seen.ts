/** What the probe `redis` saw, as the parser takes it over. */

export interface RedisFile {
  readonly path: string;
  readonly real: string;
  readonly type: string;
  /** Is it the file the process sees under that path? */
  readonly same: string;
  readonly mode: string;
  readonly owner: string;
  readonly links: number;
  readonly writable: boolean;
  readonly sha256: string;
}

export interface Tie {
  /** Empty where its user ids differ. */
  readonly uid: string;
  /** It is root's, redis', valkey's or the file's owner's. */
  readonly trusted: boolean;
  /** Who else names the file: argv, unit, or nobody (empty). */
  readonly by: string;
}

export interface Numbered {
  readonly line: number;
  readonly text: string;
}

/** What sets tcp-keepalive after the file, at a start; the value is `?` where that cannot be told. */
export interface Setter {
  readonly by: string;
  readonly value: string;
}

/** A file that a line of the configuration includes, and what it makes of tcp-keepalive. */
export interface Included {
  readonly line: number;
  readonly path: string;
  /** `none`, `sets`, or why that cannot be told: `nested`, `missing`, `unreadable`, `odd`. */
  readonly state: string;
  readonly value: string;
}

/** Sockets of one address of a port; `*` is every address that nobody listens on by itself. */
export interface Place {
  readonly address: string;
  readonly all: number;
  readonly kept: number;
  /** Connections of other hosts without any timer: they have no SO_KEEPALIVE. */
  readonly without: number;
  readonly other: number;
  readonly listeners: number;
  /** Of those with a timer, the ones that left two or more keepalive probes in a row unanswered. */
  readonly unanswered: number;
  /** The most that an armed keepalive timer of another host's connection has left, in s: a bound from below. */
  readonly longest: number;
  /** The busiest addresses of those without a timer, and of those unanswered. */
  readonly bare: readonly Peer[];
  readonly silent: readonly Peer[];
}

interface Peer {
  readonly address: string;
  readonly count: number;
}

/** Those of one server, all its addresses together. */
export interface Sockets extends Omit<Place, 'address'> {
  readonly loopbackOnly: boolean;
}

export interface RedisProcess {
  readonly pid: number;
  readonly program: string;
  readonly where: 'host' | 'container' | 'endpoint';
  readonly host: string;
  /** The address that was asked: loopback where the other one does not answer. */
  readonly asked: string;
  readonly port: number;
  readonly mode: string;
  readonly said: ReadonlyMap<string, string>;
  readonly config: ReadonlyMap<string, string>;
  readonly info: ReadonlyMap<string, string>;
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  /** The configuration file that its password was read from. */
  readonly secret: string | undefined;
  readonly setters: readonly Setter[];
  readonly file: RedisFile | undefined;
  /** What ties the process to the file that its answer names. */
  readonly tied: Tie | undefined;
  readonly lines: readonly Numbered[];
  readonly includes: readonly Numbered[];
  readonly included: readonly Included[];
  readonly withheld: boolean;
  readonly maybeTls: boolean;
  /** Everything on its port in a network namespace of its own; of the host's the table has them. */
  readonly places: readonly Place[];
  readonly sockets: Sockets | undefined;
}

export interface RedisTable {
  readonly root: boolean;
  readonly client: string;
  readonly hidden: boolean;
  /** Processes that were not looked at, above the most that are. */
  readonly beyond: number;
  readonly unreadPasswordFile: string | undefined;
  readonly processes: readonly RedisProcess[];
}
