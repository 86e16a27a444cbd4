import type { Logger } from 'pino';
import type { Clock, Ledger } from '../../engine/ports.js';
import type { RunView } from '../../engine/view.js';
import type { Bell } from './bell.js';
import type { SlackClient } from './client.js';
import type { Lag } from './lag.js';
import type { Self } from './look.js';
import type { Lanes } from './pace.js';
import type { TimeOfDay } from './safe-text.js';

/** What the projector works with. */
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
  readonly lag?: Lag;
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

/** What another process did and nobody told us of is found at the latest after this. */
export const SWEEP_MS = 30_000;
