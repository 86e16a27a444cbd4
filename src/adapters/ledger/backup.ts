import { versionOf } from './migrate.js';
import type { SqlDatabase, SqlSession } from './sql.js';

/** The form of a backup; another form gets another number. */
export const FORM = 1;
/** Rows that are read at once: an event can have some 100 KB. */
const ROWS = 50;

/** The tables that are kept, each after those that it refers to, with the columns that order them. */
export const KEPT = [
  { table: 'runs', key: ['id'] },
  { table: 'events', key: ['run_id', 'version'] },
  { table: 'outcomes', key: ['run_id', 'target'] },
  { table: 'claims', key: ['target'] },
  { table: 'threads', key: ['run_id'] },
  { table: 'messages', key: ['run_id', 'key'] },
] as const;

/**
 * The ledger as lines of JSON, of one moment: a head, rows by the batch, and their counts at the end. The name of the
 * ledger is not among them: a copy is another ledger, with a queue of its own. While the lines are taken, an embedded
 * ledger does nothing else.
 */
export const backupLines = (database: SqlDatabase, take: (line: string) => Promise<void>): Promise<void> =>
  database.transaction(async (session) => {
    await session.script('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    const version = await versionOf(session);
    const [moment] = await session.rows('SELECT now()::text AS at', []);
    await take(JSON.stringify({ runbolt_ledger: FORM, version, at: String(moment?.at) }));
    const counts: Record<string, number> = {};
    for (const { table, key } of KEPT) counts[table] = await takeTable(session, table, key, take);
    await take(JSON.stringify({ end: counts }));
  });

const takeTable = async (
  session: SqlSession,
  table: string,
  key: readonly string[],
  take: (line: string) => Promise<void>,
): Promise<number> => {
  const columns = key.map((column) => `t.${column}`).join(', ');
  const later = `WHERE (${columns}) > (${key.map((_, i) => `$${i + 1}`).join(', ')})`;
  let after: readonly unknown[] = [];
  let count = 0;
  for (;;) {
    const rows = await session.rows(
      `SELECT to_jsonb(t)::text AS row, ${columns} FROM runbolt.${table} t
       ${after.length > 0 ? later : ''} ORDER BY ${columns} LIMIT ${ROWS}`,
      after,
    );
    const last = rows.at(-1);
    if (!last) return count;
    await take(`{"table":"${table}","rows":[${rows.map(({ row }) => String(row)).join(',')}]}`);
    count += rows.length;
    if (rows.length < ROWS) return count;
    after = key.map((column) => last[column]);
  }
};
