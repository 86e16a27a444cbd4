/** Milliseconds that results are collected for, so that a shard is few writes and a hung host delays no other. */
const FLUSH_MS = 40;

/** Collects what comes within a moment and writes it together; `end` resolves when all is written. */
export const batcher = <T>(write: (items: readonly T[]) => Promise<unknown>) => {
  let pending: T[] = [];
  let writing: Promise<unknown> = Promise.resolve();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = (): Promise<unknown> => {
    clearTimeout(timer);
    timer = undefined;
    if (pending.length === 0) return writing;
    const items = pending;
    pending = [];
    writing = writing.then(() => write(items));
    writing.catch(() => undefined);
    return writing;
  };
  return {
    add: (item: T): void => {
      pending.push(item);
      timer ??= setTimeout(() => void flush(), FLUSH_MS);
    },
    end: async (): Promise<void> => {
      await flush();
    },
  };
};
