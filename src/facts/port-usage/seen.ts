/** What the probe counted, as the parser takes it over. */

/** Sockets of one (local IP, peer IP, peer port) whose local port is of the ephemeral range. */
export interface Tuple {
  readonly local: string;
  readonly peer: string;
  readonly peerPort: number;
  readonly total: number;
  readonly established: number;
  readonly timeWait: number;
  /** TIME_WAITs old enough for reuse. */
  readonly reusable: number;
  /** How many are in each other state. */
  readonly kept: ReadonlyMap<string, number>;
  /** Sockets less those that reuse can take, as counted on the host. */
  readonly unusable: number;
}

/** One local IP: distinct local ports of the range that its outgoing connections hold. */
export interface LocalIp {
  readonly ip: string;
  readonly distinct: number;
  /** Of them, those of the parity that connect() tries last and bind(…, 0) first. */
  readonly far: number;
  /** Ports of that parity which large destinations may have been driven to. */
  readonly excused: number;
  readonly sockets: number;
  readonly destinations: number;
  /** Sockets of its largest destination. */
  readonly largest: number;
  /** Open sockets with and without IP_BIND_ADDRESS_NO_PORT; both 0 where it was not seen. */
  readonly flagged: number;
  readonly unflagged: number;
  /** A second look, where the counts alone leave two ways. */
  readonly look?: Look;
  /** Which side opened them, where its ports look bound and ss could tell. */
  readonly sides?: Sides;
}

/**
 * Connections on ports that look bound: those that this side opened, and those that it accepted on a port nobody
 * listens on any more.
 */
export interface Sides {
  readonly opened: number;
  readonly accepted: number;
}

/** What all local IPs together hold by sockets bound to port 0, which connect() passes over on every IP. */
export interface BoundPorts {
  readonly ports: number;
  /** The same, a port counted for each of its IPs, and the sockets on them. */
  readonly held: number;
  readonly sockets: number;
  readonly ips: number;
  /** The destination that has the fewest ports left, and how many are not: these and its own. */
  readonly peer: string;
  readonly peerPort: number;
  readonly taken: number;
}

/** What a second look at a local IP saw. */
export interface Look {
  /** Ports of the parity that bind(…, 0) tries first, and the sockets on them. */
  readonly far: number;
  readonly farSockets: number;
  /** TIME_WAITs of the largest destination that followed each other, and how far apart their ports are on average. */
  readonly steps: number;
  readonly apartPercent: number;
}

/** A tuple whose open connections were asked whether the peer uses TCP timestamps: `bare` when none carries any. */
export interface Stamps {
  readonly local: string;
  readonly peer: string;
  readonly peerPort: number;
  readonly bare: boolean;
}

/** The sockets and settings of one network namespace. */
export interface RoomTable {
  readonly range: { readonly low: number; readonly high: number };
  readonly reserved: string;
  readonly capacity: number;
  readonly reuse: number | undefined;
  /** tcp_tw_reuse_delay in ms, where the kernel has it (6.14+). */
  readonly delayMs: number | undefined;
  readonly timestamps: boolean;
  readonly states: ReadonlyMap<string, number>;
  /** The ten with the most unusable ports, most first. */
  readonly tuples: readonly Tuple[];
  /** The ten with the most distinct ports, most first. */
  readonly locals: readonly LocalIp[];
  readonly sums: {
    readonly lines: number;
    readonly listening: number;
    readonly server: number;
    readonly outside: number;
    readonly client: number;
    readonly tuples: number;
  };
  readonly owners: Owners | undefined;
  /** Looked for where a tenth of the ports or more look bound. */
  readonly bound: BoundPorts | undefined;
  readonly stamps: readonly Stamps[];
  /** Sockets of any kind that the kernel counts and lists in no table. */
  readonly unlisted: number | undefined;
  /** The process with most of them, where they are many and root may look. */
  readonly holder: { readonly pid: number; readonly sockets: number; readonly name: string } | undefined;
}

/** Another network namespace, entered from the host's. */
export interface Room extends RoomTable {
  readonly pid: number;
  readonly name: string;
  readonly sockets: number;
}

export interface PortTable extends RoomTable {
  readonly root: boolean;
  readonly kernel: string;
  readonly rooms: readonly Room[];
  readonly namespaces: {
    readonly hosts: boolean | undefined;
    /** Others that were not entered. */
    readonly others: number;
    /** TCP sockets of the busiest of those, at most. */
    readonly busiest: number;
    readonly pid: number;
    /** True when some processes' namespaces could not be told. */
    readonly unread: boolean;
  };
}

/** Who holds the first tuple's sockets that still have an owner, of at most 300 looked at. */
export interface Owners {
  readonly sockets: number;
  readonly named: number;
  readonly most: number;
  readonly pid: number;
  readonly name: string;
}
