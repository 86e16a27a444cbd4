import { isDeepStrictEqual } from 'node:util';
import { failure, ok, type Result } from './fault.js';
import { selects } from './selector.js';
import type { Target } from './target.js';
import type { Zone } from './zone.js';

/** A host and where it was found: `hosts.ini:12`, `ec2 eu-west-1 i-0abc`. */
export interface Found {
  readonly target: Target;
  readonly place: string;
}

/** What one source answered, whole. `notes` say what of it is no host or no label, and why. */
export interface Listing {
  readonly found: readonly Found[];
  readonly notes: readonly string[];
}

/**
 * All sources as one fleet. Two hosts of one name are a fault that names both places, unless they are the same in
 * everything; so are two names of one machine, which would be changed twice: of one AWS instance, and of one SSH server.
 * In two zones one address may be two machines.
 */
export const unite = (listings: readonly Listing[], zones: readonly Zone[] = []): Result<readonly Found[]> => {
  const byName = new Map<string, Found>();
  const byMachine = new Map<string, Found>();
  for (const found of listings.flatMap((listing) => listing.found)) {
    const { target, place } = found;
    const twin = byName.get(target.name);
    if (twin && isDeepStrictEqual(twin.target, target)) continue;
    if (twin) {
      const what = differences(twin.target, target);
      return failure(
        'inventory_conflict',
        `${target.name} is found twice: at ${twin.place} and at ${place}${what === '' ? '' : `, with another ${what}`}.`,
        'Rename one, or leave one out (`select` of its inventory). Until then nothing is asked or changed.',
      );
    }
    byName.set(target.name, found);
    for (const [machine, key] of machinesOf(target, zones)) {
      const same = byMachine.get(key);
      if (same) {
        return failure(
          'inventory_conflict',
          `${machine} is two hosts: ${same.target.name} at ${same.place} and ${target.name} at ${place}.`,
          'Leave one out: a host with two names would be changed twice at a time.',
        );
      }
      byMachine.set(key, found);
    }
  }
  return ok([...byName.values()]);
};

/** The machines that a target is, by their names and by what tells them apart. */
const machinesOf = (target: Target, zones: readonly Zone[]): readonly (readonly [name: string, key: string])[] => {
  const { aws, transport, host, port, jump = [], unreachable } = target;
  const zone = zones.find(({ where }) => selects(where, target))?.name ?? '';
  return [
    ...(aws ? [[aws.instance, `${aws.region} ${aws.instance}`] as const] : []),
    ...(transport === 'ssh' && !unreachable
      ? [[`${host}:${port}`, JSON.stringify([zone, host, port, jump.map((hop) => [hop.host, hop.port])])] as const]
      : []),
  ];
};

const FACTS = ['host', 'port', 'user', 'transport', 'identity', 'become', 'labels', 'aws', 'jump'] as const;

const differences = (a: Target, b: Target): string =>
  FACTS.filter((fact) => !isDeepStrictEqual(a[fact], b[fact])).join(', ');
