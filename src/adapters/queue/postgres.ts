import { randomUUID } from 'node:crypto';
import {
  assertSchemaCompatibility,
  createPostgresBackend,
  DEFAULT_SCHEMA,
  LATEST_SCHEMA_VERSION,
  MINIMUM_POSTGRES_VERSION,
  type PgPool,
  type PgQueryable,
  type PostgresConnectionOptions,
  type PostgresQueueBackend,
  runMigrations,
  SchemaMigrationRequiredError,
  SchemaVersionMismatchError,
  UnsupportedPostgresVersionError,
} from 'bullmq';
import pg from 'pg';
import type { Logger } from 'pino';
import { failure, ok, type Result } from '../../core/fault.js';
import type { Queue } from '../../engine/ports.js';
import { type BullOptions, bullQueue } from './bull-queue.js';

/** Connections for adding and for working, each; BullMQ adds one that listens. */
const CONNECTIONS = 4;
const CONNECT_LIMIT_MS = 5_000;
/** A silent connection is asked whether it stands after this long, ms; the system's own question comes after two hours. */
const SILENCE_MS = 10_000;
/** A statement without an answer is given up after this long, ms; TCP itself goes on for a quarter of an hour. */
const ANSWER_MS = 20_000;
const WARM_UP_MS = 3_000;
const WARM_UP_CLOSE_MS = 1_000;

/** BullMQ's pool listens to idle connections only: one that is lost in use would end the process. */
class ListenedClient extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    super(config);
    this.on('error', () => undefined);
  }
}

/**
 * The courier on PostgreSQL, in its schema `bullmq`. Faults: `queue_unreachable` when it does not answer within 5 s,
 * `ledger_newer` when a newer Runbolt made that schema, `queue_unfit` on a PostgreSQL that is too old, `queue_refused` when
 * the user may not make or use the schema.
 */
export const openPostgresQueue = async (url: string, options: Omit<BullOptions, 'server'>): Promise<Result<Queue>> => {
  const common = {
    ...{ connectionString: url, connectionTimeoutMillis: CONNECT_LIMIT_MS },
    ...{ keepAlive: true, keepAliveInitialDelayMillis: SILENCE_MS },
  };
  const client = new pg.Client(common);
  client.on('error', (error) => options.logger.warn({ err: error }, 'queue on PostgreSQL'));
  const connection = {
    ...common,
    schema: DEFAULT_SCHEMA,
    Client: ListenedClient,
    max: CONNECTIONS,
    query_timeout: ANSWER_MS,
    application_name: 'runbolt-queue',
  };
  const server = `PostgreSQL at ${client.host}:${client.port}`;
  try {
    await client.connect();
    await migrate(client);
  } catch (error) {
    return unusable(server, error, options.logger);
  } finally {
    await client.end().catch(() => undefined);
  }
  return ok(postgresQueue(connection, { ...options, server }));
};

const EMBEDDED = 'The embedded database';

/** Makes the courier's tables in the embedded database. */
export const preparePooledQueue = async (pool: PgPool, logger: Logger): Promise<Result<void>> => {
  const client = await pool.connect();
  try {
    return ok(await migrate(client));
  } catch (error) {
    return unusable(EMBEDDED, error, logger);
  } finally {
    client.release();
  }
};

/** The courier over the embedded database's pool, whose session has `search_path = bullmq`; its owner closes it. */
export const openPooledQueue = async (pool: PgPool, options: Omit<BullOptions, 'server'>): Promise<Result<Queue>> => {
  const prepared = await preparePooledQueue(pool, options.logger);
  if (!prepared.ok) return prepared;
  const warming = warmUp(postgresQueue(pool, { ...options, server: EMBEDDED, name: `${options.name}-warm-up` }));
  const queue = postgresQueue(pool, { ...options, server: EMBEDDED });
  return ok({
    add: (jobs) => queue.add(jobs),
    work: (handler, onLost) => queue.work(handler, onLost),
    schedule: (timetables, due) => queue.schedule(timetables, due),
    depth: () => queue.depth(),
    close: async (graceMs) => {
      await warming;
      await queue.close(graceMs);
    },
  });
};

/**
 * Takes two jobs through a queue of their own, so that BullMQ's SQL functions are compiled and planned before the first
 * request: in the embedded database their first calls take 0.3 s. Never rejects, and gives up after 3 s.
 */
const warmUp = async (queue: Queue): Promise<void> => {
  const id = randomUUID();
  const jobs = [0, 1].map(
    (shard) => ({ id: `${id}-${shard}`, runId: id, stage: 'gather', shard, delivery: 1 }) as const,
  );
  let waiting = jobs.length;
  await new Promise<void>((resolve) => {
    const done = () => {
      waiting -= 1;
      if (waiting === 0) resolve();
    };
    const begun = queue.work(async () => done(), done).then(() => queue.add(jobs));
    begun.catch(() => resolve());
    setTimeout(resolve, WARM_UP_MS).unref();
  });
  await queue.close(WARM_UP_CLOSE_MS);
};

const postgresQueue = (connection: PostgresConnectionOptions, options: BullOptions): Queue =>
  bullQueue<PostgresQueueBackend, PostgresConnectionOptions>(
    { backend: createPostgresBackend, adding: connection, working: connection },
    options,
  );

const unusable = (server: string, error: unknown, logger: Logger) => {
  logger.error({ err: error }, 'queue tables');
  if (error instanceof SchemaVersionMismatchError) {
    return failure(
      'ledger_newer',
      `A newer Runbolt has made the queue's tables: ${server} has them for BullMQ ${error.minimumClientVersion}, this one is ${error.clientVersion}.`,
      'Start the newer Runbolt; tables are never taken back.',
    );
  }
  if (error instanceof UnsupportedPostgresVersionError) {
    return failure(
      'queue_unfit',
      `${server} is too old for the queue.`,
      `It needs PostgreSQL ${MINIMUM_POSTGRES_VERSION} or newer.`,
    );
  }
  if (error instanceof pg.DatabaseError && error.code === '42501') {
    return failure(
      'queue_refused',
      `${server} does not let its user make or use the schema bullmq.`,
      'Let it: GRANT CREATE ON DATABASE … TO …, and let it own the schema bullmq where it is there.',
    );
  }
  return failure(
    'queue_unreachable',
    `The queue's tables cannot be used: ${server} does not answer or refuses.`,
    'Check that it runs; what was accepted is in the ledger and goes on.',
  );
};

const migrate = async (client: PgQueryable): Promise<void> => {
  if ((await versionOf(client)) < LATEST_SCHEMA_VERSION) await runMigrations(client);
};

const versionOf = async (client: PgQueryable): Promise<number> => {
  try {
    return await assertSchemaCompatibility(client);
  } catch (error) {
    if (error instanceof SchemaMigrationRequiredError) return 0;
    throw error;
  }
};
