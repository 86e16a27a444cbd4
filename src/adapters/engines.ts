import type { Logger } from 'pino';
import { errorRecord } from '../core/error-record.js';
import { ok, type Result } from '../core/fault.js';
import type { Clock, Ledger, Queue, RandomHex } from '../engine/ports.js';
import {
  type DataLock,
  type EmbeddedLedger,
  type OpenLedger,
  openEmbeddedLedger,
  openPostgresLedger,
} from './ledger/index.js';
import { inProcessQueue, openPooledQueue, openPostgresQueue, openRedisQueue, zonesElsewhere } from './queue/index.js';

/** Jobs that one process works on at once. */
const CONCURRENCY = 8;

export interface EngineSettings {
  /** Directory of the embedded ledger, its lock and socket. Not used with `databaseUrl`. */
  readonly dataDir: string;
  /** A data directory with all tables made, which a new embedded ledger begins as. */
  readonly template?: string;
  readonly databaseUrl?: string;
  readonly redisUrl?: string;
  /**
   * `memory`: this process works alone and ends, no queue server is asked (CLI). `zones`: the same, but jobs of a zone go to
   * its workers. `shared`: by the engine table.
   */
  readonly courier: 'shared' | 'memory' | 'zones';
  readonly concurrency?: number;
  /** The zone whose jobs this process works on; without one, those without a zone. */
  readonly zone?: string;
  /** Of a process without a zone: those whose workers it hands jobs to. */
  readonly zones?: readonly string[];
  /** After this long without a sign of life a worker is taken for dead, ms; 30 s when absent. */
  readonly lockMs?: number;
  readonly clock: Clock;
  readonly random: RandomHex;
  readonly logger: Logger;
}

export interface Engines {
  readonly ledger: Ledger;
  readonly queue: Queue;
  /** The lock of the data directory, and the socket to serve on; absent on PostgreSQL. */
  readonly lock?: DataLock;
  /** Copies the ledger as it is at one moment. */
  readonly backup: OpenLedger['backup'];
  /** True when workers in other processes can share ledger and queue. */
  readonly scales: boolean;
  /** Closes queue, ledger and lock, in this order. */
  close(graceMs: number): Promise<void>;
}

/**
 * Ledger and queue by the engine table: PGlite or `DATABASE_URL` for the ledger; Redis by `REDIS_URL`, else the ledger's
 * own database for the queue. Nothing stays open when it answers with a fault.
 */
export const openEngines = async (given: EngineSettings): Promise<Result<Engines>> => {
  const settings = { ...given, logger: given.logger.child({}, { serializers: { err: errorRecord } }) };
  const ledger: Result<OpenLedger | EmbeddedLedger> = settings.databaseUrl
    ? await openPostgresLedger(settings.databaseUrl, settings)
    : await openEmbeddedLedger(settings.dataDir, settings);
  if (!ledger.ok) return ledger;
  const queue = await openQueue(settings, ledger.value);
  if (!queue.ok) {
    await ledger.value.ledger.close();
    return queue;
  }
  return ok({
    ledger: ledger.value.ledger,
    queue: queue.value,
    backup: ledger.value.backup,
    ...('lock' in ledger.value ? { lock: ledger.value.lock } : {}),
    scales: settings.databaseUrl !== undefined && settings.courier !== 'memory',
    async close(graceMs) {
      await queue.value.close(graceMs);
      await ledger.value.ledger.close();
    },
  });
};

const openQueue = async (settings: EngineSettings, ledger: OpenLedger | EmbeddedLedger): Promise<Result<Queue>> => {
  const { databaseUrl, redisUrl, logger, concurrency = CONCURRENCY, lockMs, zone, zones } = settings;
  const alone = () => inProcessQueue({ concurrency, logger });
  if (settings.courier === 'memory') return ok(alone());
  const name = `runbolt-${ledger.identity}`;
  const options = {
    ...{ name, concurrency, logger },
    ...(lockMs === undefined ? {} : { lockMs }),
    ...(zone === undefined ? { zones: zones ?? [] } : { zone }),
  };
  if (redisUrl || databaseUrl) {
    const shared = redisUrl
      ? await openRedisQueue(redisUrl, options)
      : await openPostgresQueue(databaseUrl ?? '', options);
    return shared.ok && settings.courier === 'zones' ? ok(zonesElsewhere(alone(), shared.value)) : shared;
  }
  if (!('pool' in ledger)) throw new Error('An embedded queue needs the embedded ledger.');
  return openPooledQueue(ledger.pool, options);
};
