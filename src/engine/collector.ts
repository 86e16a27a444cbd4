/**
 * Results that wait to be written first wait for this long, ms, so that the first answers are shown at once; each
 * further wait is twice as long, up to the longest, so that many answers are few writes and a hung host delays no other.
 */
const FIRST_MS = 40;
const LONGEST_MS = 320;

/** A shard's share in the results of its run. */
export interface Collection<T> {
  add(item: T): void;
  /** Writes what is left without waiting; resolves when all that was added is written. */
  leave(): Promise<void>;
}

/** Writes the results of a run that come within a moment together, whatever shard they are of. */
export const collector = <T>(
  write: (runId: string, items: readonly T[]) => Promise<unknown>,
): ((runId: string) => Collection<T>) => {
  const batches = new Map<string, Batch<T>>();
  return (runId) => {
    const batch = batches.get(runId) ?? new Batch<T>((items) => write(runId, items));
    batches.set(runId, batch);
    batch.members += 1;
    return {
      add: (item) => batch.add(item),
      leave: async () => {
        batch.members -= 1;
        if (batch.members === 0) batches.delete(runId);
        await batch.flush();
      },
    };
  };
};

class Batch<T> {
  members = 0;
  private items: T[] = [];
  private waitMs = FIRST_MS;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private written: Promise<unknown> = Promise.resolve();

  constructor(private readonly write: (items: readonly T[]) => Promise<unknown>) {}

  add(item: T): void {
    this.items.push(item);
    this.timer ??= setTimeout(() => void this.flush(), this.waitMs);
  }

  /** Once a write has failed, so do all that follow: their shards are handed out anew. */
  flush(): Promise<unknown> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { items } = this;
    if (items.length === 0) return this.written;
    this.items = [];
    this.waitMs = Math.min(2 * this.waitMs, LONGEST_MS);
    this.written = this.written.then(() => this.write(items));
    this.written.catch(() => undefined);
    return this.written;
  }
}
