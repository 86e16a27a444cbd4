import type { AwsConnection } from '../../core/aws.js';
import { FaultError, ok, type Result } from '../../core/fault.js';
import { type Found, type Listing, unite } from '../../core/inventory.js';
import type { InventoryEntry } from '../../core/inventory-entry.js';
import { selects } from '../../core/selector.js';
import type { Target } from '../../core/target.js';
import type { Zone } from '../../core/zone.js';
import type { Clock, Inventory, SurveyedSource } from '../../engine/ports.js';
import { ansibleSource, commandSource } from './ansible-source.js';
import { ec2Source } from './ec2-source.js';
import { type KeptSource, keep } from './kept.js';
import { noting } from './seen.js';
import { guarded, type Source, type Surroundings } from './source.js';
import { sshConfigSource } from './ssh-config-source.js';
import { ssmSource } from './ssm-source.js';

export interface InventoryOptions {
  /** Hosts of the configuration itself, and where they stand. */
  readonly targets: readonly Target[];
  readonly places: Readonly<Record<string, string>>;
  readonly configuration: string;
  readonly entries: readonly InventoryEntry[];
  readonly zones: readonly Zone[];
  readonly around: Surroundings & { readonly user: string };
  readonly clock: Clock;
  /** Another AWS than what the environment names, for EC2. */
  readonly connection?: () => Promise<AwsConnection>;
  /** What is asked is given up when it fires. */
  readonly signal?: AbortSignal;
  /** Told of attempts in the background that failed. */
  readonly onFailure: (message: string, error: unknown) => void;
}

export interface OpenInventory extends Required<Inventory> {
  /** Asks slow sources anew before their answers grow old: for a process that lives long. */
  begin(): void;
  close(): Promise<void>;
}

/** The fleet of the configuration and all its inventories. Files are read at each call, the others kept for 60 s. */
export const openInventory = (options: InventoryOptions): OpenInventory => {
  const { targets, places, configuration, entries, zones, clock, onFailure } = options;
  const closing = new AbortController();
  const own: Listing = {
    found: targets.map((target) => ({ target, place: places[target.name] ?? configuration })),
    notes: [],
  };
  /** Addresses of hosts, in all answers so far. */
  const seen = new Set<string>();
  const readers = entries.map((entry) => reader(guarded(noting(sourceOf(entry, options), seen)), entry, clock));
  const work: Promise<void>[] = [];
  const stop = (): void => {
    closing.abort();
    for (const { kept } of readers) kept?.close();
  };
  if (options.signal?.aborted) stop();
  options.signal?.addEventListener('abort', stop, { once: true });
  return {
    targets: async () => {
      const listings = await Promise.all(readers.map(async (one) => orThrow(await one.current())));
      return orThrow(unite([own, ...listings], zones)).map(({ target }) => target);
    },
    survey: async () => {
      const parts = await Promise.all(readers.map(surveyed));
      const found = orThrow(unite([own, ...parts.map((part) => part.listing)], zones));
      if (parts.length === 0) return { found, sources: [] };
      const ownSource = targets.length > 0 ? [{ name: configuration, hosts: targets.length, notes: [] }] : [];
      return { found, sources: [...ownSource, ...parts.map((part) => part.source)] };
    },
    confirmGone: async (addresses, fleet, signal) => {
      const ids = new Set(fleet.map(({ aws }) => aws?.instance));
      const absence = (one: Reader) => ({ addresses, seen, isKnown: (id: string) => ids.has(id) || one.leavesOut(id) });
      const told = await Promise.all(readers.map((one) => one.kept?.confirmGone(absence(one), signal)));
      return told.find((one) => one?.ok === false) ?? ok(undefined);
    },
    begin: () => {
      const told = (name: string, fault: unknown) => onFailure(`reading the inventory ${name}`, fault);
      for (const { kept } of readers) if (kept) work.push(kept.refresh(closing.signal, told));
    },
    close: async () => {
      options.signal?.removeEventListener('abort', stop);
      stop();
      await Promise.allSettled(work);
    },
  };
};

const orThrow = <T>(result: Result<T>): T => {
  if (!result.ok) throw new FaultError(result.fault);
  return result.value;
};

const sourceOf = (entry: InventoryEntry, { around, clock, connection }: InventoryOptions): Source => {
  switch (entry.kind) {
    case 'ansible':
      return ansibleSource(entry, around);
    case 'command':
      return commandSource(entry, around);
    case 'ssh_config':
      return sshConfigSource(entry, around);
    case 'ec2':
      return ec2Source(entry, clock, connection);
    case 'ssm':
      return ssmSource(entry, clock);
  }
};

interface Reader {
  readonly name: string;
  readonly kept?: KeptSource;
  current(): Promise<Result<Listing>>;
  chosen(listing: Listing): Listing;
  /** Whether `select` keeps an instance out of the fleet that was in the last whole answer. */
  leavesOut(instance: string): boolean;
}

const reader = (source: Source, entry: InventoryEntry, clock: Clock): Reader => {
  const { select } = entry;
  const chosen = ({ found, notes }: Listing): Listing => ({
    found: select ? found.filter(({ target }: Found) => selects(select, target)) : found,
    notes,
  });
  const narrowed = (result: Result<Listing>): Result<Listing> =>
    result.ok ? { ok: true, value: chosen(result.value) } : result;
  if (entry.kind === 'ansible' || entry.kind === 'ssh_config') {
    const never = new AbortController().signal;
    const current = async () => narrowed(await source.read(never));
    return { name: source.name, chosen, leavesOut: () => false, current };
  }
  const kept = keep(source, clock);
  const leavesOut = (id: string): boolean => {
    const found = kept.kept().answer?.listing.found ?? [];
    return found.some(({ target }) => select && target.aws?.instance === id && !selects(select, target));
  };
  return { name: source.name, chosen, leavesOut, kept, current: async () => narrowed(await kept.current()) };
};

/** The last whole answer stands in for one that fails now, with its age and why; without one it is a fault. */
const surveyed = async (one: Reader): Promise<{ readonly listing: Listing; readonly source: SurveyedSource }> => {
  const now = await one.current();
  const { answer, failure } = one.kept?.kept() ?? {};
  const listing = now.ok ? now.value : answer && one.chosen(answer.listing);
  if (!listing) return { listing: orThrow(now), source: { name: one.name, hosts: 0, notes: [] } };
  return {
    listing,
    source: {
      name: one.name,
      hosts: listing.found.length,
      notes: listing.notes,
      ...(answer && { readAt: answer.at }),
      ...(!now.ok && failure && { failure: failure.fault }),
    },
  };
};
