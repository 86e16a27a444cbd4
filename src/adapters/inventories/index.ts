import type { AwsConnection } from '../../core/aws.js';
import { FaultError, type Result } from '../../core/fault.js';
import { type Found, type Listing, unite } from '../../core/inventory.js';
import type { InventoryEntry } from '../../core/inventory-entry.js';
import { selects } from '../../core/selector.js';
import type { Target } from '../../core/target.js';
import type { Clock, Inventory, SurveyedSource } from '../../engine/ports.js';
import { ansibleSource, commandSource } from './ansible-source.js';
import { ec2Source } from './ec2-source.js';
import { type KeptSource, keep } from './kept.js';
import { guarded, type Source, type Surroundings } from './source.js';
import { sshConfigSource } from './ssh-config-source.js';
import { ssmSource } from './ssm-source.js';

export interface InventoryOptions {
  /** Hosts of the configuration itself, and where they stand. */
  readonly targets: readonly Target[];
  readonly places: Readonly<Record<string, string>>;
  readonly configuration: string;
  readonly entries: readonly InventoryEntry[];
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
  const { targets, places, configuration, entries, clock, onFailure } = options;
  const closing = new AbortController();
  const own: Listing = {
    found: targets.map((target) => ({ target, place: places[target.name] ?? configuration })),
    notes: [],
  };
  const readers = entries.map((entry) => reader(guarded(sourceOf(entry, options)), entry, clock));
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
      return orThrow(unite([own, ...listings])).map(({ target }) => target);
    },
    survey: async () => {
      const parts = await Promise.all(readers.map(surveyed));
      const found = orThrow(unite([own, ...parts.map((part) => part.listing)]));
      if (parts.length === 0) return { found, sources: [] };
      const ownSource = targets.length > 0 ? [{ name: configuration, hosts: targets.length, notes: [] }] : [];
      return { found, sources: [...ownSource, ...parts.map((part) => part.source)] };
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
    return { name: source.name, chosen, current: async () => narrowed(await source.read(never)) };
  }
  const kept = keep(source, clock);
  return { name: source.name, chosen, kept, current: async () => narrowed(await kept.current()) };
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
