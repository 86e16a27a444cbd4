import type { Config } from '../core/config.js';
import type { Registry } from '../core/registry.js';
import type { Runbooks } from '../core/request.js';
import type { Run } from '../core/run.js';
import type { Clock, Inventory, Ledger, People, Queue, RandomHex, Transport } from './ports.js';

/** All that the use cases work with: the ports, what is configured, and what is known. */
export interface World {
  readonly ledger: Ledger;
  readonly queue: Pick<Queue, 'add' | 'depth'>;
  readonly transport: Transport;
  readonly inventory: Inventory;
  readonly people: People;
  readonly clock: Clock;
  readonly random: RandomHex;
  readonly registry: Registry;
  readonly runbooks: Runbooks;
  /** For facts whose arguments name one: `{secrets.redis}`. Never recorded, never printed. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly config: Pick<Config, 'groups' | 'policies' | 'limits'>;
  /** Whether this process may carry on a run that it did not open: a bot all, a command its own kind only. */
  readonly takesUp: (run: Run) => boolean;
  /** This process, as the ledger names it beside what it took. */
  readonly worker: string;
  /** Whether workers in other processes may work on the same ledger and queue. */
  readonly shared: boolean;
  /** Targets that this process works on at once; 0 where it leaves them to workers. */
  readonly concurrency: number;
  /** Told of what no person can be told: programming errors, with their stacks. */
  readonly log: (message: string, error: unknown, about?: About) => void;
}

/** What a line of the log concerns. */
export interface About {
  readonly runId?: string;
  readonly target?: string;
}
