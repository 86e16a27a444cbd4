import type { Run } from '../../core/run.js';

/** Folded runs by ID, so that only newer events are read. Keeps the `capacity` runs used last. */
export interface RunCache {
  get(id: string): Run | undefined;
  /** Keeps the run unless a newer version of it is known. */
  keep(run: Run): void;
  forget(id: string): void;
}

export const runCache = (capacity: number): RunCache => {
  const runs = new Map<string, Run>();
  return {
    get(id) {
      const run = runs.get(id);
      if (run) {
        runs.delete(id);
        runs.set(id, run);
      }
      return run;
    },
    forget: (id) => void runs.delete(id),
    keep(run) {
      const known = runs.get(run.id);
      runs.delete(run.id);
      runs.set(run.id, known && known.version > run.version ? known : run);
      for (const oldest of runs.keys()) {
        if (runs.size <= capacity) break;
        runs.delete(oldest);
      }
    },
  };
};
