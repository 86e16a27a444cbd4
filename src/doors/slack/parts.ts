import type { App } from '@slack/bolt';
import type { Logger } from 'pino';
import type { Engine } from '../../engine/engine.js';
import type { Clock, Ledger } from '../../engine/ports.js';
import type { SlackClient } from './client.js';
import type { Deliveries } from './deliveries.js';
import type { Self } from './look.js';
import type { Names } from './names.js';
import type { Lanes } from './pace.js';

/** What this door asks of the engine. */
export type SlackEngine = Pick<Engine, 'request' | 'press' | 'view' | 'report'>;

/** What the handlers of requests need. */
export interface DoorParts {
  readonly app: App;
  readonly client: SlackClient;
  readonly engine: SlackEngine;
  readonly ledger: Pick<Ledger, 'outbox'>;
  readonly logger: Logger;
  readonly names: Names;
  readonly deliveries: Deliveries;
  readonly commands: readonly string[];
  readonly self: Self;
  readonly clock: Clock;
  readonly lanes: Lanes;
  /** Ends when the door is closed. */
  readonly signal: AbortSignal;
}
