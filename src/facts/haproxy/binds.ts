import { canonicalIp } from '../ip-address.js';
import { Unreadable } from './output.js';

/** A socket that listens on the host: `ours` when a process of the instance holds it. */
export interface Listener {
  readonly address: string;
  readonly port: number;
  /** As the kernel writes it: `0100007F:1F90`. */
  readonly hex: string;
  readonly ours: boolean;
}

/** Whose an address of a bind line is. `unclear`: it cannot be told from the line's text. */
export type Holding = 'ours' | 'free' | 'taken' | 'unclear';

export interface Bind {
  readonly place: string;
  readonly address: string;
  readonly port: string;
  held(listeners: readonly Listener[]): Holding;
}

/** A listener out of /proc/net/tcp or tcp6: `0100007F:1F90`, each four bytes in the order of a little-endian host. */
export const listenerOf = ([hex = '', whose]: readonly string[]): Listener => {
  const [, address = '', port = ''] = /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})$/.exec(hex) ?? [];
  if (address === '' || (whose !== 'ours' && whose !== 'other'))
    throw new Unreadable('The output has an odd listener.');
  return { address: addressOf(address), port: Number.parseInt(port, 16), hex, ours: whose === 'ours' };
};

const addressOf = (hex: string): string => {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => (word.match(/../g) ?? []).reverse());
  if (bytes.length === 4) return bytes.map((byte) => Number.parseInt(byte, 16)).join('.');
  const groups = bytes.flatMap((byte, i) => (i % 2 === 0 ? [`${byte}${bytes[i + 1] ?? ''}`] : []));
  return canonicalIp(groups.join(':')) ?? '';
};

/** Addresses that are no TCP sockets of this network namespace's own making: they cannot be in each other's way. */
const NO_TCP = /^(?:unix@|abns@|abnsz@|fd@|sockpair@|quic[46]?@|udp[46]?@|\/)/;
const MOST_PORTS = 1_000;

/** The addresses of one bind line: lists by commas, ranges of ports, `*`, `:80`, IPv6 with and without brackets. */
export const bindOf = ([file = '', line = '', addresses = '', rest = '']: readonly string[]): readonly Bind[] =>
  addresses.split(',').flatMap((address): readonly Bind[] => {
    if (NO_TCP.test(address)) return [];
    const place = `${file}:${line}`;
    const unclear: Bind = { place, address, port: '', held: () => 'unclear' };
    const [, host = '', from = '', to = from] = /^(.*):(\d{1,5})(?:-(\d{1,5}))?$/.exec(address) ?? [];
    const count = Number(to) - Number(from) + 1;
    if (from === '' || Number(to) > 65_535 || count < 1 || count > MOST_PORTS) return [unclear];
    if (/\bnamespace\s/.test(rest)) return [unclear];
    return Array.from({ length: count }, (_, i): Bind => {
      const port = Number(from) + i;
      return { place, address, port: String(port), held: (listeners) => holding(ipOf(host), port, listeners) };
    });
  });

/** The IP address of a bind's host; undefined for a name or a variable. */
const ipOf = (host: string): string | undefined => {
  if (host === '' || host === '*' || host === 'ipv4@' || host === 'ipv4@*') return '0.0.0.0';
  if (host === 'ipv6@' || host === 'ipv6@*') return '::';
  return canonicalIp(host.replace(/^ipv[46]@/, '').replace(/^\[(.+)\]$/, '$1'));
};

const holding = (ip: string | undefined, port: number, listeners: readonly Listener[]): Holding => {
  const there = listeners.filter((one) => one.port === port);
  if (there.every((one) => one.ours)) return there.some((one) => one.address === ip) ? 'ours' : 'free';
  if (ip === undefined) return 'unclear';
  if (there.some((one) => one.ours && one.address === ip)) return 'ours';
  const others = there.filter((one) => !one.ours);
  if (others.some((one) => sameFamily(one.address, ip) && (one.address === ip || isAny(one.address) || isAny(ip))))
    return 'taken';
  // A wildcard of IPv6 may or may not take IPv4 with it: /proc does not tell.
  return others.some((one) => !sameFamily(one.address, ip) && (one.address === '::' || ip === '::'))
    ? 'unclear'
    : 'free';
};

const isAny = (ip: string): boolean => ip === '0.0.0.0' || ip === '::';
const sameFamily = (a: string, b: string): boolean => a.includes(':') === b.includes(':');
