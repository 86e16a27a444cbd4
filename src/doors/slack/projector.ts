import { Bell } from './bell.js';
import type { Board, ProjectorOptions } from './board.js';
import { delivering } from './delivering.js';
import { drawing } from './drawing.js';

/**
 * Keeps the threads in Slack as the ledger says they must be, until the signal ends it: runs that changed are written to
 * the outbox, and what the outbox has due is posted or updated, each channel on its own and at Slack's pace. Of several
 * processes on one ledger one does so, the others stand by. Resolves when all that was on its way has ended; never rejects.
 */
export const projector = (options: ProjectorOptions): Promise<void> =>
  options.ledger.outbox.lead((signal) => project({ ...options, signal }), options.signal);

const project = async (options: ProjectorOptions): Promise<void> => {
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
