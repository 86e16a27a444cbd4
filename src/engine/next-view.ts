import type { Engine } from './engine.js';
import type { RunView } from './view.js';
import type { World } from './world.js';

/** Waits for a run to change. A change between the look and the wait is not missed: the listener is there first. */
export const nextView = async (
  world: World,
  view: Engine['view'],
  runId: string,
  after: number,
  signal: AbortSignal,
): Promise<RunView | undefined> => {
  let wake = (): void => undefined;
  const unsubscribe = world.ledger.subscribe((changed) => {
    if (changed === runId) wake();
  });
  const stop = (): void => wake();
  signal.addEventListener('abort', stop);
  try {
    for (;;) {
      const changed = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const seen = await view(runId);
      if (!seen || seen.version > after || signal.aborted) return seen;
      await changed;
    }
  } finally {
    unsubscribe();
    signal.removeEventListener('abort', stop);
  }
};
