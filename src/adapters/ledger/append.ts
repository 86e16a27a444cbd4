import { sql } from 'drizzle-orm';
import type { Outcome } from '../../core/outcome.js';
import type { Run, RunEvent } from '../../core/run.js';
import { CHANNEL } from './listener.js';
import { queries, type SqlSession } from './sql.js';

/**
 * Appends events (as JSON text of their array) to a run and brings its summary up to date, in one statement. Answers
 * false, and has written nothing, when the run is no longer at the version that `before` has.
 */
export const append = async (
  session: SqlSession,
  before: Run,
  after: Run,
  json: string,
  instance: string,
): Promise<boolean> => {
  const ended = before.ended ? undefined : after.ended;
  if (ended) mustNameEveryTarget(after, ended);
  const outcomes = JSON.stringify(ended?.outcomes ?? {});
  const counts = ended ? JSON.stringify(count(Object.values(ended.outcomes))) : null;
  const written = await queries(session).execute(sql`
    WITH current AS (
      SELECT id FROM runbolt.runs WHERE id = ${after.id}::text AND version = ${before.version}::int FOR UPDATE
    ), input AS (
      SELECT ${before.version}::int + ordinality::int AS version, value AS body
      FROM current, jsonb_array_elements(${json}::jsonb) WITH ORDINALITY
    ), appended AS (
      INSERT INTO runbolt.events (run_id, version, kind, at, body)
      SELECT ${after.id}::text, version, body ->> 'kind', (body ->> 'at')::numeric::bigint, body FROM input
    ), settled AS (
      INSERT INTO runbolt.outcomes (run_id, target, outcome)
      SELECT current.id, key, value FROM current, jsonb_each_text(${outcomes}::jsonb)
    ), freed AS (
      DELETE FROM runbolt.claims USING current WHERE run_id = current.id AND ${ended !== undefined}::boolean
    )
    UPDATE runbolt.runs
    SET version = ${after.version}::int, phase = ${after.phase}::text, touched = now(),
        outcomes = coalesce(${counts}::jsonb, outcomes)
    FROM current WHERE runs.id = current.id
    RETURNING pg_notify(${CHANNEL}::text, ${`${instance}:${after.id}`}::text)`);
  return written.length > 0;
};

/** Locks targets for a run. Answers with the first that another run holds; the caller then rolls back. */
export const claim = async (
  session: SqlSession,
  runId: string,
  targets: readonly string[],
): Promise<{ target: string; heldBy: string } | undefined> => {
  if (targets.length === 0) return undefined;
  const held = await session.rows(
    `INSERT INTO runbolt.claims (target, run_id)
     SELECT DISTINCT value, $2::text FROM jsonb_array_elements_text($1::jsonb) AS value ORDER BY 1
     ON CONFLICT (target) DO UPDATE SET target = excluded.target
     RETURNING target, run_id`,
    [JSON.stringify(targets), runId],
  );
  const other = held.find((row) => row.run_id !== runId);
  return other && { target: String(other.target), heldBy: String(other.run_id) };
};

const mustNameEveryTarget = (run: Run, ended: Extract<RunEvent, { kind: 'ended' }>): void => {
  const missing = run.opened.targets.filter(({ name }) => ended.outcomes[name] === undefined);
  if (missing.length > 0 || Object.keys(ended.outcomes).length !== run.opened.targets.length) {
    throw new Error(`The end of run ${run.id} does not name each of its targets once.`);
  }
};

const count = (outcomes: readonly Outcome[]): Partial<Record<Outcome, number>> => {
  const counts: Partial<Record<Outcome, number>> = {};
  for (const outcome of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
};
