/** One piece of work at a time for each key, first come first served. */
export type Turns = <T>(key: string, work: () => Promise<T>) => Promise<T>;

export const turns = (): Turns => {
  const last = new Map<string, Promise<unknown>>();
  return async (key, work) => {
    const result = (last.get(key) ?? Promise.resolve()).then(work);
    const settled = result.catch(() => undefined);
    last.set(key, settled);
    try {
      return await result;
    } finally {
      if (last.get(key) === settled) last.delete(key);
    }
  };
};
