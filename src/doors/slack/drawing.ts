import { type Board, type ProjectorOptions, SWEEP_MS } from './board.js';
import { messagesOf } from './messages.js';
import { placeOf } from './place.js';

const RETRY_MS = 1000;
/** A run is drawn at most this often, ms: no message is updated more often either. */
const DRAW_GAP_MS = 250;

const draw = async ({ ledger, view, time }: ProjectorOptions, board: Board, runId: string): Promise<void> => {
  const [now, run] = await Promise.all([view(runId), ledger.run(runId)]);
  if (!now || !run) return;
  if (now.audit?.told === 'awaited') return;
  const place = await placeOf(ledger, run);
  if (place.kind === 'waits') {
    board.waiting.add(runId);
    return;
  }
  if (place.kind === 'none') return;
  const { kind: _, ...where } = place;
  await ledger.outbox.put(runId, now.version, where, now.audit?.told === 'no' ? [] : messagesOf(now, time));
  board.drawn.ring();
};

/** Turns runs that changed into what their threads must say, until the signal ends it. */
export const drawing = async (options: ProjectorOptions, board: Board): Promise<void> => {
  const { ledger, clock, logger, signal } = options;
  const drawnAt = new Map<string, number>();
  let sweepAt = 0;
  while (!signal.aborted) {
    const failed: string[] = [];
    try {
      if (clock.now() >= sweepAt) {
        for (const runId of await ledger.outbox.stale()) board.dirty.add(runId);
        sweepAt = clock.now() + SWEEP_MS;
      }
    } catch (error) {
      logger.error({ err: error }, 'the outbox could not be read; tried again');
    }
    for (const [runId, at] of drawnAt) if (clock.now() >= at + DRAW_GAP_MS) drawnAt.delete(runId);
    for (const runId of board.dirty) {
      if (drawnAt.has(runId)) continue;
      board.dirty.delete(runId);
      drawnAt.set(runId, clock.now());
      if (signal.aborted) return;
      await draw(options, board, runId).catch((error: unknown) => {
        logger.error({ err: error, runId }, 'a thread could not be drawn; tried again');
        failed.push(runId);
      });
    }
    for (const runId of failed) board.dirty.add(runId);
    const wait = failed.length > 0 ? RETRY_MS : board.dirty.size > 0 ? DRAW_GAP_MS : SWEEP_MS;
    if (!signal.aborted) await board.changed.wait(wait);
  }
};
