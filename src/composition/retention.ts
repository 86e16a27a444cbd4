import type { Logger } from 'pino';
import type { Clock, Ledger } from '../engine/ports.js';

/** Runs that one transaction deletes, and the pause after it, ms: others must get a turn. */
const BATCH = 20;
const PAUSE_MS = 200;
/** How long after the start, and how often, it is looked for what has been kept long enough, ms. */
const FIRST_MS = 60_000;
const AGAIN_MS = 3_600_000;

export interface RetentionWorld {
  readonly ledger: Pick<Ledger, 'expire'>;
  readonly keepMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Deletes runs that ended longer ago than `keepMs`, in small batches, until the signal ends. */
export const keepRetention = async (world: RetentionWorld, signal: AbortSignal): Promise<void> => {
  const { ledger, keepMs, clock, logger } = world;
  const pause = (ms: number) => clock.sleep(ms, signal).catch(() => undefined);
  await pause(FIRST_MS);
  while (!signal.aborted) {
    const before = clock.now() - keepMs;
    let deleted = 0;
    try {
      for (let last = BATCH; last === BATCH && !signal.aborted; await pause(PAUSE_MS)) {
        last = await ledger.expire(before, BATCH);
        deleted += last;
      }
    } catch (error) {
      logger.error({ err: error }, 'deleting runs that were kept long enough');
    }
    if (deleted > 0)
      logger.info({ runs: deleted, endedBefore: new Date(before).toISOString() }, 'runs were deleted by retention');
    await pause(AGAIN_MS);
  }
};
