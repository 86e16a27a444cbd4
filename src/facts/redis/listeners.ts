import { isLoopback } from '../socket-address.js';
import type { Place, RedisProcess, Sockets } from './seen.js';

/**
 * The sockets on a server's port that are its own: by the addresses it says it is bound to, for another program, such
 * as a second server or a proxy in front of it, may listen on the same port of another one. A server that does not say
 * it has all of them where it is `alone` on that port, else those of the address it is named by. Undefined where none
 * is seen.
 */
export const socketsOf = (one: RedisProcess, places: readonly Place[], alone: boolean): Sockets | undefined => {
  if (places.length === 0) return undefined;
  const bound = boundTo(one.config.get('bind'));
  const everywhere = bound?.includes('*') ?? false;
  const has = ({ address, listeners }: Place): boolean => {
    if (!bound) return alone || canonical(address) === canonical(one.host);
    if (address !== '*') return bound.includes(canonical(address));
    // What is left of an address that it was bound to before.
    return everywhere || (alone && listeners === 0);
  };
  const own = places.filter(has);
  const sum = (of: (place: Place) => number) => own.reduce((n, place) => n + of(place), 0);
  const listening = own.filter((place) => place.listeners > 0);
  return {
    all: sum((place) => place.all),
    kept: sum((place) => place.kept),
    without: sum((place) => place.without),
    other: sum((place) => place.other),
    listeners: sum((place) => place.listeners),
    unanswered: sum((place) => place.unanswered),
    longest: Math.max(0, ...own.map((place) => place.longest)),
    loopbackOnly: listening.length > 0 && listening.every(({ address }) => isLoopback(address)),
    bare: busiest(own.flatMap((place) => place.bare)),
    silent: busiest(own.flatMap((place) => place.silent)),
  };
};

const busiest = (peers: Place['bare']) => peers.toSorted((a, b) => b.count - a.count).slice(0, 5);

/** The addresses of `CONFIG GET bind`, `*` for all of a kind; undefined where they cannot be told from its text. */
const boundTo = (text: string | undefined): readonly string[] | undefined => {
  if (text === undefined) return undefined;
  const words = text.split(' ').filter(Boolean);
  if (words.length === 0) return ['*'];
  const addresses = words.map((word) => canonical(word.replace(/^-/, '').replace(/%.*$/, '')));
  return addresses.every((one) => one === '*' || /^[0-9.]+$|:/.test(one)) ? addresses : undefined;
};

/** One spelling of each address; those that mean all are `*`. */
const canonical = (address: string): string => {
  if (['*', '0.0.0.0', '::', '::*', '::0'].includes(address)) return '*';
  const mapped = /^::ffff:([0-9.]+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  return address.includes(':') && URL.canParse(`http://[${address}]/`)
    ? new URL(`http://[${address}]/`).hostname.slice(1, -1)
    : address;
};
