import pg from 'pg';
import { FaultError, failure, fault, ok, type Result } from '../../core/fault.js';
import type { SqlDatabase, SqlSession } from './sql.js';

/** Connections of the ledger to PostgreSQL; the queue has its own. */
const CONNECTIONS = 8;
const CONNECT_LIMIT_MS = 5_000;

/**
 * A connection on which nothing was heard for 10 s is asked every second whether it still stands, and is lost after
 * 20 s: routers forget silent ones (AWS after 350 s), and the system's own first question comes after two hours.
 */
export const KEEP_ALIVE = { keepAlive: true, keepAliveInitialDelayMillis: 10_000 } as const;

/**
 * A statement without an answer is given up after this long, ms, and its connection with it: where a failover took the
 * address away, or a router forgot the connection, TCP itself goes on for a quarter of an hour (tcp_retries2, tcp(7)).
 */
const SILENCE_MS = 20_000;
/** Migrations of a large ledger may take their time, and whoever starts beside one waits for it. */
const SCRIPT_MS = 600_000;

/** Where a PostgreSQL is, for people: never with the password. */
export interface PostgresPlace {
  readonly url: string;
  /** `host:port/database`. */
  readonly name: string;
}

/** Reads a `postgres://` URL. Fault `config_invalid` when it is none. */
export const postgresPlace = (url: string): Result<PostgresPlace> => {
  try {
    if (!/^postgres(?:ql)?:\/\//.test(url)) throw new Error('not a PostgreSQL URL');
    const client = new pg.Client({ connectionString: url });
    return ok({ url, name: `${client.host}:${client.port}/${client.database ?? ''}` });
  } catch {
    return failure(
      'config_invalid',
      'DATABASE_URL is not a PostgreSQL URL.',
      'Write it as postgres://USER:PASSWORD@HOST:5432/DATABASE.',
    );
  }
};

/** Opens a pool on PostgreSQL. Fault `ledger_unreachable` when it does not answer within 5 s or refuses. */
export const openPostgres = async (
  place: PostgresPlace,
  onError: (error: Error) => void,
): Promise<Result<SqlDatabase>> => {
  const pool = new pg.Pool({
    connectionString: place.url,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_LIMIT_MS,
    query_timeout: SILENCE_MS,
    ...KEEP_ALIVE,
    application_name: 'runbolt',
  });
  pool.on('error', onError);
  // The pool listens to idle connections only. One that is lost in a transaction says so by the statement that it carries
  // out; without a listener it would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined));
  try {
    await pool.query('SELECT 1');
  } catch (error) {
    await pool.end();
    return { ok: false, fault: unreachable(place, error) };
  }
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw isDisconnection(error) || isRefusal(error) ? new FaultError(unreachable(place, error)) : error;
    }
  };
  return ok({
    ...sessionOf(pool, guarded),
    transaction: (work) => guarded(() => transaction(pool, work, guarded)),
    close: () => pool.end(),
  });
};

const LONG = { query_timeout: SCRIPT_MS } as const;

type Guard = <T>(work: () => Promise<T>) => Promise<T>;

/** The statements of one client, or of any of a pool. */
export const sessionOf = (client: pg.Pool | pg.ClientBase, guarded: Guard = (work) => work()): SqlSession => ({
  rows: (text, params) => guarded(async () => (await client.query<Record<string, unknown>>(text, [...params])).rows),
  tuples: (text, params) =>
    guarded(async () => (await client.query<unknown[]>({ text, values: [...params], rowMode: 'array' })).rows),
  script: (text) => guarded(async () => void (await client.query({ text, ...LONG }))),
});

const transaction = async <T>(pool: pg.Pool, work: (session: SqlSession) => Promise<T>, guarded: Guard): Promise<T> => {
  const client = await pool.connect();
  let broken = false;
  try {
    await client.query('BEGIN');
    const result = await work(sessionOf(client, guarded));
    await client.query('COMMIT');
    return result;
  } catch (error) {
    broken =
      isDisconnection(error) ||
      (await client.query('ROLLBACK').then(
        () => false,
        () => true,
      ));
    throw error;
  } finally {
    client.release(broken);
  }
};

const codeOf = (error: unknown): string =>
  error !== null && typeof error === 'object' && 'code' in error && typeof error.code === 'string' ? error.code : '';

/** Lost or refused connections: system errors, and classes 08, 28, 3D, 53 and 57P of SQLSTATE. */
const isDisconnection = (error: unknown): boolean =>
  /^(?:E[A-Z]+|08...|28...|3D...|53...|57P..)$/.test(codeOf(error)) ||
  (error instanceof Error &&
    /connection (?:terminated|ended)|timeout exceeded when trying to connect|query read timeout/i.test(error.message));

/** The user may not (42501), or nobody may write there: a standby, or a server that was made read-only (25006). */
const isRefusal = (error: unknown): boolean => /^(?:42501|25006)$/.test(codeOf(error));

const CERTIFICATE = /^(?:SELF_SIGNED|DEPTH_ZERO|UNABLE_TO|CERT_|ERR_TLS)/;

const unreachable = (place: PostgresPlace, error: unknown) => {
  const code = codeOf(error);
  if (code === '42501') {
    return fault(
      'ledger_refused',
      `PostgreSQL at ${place.name} does not let its user make or use the schema runbolt.`,
      'Let it: GRANT CREATE ON DATABASE … TO …, and let it own the schemas runbolt and bullmq where they are there.',
    );
  }
  if (code === '25006') {
    return fault(
      'ledger_unreachable',
      `PostgreSQL at ${place.name} takes no writes: it is a standby, or read-only.`,
      'Name its primary in DATABASE_URL.',
    );
  }
  if (CERTIFICATE.test(code)) {
    return fault(
      'ledger_refused',
      `PostgreSQL at ${place.name} has a certificate that is not trusted here (${code}).`,
      'Name the file of its CA in NODE_EXTRA_CA_CERTS, and the host as its certificate does in DATABASE_URL.',
    );
  }
  if (code.startsWith('28')) {
    return fault(
      'ledger_refused',
      `PostgreSQL at ${place.name} refused the login.`,
      'Correct user and password in DATABASE_URL.',
    );
  }
  if (code === '3D000') {
    return fault(
      'ledger_refused',
      `PostgreSQL has no database at ${place.name}.`,
      'Create it, or correct DATABASE_URL.',
    );
  }
  return fault(
    'ledger_unreachable',
    `PostgreSQL at ${place.name} cannot be reached${code ? ` (${code})` : ''}.`,
    'Start it, or correct DATABASE_URL.',
  );
};
