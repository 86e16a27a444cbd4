import { drizzle, type PgRemoteDatabase } from 'drizzle-orm/pg-proxy';

export type Row = Readonly<Record<string, unknown>>;

/** One SQL session: statements run one after the other. `params` are bound, never spliced. */
export interface SqlSession {
  rows(text: string, params: readonly unknown[]): Promise<readonly Row[]>;
  tuples(text: string, params: readonly unknown[]): Promise<readonly (readonly unknown[])[]>;
  /** Several statements without parameters. */
  script(text: string): Promise<void>;
}

/** A PostgreSQL database, embedded or not. `transaction` commits when `work` resolves and rolls back when it rejects. */
export interface SqlDatabase extends SqlSession {
  transaction<T>(work: (session: SqlSession) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Drizzle's query builder over a session; transactions are the database's own. */
export const queries = (session: SqlSession): PgRemoteDatabase =>
  drizzle(async (text, params, method) => ({
    rows: [...(method === 'all' ? await session.tuples(text, params) : await session.rows(text, params))],
  }));
