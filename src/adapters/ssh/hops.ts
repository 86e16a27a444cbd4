import { FaultError, fault } from '../../core/fault.js';
import type { Target } from '../../core/target.js';
import type { Endpoint } from './options.js';
import { parseHop } from './stream.js';
import { endpointOf } from './transport.js';

/** `ssh.bastion` of the configuration. Throws a FaultError when it is unreadable: nothing is dialled past it. */
export const readBastion = (text: string | undefined): Endpoint | undefined => {
  if (text === undefined) return undefined;
  const hop = parseHop(text);
  if (hop) return hop;
  const next = 'Write it as user@host or user@host:port.';
  throw new FaultError(fault('config_invalid', `ssh.bastion ${text} is not understood.`, next));
};

/** The hosts on the ways to these targets, each with its own way: the bastion, then jump hosts, each once. */
export const hopsTo = (targets: readonly Target[], bastion: string | undefined): readonly Endpoint[] => {
  const first = readBastion(bastion);
  const all = targets
    .filter(({ transport }) => transport === 'ssh')
    .flatMap((target) => {
      const way = endpointOf(target).via ?? [];
      return way.map((hop, i): Endpoint => ({ ...hop, via: way.slice(0, i) }));
    });
  const found = new Map<string, Endpoint>();
  for (const hop of [...(first ? [{ ...first, via: [] }] : []), ...all])
    if (!found.has(hop.name)) found.set(hop.name, hop);
  return [...found.values()];
};

/** Those that are meant by `host:port`, `host`, or either behind `user@`. */
export const hopsNamed = (words: string, hops: readonly Endpoint[]): readonly Endpoint[] => {
  const wanted = words.slice(words.lastIndexOf('@') + 1);
  const exact = hops.filter(({ name }) => name === wanted);
  return exact.length > 0 ? exact : hops.filter(({ host }) => host === wanted);
};
