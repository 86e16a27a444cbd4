/** Lets one holder in at a time, first come first served. */
export interface Mutex {
  /** Resolves with the function that lets the next one in; calling it again does nothing. */
  lock(): Promise<() => void>;
}

export const mutex = (): Mutex => {
  let last: Promise<void> = Promise.resolve();
  return {
    async lock() {
      const before = last;
      let open: () => void = () => undefined;
      last = new Promise((resolve) => {
        open = resolve;
      });
      await before;
      return open;
    },
  };
};
