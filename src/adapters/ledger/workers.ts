import type { Workers } from '../../engine/ports.js';
import type { SqlSession } from './sql.js';

/** Workers that were not heard of for so long are forgotten. */
const FORGOTTEN = '7 days';

/** Signs of life in a table, by the database's clock. */
export const sqlWorkers = (session: SqlSession): Workers => ({
  async alive(id, zone) {
    await session.rows(
      `WITH gone AS (DELETE FROM runbolt.workers WHERE seen_at < now() - $3::interval AND id <> $1)
       INSERT INTO runbolt.workers (id, zone) VALUES ($1, $2)
       ON CONFLICT (id) DO UPDATE SET zone = excluded.zone, seen_at = now()`,
      [id, zone ?? null, FORGOTTEN],
    );
  },
  async silence(zone) {
    const [row] = await session.rows(
      `SELECT (extract(epoch FROM clock_timestamp() - max(seen_at)) * 1000)::float8 AS ms FROM runbolt.workers WHERE zone IS NOT DISTINCT FROM $1`,
      [zone ?? null],
    );
    return typeof row?.ms === 'number' ? Math.max(0, row.ms) : undefined;
  },
});
