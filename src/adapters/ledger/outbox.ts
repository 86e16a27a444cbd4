import { and, asc, desc, eq, gt, isNull, lt, min, ne, or, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Due, Outbox } from '../../engine/ports.js';
import { encodeJson } from './event-codec.js';
import type { Leader } from './leader.js';
import { messages, runs, threads } from './schema.js';
import { queries, type SqlDatabase } from './sql.js';

/** As the index of due messages has it. */
const undelivered = or(isNull(messages.ts), lt(messages.deliveredRevision, messages.revision));

/** The outbox in the ledger's own tables: what a thread must say is kept in the database that the run is kept in. */
export const sqlOutbox = (database: SqlDatabase, leader: Leader): Outbox => {
  const db = queries(database);
  const message = (runId: string, key: string) => and(eq(messages.runId, runId), eq(messages.key, key));

  return {
    lead: leader.lead,

    /** Runs of the CLI have no thread and are never stale; nor are abandoned ones. */
    async stale() {
      const rows = await db
        .select({ id: runs.id })
        .from(runs)
        .leftJoin(threads, eq(threads.runId, runs.id))
        .where(and(lt(runs.projectedVersion, runs.version), ne(runs.door, 'cli'), isNull(threads.abandoned)))
        .orderBy(asc(runs.openedAt), asc(runs.id));
      return rows.map(({ id }) => id);
    },

    async put(runId, version, place, wanted) {
      const list = wanted.map(({ key, order, body }) => ({ key, ord: order, body }));
      await db.execute(sql`
        WITH covered AS (
          UPDATE runbolt.runs SET projected_version = ${version}::int
          WHERE id = ${runId}::text AND projected_version <= ${version}::int
          RETURNING id, restored
        ), placed AS (
          INSERT INTO runbolt.threads (run_id, channel, thread)
          SELECT id, ${place.channel}::text, ${place.thread ?? null}::text FROM covered
          ON CONFLICT (run_id) DO UPDATE SET channel = excluded.channel, thread = excluded.thread
          WHERE threads.root_ts IS NULL
        )
        INSERT INTO runbolt.messages AS known (run_id, key, ord, body, in_doubt)
        SELECT covered.id, input.key, input.ord, input.body, covered.restored
        FROM covered, jsonb_to_recordset(${encodeJson(list)}::jsonb) AS input (key text, ord int, body jsonb)
        ORDER BY input.ord, input.key
        ON CONFLICT (run_id, key) DO UPDATE
        SET body = excluded.body, ord = excluded.ord,
            revision = known.revision + (known.body IS DISTINCT FROM excluded.body)::int,
            changed = CASE WHEN known.body IS DISTINCT FROM excluded.body THEN excluded.changed ELSE known.changed END
        WHERE known.body IS DISTINCT FROM excluded.body OR known.ord <> excluded.ord`);
    },

    async due(now, limit) {
      const rows = await db.execute(sql`
        SELECT run_id, key, channel, thread, body, revision, ts, in_doubt, attempts FROM (
          SELECT m.*, t.channel, coalesce(t.thread, nullif(t.root_ts, m.ts)) AS thread,
                 row_number() OVER (PARTITION BY m.run_id, m.ts IS NULL ORDER BY m.ord, m.key) AS turn
          FROM runbolt.messages m JOIN runbolt.threads t USING (run_id)
          WHERE t.abandoned IS NULL AND (m.ts IS NULL OR m.delivered_revision < m.revision)
        ) AS open
        WHERE (ts IS NOT NULL OR turn = 1) AND retry_at <= ${now}::bigint
        ORDER BY changed LIMIT ${limit}::int`);
      return rows.map((row) => toDue(dueRow.parse(row)));
    },

    async nextDue(now) {
      const [row] = await db
        .select({ at: min(messages.retryAt) })
        .from(messages)
        .innerJoin(threads, eq(threads.runId, messages.runId))
        .where(and(isNull(threads.abandoned), undelivered, gt(messages.retryAt, now)));
      return row?.at ?? undefined;
    },

    async posting(runId, key, settled) {
      await queries(leader.session())
        .update(messages)
        .set({ inDoubt: true, retryAt: settled })
        .where(message(runId, key));
    },

    async delivered(runId, key, revision, ts) {
      await db.execute(sql`
        WITH posted AS (
          UPDATE runbolt.messages
          SET ts = coalesce(ts, ${ts}::text), in_doubt = false, attempts = 0, retry_at = 0,
              delivered_revision = greatest(delivered_revision, ${revision}::int)
          WHERE run_id = ${runId}::text AND key = ${key}::text
          RETURNING run_id, ts
        )
        UPDATE runbolt.threads SET root_ts = posted.ts FROM posted
        WHERE threads.run_id = posted.run_id AND threads.thread IS NULL AND threads.root_ts IS NULL`);
    },

    async failed(runId, key, retryAt, surely) {
      await db
        .update(messages)
        .set({ retryAt, attempts: sql`${messages.attempts} + 1`, ...(surely ? { inDoubt: false } : {}) })
        .where(message(runId, key));
    },

    async abandon(runId, reason) {
      await db.update(threads).set({ abandoned: reason }).where(eq(threads.runId, runId));
    },

    async abandoned(runId) {
      const [row] = await db.select({ reason: threads.abandoned }).from(threads).where(eq(threads.runId, runId));
      return typeof row?.reason === 'string';
    },

    async runsOfThread(channel, ts) {
      const rows = await db
        .select({ id: runs.id })
        .from(threads)
        .innerJoin(runs, eq(runs.id, threads.runId))
        .where(and(eq(threads.channel, channel), sql`coalesce(${threads.thread}, ${threads.rootTs}) = ${ts}`))
        .orderBy(desc(runs.openedAt), desc(runs.id));
      return rows.map(({ id }) => id);
    },

    async threadOf(runId) {
      const [row] = await db.select().from(threads).where(eq(threads.runId, runId));
      const ts = row?.thread ?? row?.rootTs;
      return row && ts ? { channel: row.channel, ts } : undefined;
    },
  };
};

const dueRow = z.object({
  run_id: z.string(),
  key: z.string(),
  channel: z.string(),
  thread: z.string().nullable(),
  body: z.unknown(),
  revision: z.number(),
  ts: z.string().nullable(),
  in_doubt: z.boolean(),
  attempts: z.number(),
});

const toDue = (row: z.infer<typeof dueRow>): Due => ({
  runId: row.run_id,
  key: row.key,
  channel: row.channel,
  ...(row.thread === null ? {} : { thread: row.thread }),
  body: row.body,
  revision: row.revision,
  ...(row.ts === null ? {} : { ts: row.ts }),
  inDoubt: row.in_doubt,
  attempts: row.attempts,
});
