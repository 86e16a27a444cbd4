import type { Due } from '../../engine/ports.js';
import { type Board, type ProjectorOptions, SWEEP_MS } from './board.js';
import { type Delivered, deliver } from './deliver.js';
import type { Lane } from './pace.js';
import { CHANNEL_GONE, NOT_INVITED } from './slack-errors.js';
import { tellRequester } from './tell-requester.js';

const AT_ONCE = 500;
const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 60_000;
const UNRECORDED_MS = 5000;

/** A thread was opened or given up: runs that waited for one are drawn again. */
const threadSettled = ({ dirty, waiting, changed }: Board): void => {
  if (waiting.size === 0) return;
  for (const runId of waiting) dirty.add(runId);
  waiting.clear();
  changed.ring();
};

/** Brings due messages to Slack: one at a time in each channel, channels independent of each other. */
export const delivering = async (options: ProjectorOptions, board: Board): Promise<void> => {
  const { ledger, clock, logger, signal, lanes, lag } = options;
  const busy = new Map<string, Promise<void>>();
  const openedAt = async (runId: string) => (await ledger.run(runId))?.opened.at ?? 0;
  const courier = { ...options, outbox: ledger.outbox, openedAt };

  const send = async (lane: Lane, due: Due): Promise<void> => {
    const came = await deliver(courier, due);
    if (came.kind === 'failed') return failed(lane, due, came);
    await ledger.outbox.delivered(due.runId, due.key, due.revision, came.ts);
    lag?.delivered(due.runId, due.key);
    if (due.ts === undefined) threadSettled(board);
  };

  const failed = async (lane: Lane, due: Due, came: Extract<Delivered, { kind: 'failed' }>): Promise<void> => {
    const { failure } = came;
    const now = clock.now();
    logger.warn({ runId: due.runId, message: due.key, channel: due.channel, failure }, 'a message was not delivered');
    if (failure.kind === 'refused' && CHANNEL_GONE.has(failure.code) && (await givenUp(due, failure.code))) return;
    const backOff = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(due.attempts, 10));
    const lasting = failure.kind === 'refused' && !CHANNEL_GONE.has(failure.code);
    const wait = failure.kind === 'limited' ? failure.retryMs : lasting ? MAX_RETRY_MS : backOff;
    if (failure.kind === 'limited') lane.pause(now + wait);
    await ledger.outbox.failed(due.runId, due.key, now + wait, came.surely);
  };

  /**
   * The requester is told first: killed in between, it happens again. False when nobody could be told for now. An audit,
   * which nobody waits for, is kept until the bot is let into its channel.
   */
  const givenUp = async (due: Due, code: string): Promise<boolean> => {
    const run = await ledger.run(due.runId);
    if (run?.opened.origin.door === 'schedule' && NOT_INVITED.has(code)) return false;
    const told = run ? await tellRequester(options.client, run, code) : 'nobody';
    logger.warn({ runId: due.runId, channel: due.channel, code, told }, 'the channel cannot be written to');
    if (told === 'later') return false;
    await ledger.outbox.abandon(due.runId, 'slack_channel');
    lag?.abandoned(due.runId);
    threadSettled(board);
    return true;
  };

  /** Starts what may be sent now; answers how long until the next may. */
  const startDue = async (): Promise<number> => {
    const now = clock.now();
    const due = await ledger.outbox.due(now, AT_ONCE);
    for (const { runId, key } of due) lag?.waits(runId, key, now);
    const later = await ledger.outbox.nextDue(now);
    let next = later === undefined ? SWEEP_MS : Math.min(SWEEP_MS, later - now);
    const tried = new Set<string>();
    for (const item of due) {
      if (busy.has(item.channel) || tried.has(item.channel)) continue;
      const lane = lanes.of(item.channel);
      const paced = { id: idOf(item), ...(item.ts === undefined ? {} : { ts: item.ts }) };
      const wait = lane.waitMs(paced, now);
      next = Math.min(next, wait > 0 ? wait : SWEEP_MS);
      if (wait > 0) continue;
      tried.add(item.channel);
      lane.take(paced, now);
      const sent = send(lane, item)
        .catch((error: unknown) => {
          logger.error({ err: error, runId: item.runId }, 'a delivery could not be recorded; it is in doubt');
          lane.pause(clock.now() + UNRECORDED_MS);
        })
        .finally(() => {
          busy.delete(item.channel);
          board.drawn.ring();
        });
      busy.set(item.channel, sent);
    }
    return next;
  };

  while (!signal.aborted) {
    const next = await startDue().catch((error: unknown) => {
      logger.error({ err: error }, 'the outbox could not be read; tried again');
      return FIRST_RETRY_MS;
    });
    if (!signal.aborted) await board.drawn.wait(next);
  }
  await Promise.all(busy.values());
  lag?.clear();
};

const idOf = (due: Due): string => `${due.runId}/${due.key}`;
