/** Lets so many tasks run at once; the others wait in order. */
export interface Slots {
  /** Resolves with the way to give the slot back; with undefined, and at once, when `stop` has ended or ends. */
  take(stop: AbortSignal): Promise<(() => void) | undefined>;
}

export const slots = (limit: number): Slots => {
  let free = limit;
  const waiting = new Set<() => void>();
  const next = (): void => {
    const [first] = waiting;
    if (free > 0 && first) first();
  };
  return {
    take: (stop) =>
      new Promise((resolve) => {
        const leave = () => {
          waiting.delete(enter);
          resolve(undefined);
        };
        const enter = () => {
          waiting.delete(enter);
          stop.removeEventListener('abort', leave);
          free -= 1;
          resolve(() => {
            free += 1;
            next();
          });
        };
        if (stop.aborted) return leave();
        stop.addEventListener('abort', leave, { once: true });
        waiting.add(enter);
        next();
      }),
  };
};
