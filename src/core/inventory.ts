import { isDeepStrictEqual } from 'node:util';
import { failure, ok, type Result } from './fault.js';
import type { Target } from './target.js';

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
 * everything; so are two names of one AWS instance, which would be changed twice.
 */
export const unite = (listings: readonly Listing[]): Result<readonly Found[]> => {
  const byName = new Map<string, Found>();
  const byInstance = new Map<string, Found>();
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
    if (!target.aws) continue;
    const instance = `${target.aws.region} ${target.aws.instance}`;
    const same = byInstance.get(instance);
    if (same) {
      return failure(
        'inventory_conflict',
        `${target.aws.instance} is two hosts: ${same.target.name} at ${same.place} and ${target.name} at ${place}.`,
        'Leave one out: a host with two names would be changed twice at a time.',
      );
    }
    byInstance.set(instance, found);
  }
  return ok([...byName.values()]);
};

const FACTS = ['host', 'port', 'user', 'transport', 'identity', 'become', 'labels', 'aws', 'jump'] as const;

const differences = (a: Target, b: Target): string =>
  FACTS.filter((fact) => !isDeepStrictEqual(a[fact], b[fact])).join(', ');
