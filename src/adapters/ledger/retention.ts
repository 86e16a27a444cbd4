import type { SqlDatabase } from './sql.js';

/**
 * Deletes at most `limit` runs that ended before `before` (ms since the epoch), the oldest first, with all that hangs on
 * them, in one transaction. It answers with their IDs. Kept are runs whose thread is still owed a message, those that
 * an unfinished run takes back, and of each schedule the audits that the next one is compared with.
 */
export const expireRuns = (database: SqlDatabase, before: number, limit: number): Promise<readonly string[]> =>
  database.transaction(async (session) => {
    await session.rows(`SELECT set_config('runbolt.expired_before', $1::text, true)`, [String(before)]);
    const found = await session.rows(EXPIRED, [before, limit]);
    const ids = found.map(({ id }) => String(id));
    if (ids.length === 0) return ids;
    for (const { table, column } of TABLES)
      await session.rows(
        `DELETE FROM runbolt.${table} WHERE ${column} IN (SELECT jsonb_array_elements_text($1::jsonb))`,
        [JSON.stringify(ids)],
      );
    return ids;
  });

const TABLES = [
  ...['messages', 'threads', 'outcomes', 'events'].map((table) => ({ table, column: 'run_id' })),
  { table: 'runs', column: 'id' },
];

/** The time in the key of a schedule's run is ISO 8601 with 24 characters; before it stands the schedule's name. */
const EXPIRED = `
SELECT r.id FROM runbolt.runs r LEFT JOIN runbolt.threads t ON t.run_id = r.id
WHERE r.phase = 'ended' AND r.opened_at < $1::bigint
  AND NOT EXISTS (SELECT FROM runbolt.events e WHERE e.run_id = r.id AND e.at >= $1::bigint)
  AND (r.door = 'cli' OR t.abandoned IS NOT NULL OR (r.projected_version >= r.version AND NOT EXISTS (
    SELECT FROM runbolt.messages m
    WHERE m.run_id = r.id AND (m.ts IS NULL OR m.delivered_revision < m.revision))))
  AND NOT EXISTS (SELECT FROM runbolt.runs child WHERE child.parent = r.id AND child.phase <> 'ended')
  AND (r.door <> 'schedule' OR EXISTS (
    SELECT FROM runbolt.runs later
    WHERE later.door = 'schedule' AND left(later.request_key, -24) = left(r.request_key, -24)
      AND later.opened_at > r.opened_at AND later.phase = 'ended' AND later.projected_version >= later.version))
ORDER BY r.opened_at, r.id LIMIT $2::int
FOR UPDATE OF r SKIP LOCKED`;
