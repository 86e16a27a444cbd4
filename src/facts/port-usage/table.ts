import { unframed } from '../framing.js';

/** The probe's lines, read strictly: every sum must fit, or there is a reason and no value. */

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
  readonly withTimestamps: number;
  readonly name: string;
}

export type Tabled = { readonly ok: true; readonly value: PortTable } | { readonly ok: false; readonly reason: string };

const SINGLE = new Set([
  ...['uid', 'kernel', 'range', 'reserved', 'reuse', 'delay', 'timestamps', 'source', 'sum', 'locals', 'owners'],
  ...['flags', 'unlisted', 'holder', 'namespace', 'others'],
]);
/** The probe enters namespaces from so many TCP sockets on, and no more than so many. */
const ENTERED_FROM = 50;
const MAX_ENTERED = 8;
const MAX_SOCKETS = 100_000_000;

class Mismatch extends Error {}

/** A count: decimal digits, at most a hundred million. */
const count = (text: string | undefined, what: string): number => {
  const n = text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(n <= MAX_SOCKETS)) throw new Mismatch(`The output makes no sense: ${what} is no count.`);
  return n;
};

const insist = (holds: boolean, reason: string): void => {
  if (!holds) throw new Mismatch(reason);
};

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

type Records = readonly (readonly string[])[];

/** The own namespace's records, then those of each other one behind its `room` or `closed`. */
const blocks = (records: Records): readonly Records[] => {
  const found: (readonly string[])[][] = [[]];
  for (const record of records) {
    if (record[0] === 'room' || record[0] === 'closed') found.push([]);
    found.at(-1)?.push(record);
  }
  return found;
};

interface Block {
  get(kind: string): readonly string[];
  readonly single: ReadonlyMap<string, readonly string[]>;
  readonly states: ReadonlyMap<string, number>;
  readonly tuples: readonly Tuple[];
  readonly locals: readonly LocalIp[];
}

