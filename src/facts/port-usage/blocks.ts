import { count, insist, kept, localIp, look, Mismatch, sides, stamps, tuple, withKept } from './rows.js';
import type { LocalIp, Look, Sides, Stamps, Tuple } from './seen.js';

const SINGLE = new Set([
  ...['uid', 'kernel', 'range', 'reserved', 'reuse', 'delay', 'timestamps', 'source', 'sum', 'locals', 'owners'],
  ...['flags', 'bound', 'unlisted', 'holder', 'namespace', 'others'],
]);

export type Records = readonly (readonly string[])[];

/** The own namespace's records, then those of each other one behind its `room` or `closed`. */
export const blocks = (records: Records): readonly Records[] => {
  const found: (readonly string[])[][] = [[]];
  for (const record of records) {
    if (record[0] === 'room' || record[0] === 'closed') found.push([]);
    found.at(-1)?.push(record);
  }
  return found;
};

export interface Block {
  get(kind: string): readonly string[];
  readonly single: ReadonlyMap<string, readonly string[]>;
  readonly states: ReadonlyMap<string, number>;
  readonly tuples: readonly Tuple[];
  readonly locals: readonly LocalIp[];
  readonly stamps: readonly Stamps[];
  readonly looks: ReadonlyMap<string, Look>;
  readonly sides: ReadonlyMap<string, Sides>;
}

export const block = (records: Records): Block => {
  const single = new Map<string, readonly string[]>();
  const states = new Map<string, number>();
  const tuples: Tuple[] = [];
  const locals: LocalIp[] = [];
  const stamped: Stamps[] = [];
  const looks = new Map<string, Look>();
  const opened = new Map<string, Sides>();
  const others: ReturnType<typeof kept>[] = [];
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
    else if (kind === 'stamps') stamped.push(stamps(fields));
    else if (kind === 'kept') others.push(kept(fields));
    else if (kind === 'sides') {
      const { ip, ...seen } = sides(fields);
      opened.set(ip, seen);
    } else if (kind === 'look') {
      const { ip, ...seen } = look(fields);
      looks.set(ip, seen);
    } else {
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
  return { get, single, states, tuples: withKept(tuples, others), locals, stamps: stamped, looks, sides: opened };
};
