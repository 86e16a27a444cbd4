import type { Logger } from 'pino';
import type { Clock, Ledger } from '../../engine/ports.js';
import type { RunView } from '../../engine/view.js';
import { Bell } from './bell.js';
import type { SlackClient } from './client.js';
import { delivering } from './delivering.js';
import { drawing } from './drawing.js';
import type { Self } from './look.js';
import type { Lanes } from './pace.js';
import type { TimeOfDay } from './safe-text.js';

export interface ProjectorOptions {
  readonly ledger: Pick<Ledger, 'outbox' | 'subscribe' | 'run'>;
  readonly view: (runId: string) => Promise<RunView | undefined>;
  readonly client: SlackClient;
  readonly self: Self;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly time: TimeOfDay;
  /** Shared with whatever else posts in these channels. */
  readonly lanes: Lanes;
}

/** What the two halves of the projector share. `waiting`: runs whose parent's thread is not opened yet. */
export interface Board {
  readonly dirty: Set<string>;
  readonly waiting: Set<string>;
  /** Rings when a run changed. */
  readonly changed: Bell;
  /** Rings when the outbox may have something new. */
  readonly drawn: Bell;
}

/**
 * Keeps the threads in Slack as the ledger says they must be, until the signal ends it: runs that changed are written to
 * the outbox, and what the outbox has due is posted or updated, each channel on its own and at Slack's pace. Resolves
 * when all that was on its way has ended; never rejects.
 */
export const projector = async (options: ProjectorOptions): Promise<void> => {
  const board: Board = {
    dirty: new Set(),
    waiting: new Set(),
    changed: new Bell(options.clock),
    drawn: new Bell(options.clock),
  };
  const unsubscribe = options.ledger.subscribe((runId) => {
    board.dirty.add(runId);
    board.changed.ring();
  });
  const end = (): void => {
    board.drawn.ring();
    board.changed.ring();
  };
  options.signal.addEventListener('abort', end, { once: true });
  await Promise.all([drawing(options, board), delivering(options, board)]);
  options.signal.removeEventListener('abort', end);
  unsubscribe();
};
