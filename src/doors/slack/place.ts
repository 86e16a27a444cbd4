import type { Run } from '../../core/run.js';
import type { Ledger } from '../../engine/ports.js';

const MAX_PARENTS = 50;

/** Where a run is told. `waits`: in a thread that is not opened yet. `none`: not in Slack. */
export type Place =
  | { readonly kind: 'place'; readonly channel: string; readonly thread?: string }
  | { readonly kind: 'waits' }
  | { readonly kind: 'none' };

const rootOf = async (ledger: Pick<Ledger, 'run'>, run: Run): Promise<Run> => {
  let root = run;
  for (let n = 0; n < MAX_PARENTS && root.opened.parent !== undefined; n += 1) {
    const parent = await ledger.run(root.opened.parent);
    if (parent === undefined || parent.opened.origin.door === 'cli') break;
    root = parent;
  }
  return root;
};

/**
 * A run with a parent is told in the thread of the first run of its line; others where they were asked for. When that
 * thread was given up before it was opened, the run opens one of its own, or is given up as well.
 */
export const placeOf = async (ledger: Pick<Ledger, 'run' | 'outbox'>, run: Run): Promise<Place> => {
  const root = await rootOf(ledger, run);
  const { origin } = root.opened;
  if (origin.door === 'cli') return { kind: 'none' };
  if (origin.door === 'slack' && origin.thread !== undefined)
    return { kind: 'place', channel: origin.channel, thread: origin.thread };
  if (root.id === run.id) return { kind: 'place', channel: origin.channel };
  const opened = await ledger.outbox.threadOf(root.id);
  if (opened) return { kind: 'place', channel: opened.channel, thread: opened.ts };
  return (await ledger.outbox.abandoned(root.id)) ? { kind: 'place', channel: origin.channel } : { kind: 'waits' };
};
