import { sql } from 'drizzle-orm';
import type { RunEvent } from '../../core/run.js';
import { encodeJson } from './event-codec.js';
import { CHANNEL } from './listener.js';
import { queries, type SqlDatabase } from './sql.js';

/**
 * Writes a run and its first event in one statement, unless the key has opened one: then that run is the answer. Durable
 * when it resolves.
 */
export const openRow = async (
  database: SqlDatabase,
  key: string,
  id: string,
  opened: Extract<RunEvent, { kind: 'opened' }>,
  instance: string,
): Promise<{ runId: string; fresh: boolean }> => {
  const inserted = await queries(database).execute(sql`
    WITH fresh AS (
      INSERT INTO runbolt.runs (id, request_key, opened_at, door, command, actor, parent, phase, version)
      VALUES (${id}, ${key}, ${opened.at}, ${opened.origin.door}, ${opened.request.text}, ${opened.actor.name},
              ${opened.parent ?? null}, 'gathering', 1)
      ON CONFLICT (request_key) DO NOTHING
      RETURNING id
    ), first AS (
      INSERT INTO runbolt.events (run_id, version, kind, at, body)
      SELECT id, 1, 'opened', ${opened.at}, ${encodeJson(opened)}::jsonb FROM fresh
    )
    SELECT id, pg_notify(${CHANNEL}::text, ${`${instance}:${id}`}::text) FROM fresh`);
  if (inserted.length > 0) return { runId: id, fresh: true };
  const [first] = await database.rows('SELECT id FROM runbolt.runs WHERE request_key = $1', [key]);
  if (!first) throw new Error('The run of a used key was not found.');
  return { runId: String(first.id), fresh: false };
};
