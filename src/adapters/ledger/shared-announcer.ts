import type { Logger } from 'pino';
import type { Clock, RandomHex } from '../../engine/ports.js';
import { type Announcer, announcer } from './announcer.js';
import { listen } from './listener.js';
import type { PostgresPlace } from './postgres.js';
import type { SqlDatabase } from './sql.js';

/** Longest time in ms that a dead connection may go unseen (keepalive), added to a gap before it is made good. */
const UNSEEN_MS = 60_000;

/**
 * Announcements among all processes on one PostgreSQL. After the listening connection was lost, every run that is
 * unfinished or was written to in the gap is announced: at least once is kept.
 */
export const sharedAnnouncer = async (
  place: PostgresPlace,
  database: SqlDatabase,
  context: { readonly clock: Clock; readonly random: RandomHex; readonly logger: Logger },
): Promise<Announcer> => {
  const local = announcer(context.random(8), (error) => context.logger.error({ err: error }, 'a listener failed'));

  const hear = (payload: string): void => {
    const [instance, runId] = payload.split(':');
    if (runId && instance !== local.instance) local.announce(runId);
  };

  const catchUp = async (gapMs: number): Promise<void> => {
    const rows = await database.rows(
      `SELECT id FROM runbolt.runs
       WHERE phase <> 'ended' OR touched > now() - make_interval(secs => $1::float8) ORDER BY opened_at`,
      [(gapMs + UNSEEN_MS) / 1000],
    );
    for (const { id } of rows) local.announce(String(id));
  };

  const listener = listen(place, context.clock, hear, (gapMs) => {
    context.logger.warn({ gapMs }, 'notifications were lost; announcing unfinished runs');
    catchUp(gapMs).catch((error: unknown) => context.logger.error({ err: error }, 'catching up failed'));
  });
  await listener.ready;
  return {
    ...local,
    async close() {
      await listener.close();
      await local.close();
    },
  };
};
