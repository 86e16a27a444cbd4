import { endpointOf } from '../ip-address.js';
import { triesOtherParity } from './binding.js';
import { percent } from './busiest.js';
import type { RoomTable } from './seen.js';

/** Ports that connect() passes over, and what they leave of one destination’s. */
export const BOUND_PORTS = {
  ports: 'int',
  peer: 'string',
  taken: 'int',
  taken_percent: 'int',
  own: 'int',
  why: 'string',
} as const;

/**
 * What is held on all local IPs together by sockets that look bound to port 0: nothing where that is under a tenth of the
 * range, or where two sockets share a port of one IP, which none that is bound does.
 */
export const boundPortsOf = ({ bound, capacity }: RoomTable, kernel: string) => {
  if (!bound || !triesOtherParity(kernel) || bound.ports * 10 < capacity || bound.sockets * 10 > bound.held * 11)
    return { ports: 0, peer: '', taken: 0, taken_percent: 0, own: 0, why: '' };
  const { ports, ips, peer, peerPort, taken } = bound;
  return {
    ports,
    peer: endpointOf(peer, peerPort),
    taken,
    taken_percent: percent(taken, capacity),
    own: taken - ports,
    why: `on ${ips} local ${ips === 1 ? 'IP' : 'IPs'} they are of the parity that bind(…, 0) tries first`,
  };
};
