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

export interface PortTable {
  readonly source: 'ss' | 'proc';
  readonly root: boolean;
  readonly kernel: string;
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
  readonly sums: {
    readonly lines: number;
    readonly listening: number;
    readonly server: number;
    readonly outside: number;
    readonly client: number;
    readonly tuples: number;
  };
  readonly owners: Owners | undefined;
  readonly namespaces: {
    readonly hosts: boolean | undefined;
    readonly others: number;
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

const HEAD = 'runbolt-ports\t1';
const SINGLE = new Set([
  'uid',
  'kernel',
  'range',
  'reserved',
  'reuse',
  'delay',
  'timestamps',
  'source',
  'sum',
  'owners',
  'namespace',
  'others',
]);
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
  insist(output.length <= 100_000, 'The output is far longer than the probe prints.');
  insist(output.endsWith('\n'), 'The output is cut: it does not end with a line end.');
  const records = output.slice(0, -1).split('\n');
  insist(records[0] === HEAD, 'The output does not begin as expected.');
  insist(records.at(-1) === `end\t${records.length - 2}`, 'The output is cut or mixed: its end line does not fit.');
  const single = new Map<string, readonly string[]>();
  const states = new Map<string, number>();
  const tuples: Tuple[] = [];
  for (const record of records.slice(1, -1)) {
    const [kind = '', ...fields] = record.split('\t');
    if (kind === 'state') {
      const [name = '', n] = fields;
      insist(
        /^[A-Z][A-Z0-9-]+$/.test(name) && !states.has(name),
        'The output makes no sense: a state is repeated or unknown.',
      );
      states.set(name, count(n, name));
    } else if (kind === 'tuple') tuples.push(tuple(fields));
    else {
      insist(SINGLE.has(kind) && !single.has(kind), 'The output is mixed: a line is not the probe’s or comes twice.');
      single.set(kind, fields);
    }
  }
  const get = (kind: string): readonly string[] => {
    const fields = single.get(kind);
    if (!fields)
      throw new Mismatch(
        kind === 'source' ? 'Neither ss nor /proc/net/tcp could be read.' : `The output lacks ${kind}.`,
      );
    return fields;
  };
  const source = get('source')[0];
  if (source !== 'ss' && source !== 'proc') throw new Mismatch('The output makes no sense: its source is unknown.');
  const low = count(get('range')[0], 'the range');
  const high = count(get('range')[1], 'the range');
  insist(low >= 1 && high <= 65_535 && low <= high, `The range ${low}-${high} makes no sense.`);
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
  const capacity = sum(10);
  insist(unparsed === 0, `${unparsed} of ${lines} socket lines could not be read.`);
  insist(capacity === portsOf(low, high, reserved), 'The output makes no sense: the ports do not add up.');
  insist(capacity > 0, `No port of the range ${low}-${high} is left: ip_local_reserved_ports takes them all.`);
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
    'The output is cut or mixed: its sums do not fit.',
  );
  for (const state of ['ESTAB', 'TIME-WAIT'] as const) {
    const shown = tuples.reduce((sum, one) => sum + (state === 'ESTAB' ? one.established : one.timeWait), 0);
    insist(shown <= (states.get(state) ?? 0), 'The output is cut or mixed: its sums do not fit.');
  }
  const reuse = get('reuse')[0] ?? '';
  const delay = get('delay')[0] ?? '';
  const timestamps = get('timestamps')[0] ?? '';
  insist(/^[012]$/.test(timestamps), 'tcp_timestamps could not be read.');
  const own = get('namespace')[0] ?? '';
  const first = get('namespace')[1] ?? '';
  const others = get('others');
  return {
    source,
    root: get('uid')[0] === '0',
    kernel: get('kernel')[0] ?? '',
    range: { low, high },
    reserved,
    capacity,
    reuse: reuse === '' ? undefined : count(reuse, 'tcp_tw_reuse'),
    delayMs: delay === '' ? undefined : count(delay, 'tcp_tw_reuse_delay'),
    timestamps: timestamps !== '0',
    states,
    tuples,
    sums: { lines, listening, server, outside, client, tuples: tupleCount },
    owners: owners(single.get('owners')),
    namespaces: {
      hosts: own === '' || first === '' ? undefined : own === first,
      others: count(others[0], 'other namespaces'),
      busiest: count(others[1], 'other namespaces'),
      pid: count(others[2], 'other namespaces'),
      unread: count(others[3], 'other namespaces') > 0,
    },
  };
};

const tuple = (fields: readonly string[]): Tuple => {
  const [local = '', peer = '', port, ...numbers] = fields;
  insist(
    /^[0-9a-fA-F.:%\w-]{2,80}$/.test(local) && /^[0-9a-fA-F.:%\w-]{2,80}$/.test(peer),
    'The output makes no sense: a tuple has no addresses.',
  );
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
