import { failure, type Result } from '../../core/fault.js';
import type { Listing } from '../../core/inventory.js';
import { cleanLine } from '../../core/text.js';

/** A place that knows hosts. It answers whole or not at all. */
export interface Source {
  /** `hosts.ini`, `ec2 eu-west-1`. */
  readonly name: string;
  read(signal: AbortSignal): Promise<Result<Listing>>;
}

/** A source that never rejects: what it throws is a fault that names it, for the process must not end by it. */
export const guarded = (source: Source): Source => ({
  name: source.name,
  read: async (signal) => {
    try {
      return await source.read(signal);
    } catch (error) {
      const why = cleanLine(error instanceof Error ? error.message : String(error), 200);
      return unread(
        source.name,
        why,
        'Look at what this inventory names in runbolt.yaml; if it is right, report this.',
      );
    }
  },
});

/** What file and command inventories need of the machine. */
export interface Surroundings {
  readonly home: string;
  /** The directory that paths are relative to: that of runbolt.yaml. */
  readonly directory: string;
  /** For commands. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** A path as people are shown it. */
  readonly shown: (path: string) => string;
}

/** A mistake of an inventory, and where it stands: `hosts.ini:12`. */
export interface Misreading {
  readonly at: string;
  readonly message: string;
}

const SHOWN = 30;

/** The fault of a source with mistakes: all of them (the first 30), a line each. */
export const misread = (name: string, mistakes: readonly Misreading[]): { ok: false } & Result<never> => {
  const left = mistakes.length - SHOWN;
  const lines = mistakes.slice(0, SHOWN).map(({ at, message }) => `${at} ${cleanLine(message, 300)}`);
  return failure(
    'inventory_invalid',
    `The inventory ${name} has ${mistakes.length === 1 ? '1 mistake' : `${mistakes.length} mistakes`}.`,
    [...lines, ...(left > 0 ? [`and ${left} more mistakes`] : [])].join('\n'),
  );
};

/** The fault of a source that does not answer. */
export const unread = (name: string, why: string, next: string): { ok: false } & Result<never> =>
  failure('inventory_unread', `The inventory ${name} could not be read: ${why}.`, next);
