import type { Run, RunEvent } from '../../core/run.js';
import type { Ledger } from '../../engine/ports.js';
import type { Metrics } from './metrics.js';

/** The ledger, with what is written to it counted once it is durable: so the numbers are those of the ledger. */
export const measuredLedger = (ledger: Ledger, metrics: Metrics): Ledger => {
  /** Only what was written is timed: a decision that changes nothing costs nothing. */
  const timed = async <T>(write: () => Promise<T>, wrote: (result: T) => boolean): Promise<T> => {
    const stop = metrics.writes.startTimer();
    try {
      const result = await write();
      if (wrote(result)) stop();
      return result;
    } catch (error) {
      metrics.failedWrites.inc();
      throw error;
    }
  };
  return {
    ...ledger,
    open: (key, opened) =>
      timed(
        () => ledger.open(key, opened),
        ({ fresh }) => fresh,
      ),
    transact: async (runId, decide) => {
      let events: readonly RunEvent[] = [];
      const done = await timed(
        () =>
          ledger.transact(runId, (run) => {
            const change = decide(run);
            events = change.events;
            return change;
          }),
        ({ ok }) => ok && events.length > 0,
      );
      if (done.ok) for (const event of events) count(metrics, done.run, event);
      return done;
    },
  };
};

const count = (metrics: Metrics, run: Run, event: RunEvent): void => {
  if (event.kind === 'decided' && run.planned) {
    metrics.approvalWait.observe({ verdict: event.verdict }, Math.max(0, event.at - run.planned.at) / 1000);
  }
  if (event.kind !== 'ended') return;
  const { runbook, verb } = run.opened.request;
  const outcomes = Object.values(event.outcomes);
  metrics.runs.inc({ runbook, verb, result: resultOf(run, outcomes) });
  for (const outcome of outcomes) metrics.outcomes.inc({ outcome });
};

const resultOf = (run: Run, outcomes: readonly string[]): 'ok' | 'findings' | 'undetermined' | 'cancelled' => {
  if (run.cancelled) return 'cancelled';
  if (outcomes.some((o) => o === 'failed' || o === 'drifted')) return 'findings';
  return outcomes.length > 0 && outcomes.every((o) => o === 'ok' || o === 'changed') ? 'ok' : 'undetermined';
};
