import type { BoundPorts, LocalIp, Look, Owners, Sides, Stamps, Tuple } from './seen.js';

/** Rows of the probe: what does not add up in itself is a mismatch. */

const MAX_SOCKETS = 100_000_000;

export class Mismatch extends Error {}

/** A count: decimal digits, at most a hundred million. */
export const count = (text: string | undefined, what: string): number => {
  const n = text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(n <= MAX_SOCKETS)) throw new Mismatch(`The output makes no sense: ${what} is no count.`);
  return n;
};

export const insist = (holds: boolean, reason: string): void => {
  if (!holds) throw new Mismatch(reason);
};

export const CUT = 'The output is cut or mixed: its sums do not fit.';

/** The flag is asked for the fullest local IP only. */
export const flagged = (locals: readonly LocalIp[], fields: readonly string[] | undefined): readonly LocalIp[] => {
  if (!fields) return locals;
  const [ip, withFlag, without, ...more] = fields;
  const seen = { flagged: count(withFlag, 'the flags'), unflagged: count(without, 'the flags') };
  insist(more.length === 0 && locals.some((one) => one.ip === ip), CUT);
  return locals.map((one) => (one.ip === ip ? { ...one, ...seen } : one));
};

export const localIp = (fields: readonly string[]): LocalIp => {
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

export const tuple = (fields: readonly string[]): Tuple => {
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
  return { local, peer, peerPort, total, established, timeWait, reusable, unusable, kept: new Map() };
};

export const owners = (fields: readonly string[] | undefined): Owners | undefined => {
  if (!fields) return undefined;
  const at = (i: number) => count(fields[i], 'the owners');
  return {
    sockets: at(0),
    named: at(1),
    most: at(2),
    pid: at(3),
    name: fields.slice(4).join(' '),
  };
};

/** Sockets of a tuple in a state that is neither ESTAB nor TIME-WAIT. */
export const kept = (fields: readonly string[]) => {
  const [local = '', peer = '', port, state = '', sockets, ...more] = fields;
  insist(
    more.length === 0 && /^[A-Z][A-Z0-9-]+$/.test(state),
    'The output makes no sense: a tuple’s state is unknown.',
  );
  return { local, peer, peerPort: count(port, 'a port'), state, sockets: count(sockets, 'a tuple') };
};

/** Every tuple with its sockets in other states, which must make up for all that are not ESTAB or TIME-WAIT. */
export const withKept = (tuples: readonly Tuple[], all: readonly ReturnType<typeof kept>[]): readonly Tuple[] => {
  const known = tuples.map((one) => {
    const own = all.filter((k) => k.local === one.local && k.peer === one.peer && k.peerPort === one.peerPort);
    const states = new Map(own.map(({ state, sockets }) => [state, sockets]));
    const sum = own.reduce((n, { sockets }) => n + sockets, 0);
    insist(states.size === own.length && sum === one.total - one.established - one.timeWait, CUT);
    return { ...one, kept: states };
  });
  insist(known.reduce((n, one) => n + one.kept.size, 0) === all.length, CUT);
  return known;
};

/** Which side opened the connections of a local IP. */
export const sides = (fields: readonly string[]): Sides & { readonly ip: string } => {
  const [ip = '', opened, accepted, ...more] = fields;
  insist(more.length === 0, 'The output is cut or mixed: the sides do not add up.');
  return { ip, opened: count(opened, 'the sides'), accepted: count(accepted, 'the sides') };
};

/** What open connections of a tuple tell of the peer’s timestamps. */
export const stamps = (fields: readonly string[]): Stamps => {
  const [local = '', peer = '', port, ...numbers] = fields;
  const [open, carrying] = [0, 1].map((i) => count(numbers[i], 'the timestamps'));
  insist(
    numbers.length === 2 && open !== undefined && carrying !== undefined && open >= 1,
    'The output is cut or mixed: timestamps do not add up.',
  );
  return { local, peer, peerPort: count(port, 'a port'), bare: carrying === 0 };
};

/** A second look at a local IP. */
export const look = (fields: readonly string[]): Look & { readonly ip: string } => {
  const [ip = '', ...numbers] = fields;
  const at = (i: number) => count(numbers[i], 'a second look');
  const seen = { far: at(0), farSockets: at(1), steps: at(2), apartPercent: at(3) };
  insist(
    numbers.length === 4 && seen.far <= seen.farSockets && seen.apartPercent <= 50,
    'The output is cut or mixed: a second look does not add up.',
  );
  return { ip, ...seen };
};

/** What all local IPs together hold by sockets bound to port 0, of `capacity` ports. */
export const boundPorts = (fields: readonly string[] | undefined, capacity: number): BoundPorts | undefined => {
  if (!fields) return undefined;
  const at = (i: number) => count(fields[i], 'the bound ports');
  const seen = { ports: at(0), held: at(1), sockets: at(2), ips: at(3), peerPort: at(6), taken: at(7) };
  const { ports, held, sockets, ips, taken } = seen;
  insist(
    fields.length === 8 &&
      ADDRESS.test(fields[5] ?? '') &&
      ips <= held &&
      ports <= held &&
      held <= sockets &&
      ports <= taken &&
      taken <= capacity,
    'The output is cut or mixed: the bound ports do not add up.',
  );
  return { ...seen, peer: fields[5] ?? '' };
};
