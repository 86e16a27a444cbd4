import type { Outbox } from '../../engine/ports.js';
import type { SqlSession } from './sql.js';

/** Settles which process delivers messages. */
export interface Leader {
  readonly lead: Outbox['lead'];
  leads(): boolean;
  /** A session that is lost before another process can lead: a statement that it carries out was written by the leader. */
  session(): SqlSession;
  close(): Promise<void>;
}

/** Where no other process can be: it always leads. */
export const aloneLeader = (session: SqlSession): Leader => ({
  lead: (deliver, signal) => deliver(signal),
  leads: () => true,
  session: () => session,
  close: async () => undefined,
});
