import type { LocalIp, RoomTable, Sides } from './seen.js';

/**
 * How the sockets of a local IP came to their ports. `first`: bound to port 0, so that all destinations share one
 * range. `no_port`: IP_BIND_ADDRESS_NO_PORT, by the sockets' own flag. `connect`: ports are shared among destinations.
 * `unclear`: one destination holds nearly all of them, which looks the same either way.
 */
export type Binding = 'first' | 'no_port' | 'connect' | 'unclear';

export interface Bound {
  readonly binding: Binding;
  /** The observation that decided it, in words. */
  readonly why: string;
}

/**
 * Told from what the kernel leaves behind. connect() tries ports of the range's first parity before the others (4.2+)
 * and uses a port for many destinations; bind(…, 0) tries the other parity first (4.6+) and gets each port once. Ports
 * of the other parity that no large destination can have been driven to, or hardly a port shared by two destinations
 * with over half of the range in use, come from bind. One destination's TIME_WAITs that go on through the
 * range come from connect. Measured on Linux 6.18.
 */
export const bindingOf = (local: LocalIp, { capacity }: Pick<RoomTable, 'capacity'>, kernel: string): Bound => {
  const shared = local.sockets - local.distinct;
  const odd = local.far - local.excused;
  if (triesOtherParity(kernel) && odd >= 3 && odd * 10 >= capacity && isAlone(local))
    return { binding: 'first', why: `${local.far} ports are of the parity that bind(…, 0) tries first` };
  const elsewhere = local.distinct - local.largest;
  if (local.destinations > 1 && shared * 50 <= local.sockets && elsewhere * 10 >= local.distinct)
    if (local.distinct * 2 > capacity)
      return { binding: 'first', why: `${local.distinct} ports, ${shared} of them shared by two destinations` };
  if (local.flagged > 0 && local.flagged >= local.unflagged * 9)
    return { binding: 'no_port', why: `${local.flagged} open sockets have bind_addr_no_port` };
  if (shared * 10 < local.distinct && elsewhere * 10 < local.distinct) {
    if (isInOrder(local)) return { binding: 'connect', why: 'its ports were taken in the order of the range' };
    return { binding: 'unclear', why: 'one destination holds nearly all of the ports' };
  }
  return { binding: 'connect', why: `${local.sockets} sockets share ${local.distinct} ports` };
};

/** What sockets that were bound to port 0 are for: the side that opened those that are open tells. */
export type Purpose = 'connect' | 'listen' | 'either';

/** The fewest connections that tell what a program binds for. */
const ENOUGH_SIDES = 3;

/**
 * A server that listens on port 0 for each transfer, as passive FTP does, leaves the same ports as one that binds
 * before it connects.
 */
export const purposeOf = (sides: Sides | undefined): Purpose => {
  const { opened, accepted } = sides ?? { opened: 0, accepted: 0 };
  if (opened + accepted < ENOUGH_SIDES) return 'either';
  if (opened >= accepted * 9) return 'connect';
  return accepted >= opened * 9 ? 'listen' : 'either';
};

/** Hardly a port of that parity has two sockets: a range of their own (IP_LOCAL_PORT_RANGE) uses both parities alike. */
const isAlone = ({ sockets, distinct, look }: LocalIp): boolean =>
  look ? (look.farSockets - look.far) * 10 <= look.far : (sockets - distinct) * 50 <= sockets;

/** So many steps that a chance order is not taken for one: random ports are 25 % of the range apart, 2 either way. */
const ENOUGH_STEPS = 50;
const NEAR_PERCENT = 14;

/** connect() moves on by a few ports each time, bind(…, 0) takes a random one. */
const isInOrder = ({ look }: LocalIp): boolean =>
  look !== undefined && look.steps >= ENOUGH_STEPS && look.apartPercent <= NEAR_PERCENT;

/** bind(…, 0) tries the range's second parity first since Linux 4.6. */
export const triesOtherParity = (kernel: string): boolean => atLeast(kernel, 4, 6);

/** IP_BIND_ADDRESS_NO_PORT came with Linux 4.2. */
export const hasNoPort = (kernel: string): boolean => atLeast(kernel, 4, 2);

const atLeast = (release: string, major: number, minor: number): boolean => {
  const [, a, b] = /^(\d{1,3})\.(\d{1,4})(?:\D|$)/.exec(release) ?? [];
  return Number(a) > major || (Number(a) === major && Number(b) >= minor);
};