const block = (records: Records): Block => {
  const single = new Map<string, readonly string[]>();
  const states = new Map<string, number>();
  const tuples: Tuple[] = [];
  const locals: LocalIp[] = [];
  for (const [kind = '', ...fields] of records) {
    if (kind === 'state') {
      const [name = '', n] = fields;
      insist(
        /^[A-Z][A-Z0-9-]+$/.test(name) && !states.has(name),
        'The output makes no sense: a state is repeated or unknown.',
      );
      states.set(name, count(n, name));
    } else if (kind === 'tuple') tuples.push(tuple(fields));
    else if (kind === 'local') locals.push(localIp(fields));
    else {
      insist(SINGLE.has(kind) && !single.has(kind), 'The output is mixed: a line is not the probe’s or comes twice.');
      single.set(kind, fields);
    }
  }
  const get = (kind: string): readonly string[] => {
    const fields = single.get(kind);
    if (!fields)
      throw new Mismatch(kind === 'source' ? '/proc/net/tcp could not be read.' : `The output lacks ${kind}.`);
    return fields;
  };
  return { get, single, states, tuples, locals };
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

const CUT = 'The output is cut or mixed: its sums do not fit.';

const roomTable = ({ get, single, states, tuples, locals }: Block): RoomTable => {
  insist(get('source')[0] === 'proc', 'The output makes no sense: its source is unknown.');
  const [low, high] = get('range')
    .join(' ')
    .split(' ')
    .map((text) => count(text, 'the range'));
  if (low === undefined || high === undefined || low < 1 || high > 65_535 || low > high)
    throw new Mismatch(`The range ${low}-${high} makes no sense.`);
  const reserved = get('reserved')[0] ?? '';
  const sum = (i: number) => count(get('sum')[i], 'a sum');
  const lines = sum(0);
  const listening = sum(1);
  const unconnected = sum(2);
  const server = sum(3);
  const outside = sum(4);
  const client = sum(5);
  const tupleCount = sum(6);
  const restTuples = sum(7);
  const restSockets = sum(8);
  const unparsed = sum(9);
  insist(unparsed === 0, `${unparsed} of ${lines} socket lines could not be read.`);
  const capacity = portsOf(low, high, reserved);
  insist(capacity > 0, `No port of the range ${low}-${high} is left: ip_local_reserved_ports takes them all.`);
  insist(sum(10) === capacity, 'The output makes no sense: the ports do not add up.');
  const inStates = [...states.values()].reduce((a, b) => a + b, 0);
  insist(
    lines === inStates &&
      lines === listening + unconnected + server + outside + client &&
      (states.get('LISTEN') ?? 0) === listening &&
      tuples.length === Math.min(10, tupleCount) &&
      tupleCount === tuples.length + restTuples &&
      client === tuples.reduce((sum, one) => sum + one.total, 0) + restSockets &&
      restSockets >= restTuples &&
      new Set(tuples.map((one) => `${one.local} ${one.peer} ${one.peerPort}`)).size === tuples.length,
    CUT,
  );
  for (const state of ['ESTAB', 'TIME-WAIT'] as const) {
    const shown = tuples.reduce((sum, one) => sum + (state === 'ESTAB' ? one.established : one.timeWait), 0);
    insist(shown <= (states.get(state) ?? 0), CUT);
  }
  const [ips, restIps, ports, restPorts] = [0, 1, 2, 3].map((i) => count(get('locals')[i], 'the local addresses'));
  insist(
    locals.length === Math.min(10, ips ?? -1) &&
      ips === locals.length + (restIps ?? -1) &&
      ports === locals.reduce((sum, one) => sum + one.distinct, 0) + (restPorts ?? -1) &&
      locals.every((one) => one.distinct <= capacity) &&
      locals.reduce((sum, one) => sum + one.sockets, 0) <= client &&
      (restIps !== 0 || locals.reduce((sum, one) => sum + one.sockets, 0) === client) &&
      new Set(locals.map((one) => one.ip)).size === locals.length,
    CUT,
  );
  const reuse = get('reuse')[0] ?? '';
  const delay = get('delay')[0] ?? '';
  const timestamps = get('timestamps')[0] ?? '';
  insist(/^[012]$/.test(timestamps), 'tcp_timestamps could not be read.');
  const unlisted = single.get('unlisted');
  const holder = single.get('holder');
  return {
    range: { low, high },
    reserved,
    capacity,
    reuse: reuse === '' ? undefined : count(reuse, 'tcp_tw_reuse'),
    delayMs: delay === '' ? undefined : count(delay, 'tcp_tw_reuse_delay'),
    timestamps: timestamps !== '0',
    states,
    tuples,
    locals: flagged(locals, single.get('flags')),
    sums: { lines, listening, server, outside, client, tuples: tupleCount },
    owners: owners(single.get('owners')),
    unlisted: unlisted && count(unlisted[0], 'the unlisted sockets'),
    holder: holder && {
      pid: count(holder[0], 'a process id'),
      sockets: count(holder[1], 'the unlisted sockets'),
      name: holder.slice(2).join(' '),
    },
  };
};

/** The flag is asked for the fullest local IP only. */
const flagged = (locals: readonly LocalIp[], fields: readonly string[] | undefined): readonly LocalIp[] => {
  if (!fields) return locals;
  const [ip, withFlag, without, ...more] = fields;
  const seen = { flagged: count(withFlag, 'the flags'), unflagged: count(without, 'the flags') };
  insist(more.length === 0 && locals.some((one) => one.ip === ip), CUT);
  return locals.map((one) => (one.ip === ip ? { ...one, ...seen } : one));
};

const localIp = (fields: readonly string[]): LocalIp => {
  const [ip = '', ...numbers] = fields;
  const at = (i: number) => count(numbers[i], 'a local address');
  const [distinct, far, excused, sockets] = [at(0), at(1), at(2), at(3)];
  const [destinations, largest] = [at(4), at(5)];
  insist(
    numbers.length === 6 &&
      ADDRESS.test(ip) &&
      far <= distinct &&
      distinct >= 1 &&
      destinations >= 1 &&
      largest >= 1 &&
      largest <= sockets &&
      destinations <= sockets,
    'The output is cut or mixed: a local address does not add up.',
  );
  return { ip, distinct, far, excused, sockets, destinations, largest, flagged: 0, unflagged: 0 };
};

const ADDRESS = /^[0-9a-fA-F.:%\w-]{2,80}$/;

const tuple = (fields: readonly string[]): Tuple => {
  const [local = '', peer = '', port, ...numbers] = fields;
  insist(ADDRESS.test(local) && ADDRESS.test(peer), 'The output makes no sense: a tuple has no addresses.');
  const peerPort = count(port, 'a port');
  const at = (i: number) => count(numbers[i], 'a tuple');
  const total = at(0);
  const established = at(1);
  const timeWait = at(2);
  const reusable = at(3);
  const unusable = at(4);
  insist(
    numbers.length === 5 &&
      peerPort >= 1 &&
      peerPort <= 65_535 &&
      total >= 1 &&
      established + timeWait <= total &&
      reusable <= timeWait &&
      (unusable === total || unusable === total - reusable),
    'The output is cut or mixed: a tuple does not add up.',
  );
  return { local, peer, peerPort, total, established, timeWait, reusable, unusable };
};

const owners = (fields: readonly string[] | undefined): Owners | undefined => {
  if (!fields) return undefined;
  const at = (i: number) => count(fields[i], 'the owners');
  return {
    sockets: at(0),
    named: at(1),
    most: at(2),
    pid: at(3),
    withTimestamps: at(4),
    name: fields.slice(5).join(' '),
  };
};

/** Ports of the range that are not reserved. */
const portsOf = (low: number, high: number, reserved: string): number => {
  const taken = new Set<number>();
  for (const part of reserved.split(',')) {
    const found = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part);
    if (!found) continue;
    const to = Math.min(Number(found[2] ?? found[1]), high);
    for (let port = Math.max(Number(found[1]), low); port <= to; port++) taken.add(port);
  }
  return high - low + 1 - taken.size;
};
