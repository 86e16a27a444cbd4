import { BlockList, isIPv6 } from 'node:net';
import { endpointOf } from '../ip-address.js';
import type { RoomTable } from './seen.js';

/** Networks that are reached without a NAT gateway (RFC 1918, 6598, 3927, 4193; loopback; link-local). */
const withinReach = (): BlockList => {
  const known = new BlockList();
  for (const [network, bits] of [
    ['10.0.0.0', 8],
    ['172.16.0.0', 12],
    ['192.168.0.0', 16],
    ['100.64.0.0', 10],
    ['169.254.0.0', 16],
    ['127.0.0.0', 8],
  ] as const)
    known.addSubnet(network, bits, 'ipv4');
  known.addSubnet('fc00::', 7, 'ipv6');
  known.addSubnet('fe80::', 10, 'ipv6');
  known.addAddress('::1', 'ipv6');
  return known;
};

/** Of the busiest tuples, the public destination with most connections from all local IPs; a host's own address is none. */
export const publicPeerOf = (table: RoomTable): { readonly peer: string; readonly connections: number } => {
  const near = withinReach();
  const sums = new Map<string, number>();
  for (const { peer, peerPort, total } of table.tuples) {
    const own = table.tuples.some((one) => one.local === peer) || table.locals.some((one) => one.ip === peer);
    if (own || near.check(peer, isIPv6(peer) ? 'ipv6' : 'ipv4')) continue;
    const endpoint = endpointOf(peer, peerPort);
    sums.set(endpoint, (sums.get(endpoint) ?? 0) + total);
  }
  const [peer = '', connections = 0] = [...sums].sort(([, a], [, b]) => b - a)[0] ?? [];
  return { peer, connections };
};
