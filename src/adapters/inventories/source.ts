import { failure, type Result } from '../../core/fault.js';
import type { Listing } from '../../core/inventory.js';
import { cleanLine } from '../../core/text.js';

/** A place that knows hosts. It answers whole or not at all. */
export interface Source {
  /** `hosts.ini`, `ec2 eu-west-1`. */
  readonly name: string;
  read(signal: AbortSignal): Promise<Result<Listing>>;
  /** Confirms it, or says why it cannot be told; absent where a whole answer is enough. */
  confirmGone?(absence: Absence, signal: AbortSignal): Promise<Result<void>>;
}

/** That no host is at some addresses but those that are known. */
export interface Absence {
  readonly addresses: readonly string[];
  /** Whether an instance, by its ID, was in the answer that is gone by. */
  readonly isKnown: (instance: string) => boolean;
  /** All addresses that answers of this process have had. */
  readonly seen: ReadonlySet<string>;
}

/** A source that never rejects: what it throws is a fault that names it, for the process must not end by it. */
export const guarded = (source: Source): Source => {
  const { name, confirmGone } = source;
  const never = async <T>(deed: () => Promise<Result<T>>): Promise<Result<T>> => {
    try {
      return await deed();
    } catch (error) {
      const why = cleanLine(error instanceof Error ? error.message : String(error), 200);
      return unread(name, why, 'Look at what this inventory names in runbolt.yaml; if it is right, report this.');
    }
  };
  return {
    name,
    read: (signal) => never(() => source.read(signal)),
    ...(confirmGone && {
      confirmGone: (absence, signal) => never(() => confirmGone(absence, signal)),
    }),
  };
};

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
