import { and, asc, desc, eq, gt, ne, sql } from 'drizzle-orm';
import { FaultError, fault } from '../../core/fault.js';
import { openRun, type Run } from '../../core/run.js';
import type { Change, Clock, Ledger, RandomHex } from '../../engine/ports.js';
import type { Announcer } from './announcer.js';
import { append, claim } from './append.js';
import { asStored, decodeEvent, encodeJson, fold } from './event-codec.js';
import type { Leader } from './leader.js';
import { openRow } from './open-run.js';
import { sqlOutbox } from './outbox.js';
import { expireRuns } from './retention.js';
import { runCache } from './run-cache.js';
import { newRunId } from './run-id.js';
import { events, runs } from './schema.js';
import { queries, type SqlDatabase, type SqlSession } from './sql.js';
import { turns } from './turns.js';
import { sqlWorkers } from './workers.js';

/** Folded runs that are kept in memory. */
const CACHED_RUNS = 100;
/** A transaction that met a deadlock over claims is decided anew; `decide` is pure. */
const ATTEMPTS = 5;

export interface LedgerParts {
  readonly database: SqlDatabase;
  readonly announcer: Announcer;
  readonly leader: Leader;
  readonly clock: Clock;
  readonly random: RandomHex;
  /** True when no other process writes to this database: a run that was read once is known from then on. */
  readonly alone: boolean;
}

/** The ledger over a migrated database. Events are the truth; runs are folded from them and kept by version. */
export const sqlLedger = ({ database, announcer, leader, clock, random, alone }: LedgerParts): Ledger => {
  const cache = runCache(CACHED_RUNS);
  const inTurn = turns();

  const read = async (session: SqlSession, id: string): Promise<Run | undefined> => {
    const known = cache.get(id);
    const news = await queries(session)
      .select({ body: events.body })
      .from(events)
      .where(and(eq(events.runId, id), gt(events.version, known?.version ?? 0)))
      .orderBy(asc(events.version));
    const run = fold(
      id,
      known,
      news.map(({ body }) => decodeEvent(body)),
    );
    if (run) cache.keep(run);
    return run;
  };
  const newest = async (id: string): Promise<Run | undefined> =>
    (alone ? cache.get(id) : undefined) ?? (await read(database, id));

  const locked = async (session: SqlSession, id: string): Promise<Run> => {
    const [row] = await queries(session)
      .select({ version: runs.version })
      .from(runs)
      .where(eq(runs.id, id))
      .for('update');
    if (!row) throw unknownRun(id);
    const known = cache.get(id);
    const run = known?.version === row.version ? known : await read(session, id);
    if (!run) throw new Error(`Run ${id} has no events.`);
    return run;
  };

  /** A decision in one statement, which is most of them. Undefined when another process wrote first, or targets are claimed. */
  const decideAtOnce = async <T>(id: string, decide: (run: Run) => Change<T>): Promise<Decided<T> | undefined> => {
    const before = await newest(id);
    if (!before) throw unknownRun(id);
    const change = decide(before);
    if (change.events.length === 0 && !change.claim) return { result: change.result, run: before, appended: false };
    if (change.claim) return undefined;
    const json = encodeJson(change.events);
    const run = fold(id, before, asStored(json)) ?? before;
    const written = await append(database, before, run, json, announcer.instance);
    return written ? { result: change.result, run, appended: true } : undefined;
  };

  const decideLocked = <T>(id: string, decide: (run: Run) => Change<T>) =>
    database.transaction<Decided<T>>(async (session) => {
      const before = await locked(session, id);
      const change = decide(before);
      const json = encodeJson(change.events);
      const run = fold(id, before, asStored(json)) ?? before;
      const conflict = run.ended ? undefined : await claim(session, id, change.claim ?? []);
      if (conflict) throw new Held(conflict.target, conflict.heldBy);
      const appended = change.events.length > 0;
      if (appended && !(await append(session, before, run, json, announcer.instance)))
        throw new Error(`Run ${id} changed while it was locked.`);
      return { result: change.result, run, appended };
    });

  return {
    async open(key, opened) {
      const [stored] = asStored(encodeJson([opened]));
      if (stored?.kind !== 'opened') throw new Error('Only an opened event opens a run.');
      const answer = await openRow(database, key, newRunId(clock, random), stored, announcer.instance);
      if (answer.fresh) {
        cache.keep(openRun(answer.runId, stored));
        announcer.announce(answer.runId);
      }
      return answer;
    },

    async opened(key) {
      const [row] = await queries(database).select({ id: runs.id }).from(runs).where(eq(runs.requestKey, key));
      return row?.id;
    },

    async newest(keyPrefix) {
      const [row] = await queries(database)
        .select({ runId: runs.id, key: runs.requestKey })
        .from(runs)
        .where(sql`starts_with(${runs.requestKey}, ${keyPrefix}::text)`)
        .orderBy(desc(runs.openedAt), desc(runs.id))
        .limit(1);
      return row;
    },

    transact: (runId, decide) =>
      inTurn(runId, async () => {
        for (let attempt = 1; ; attempt += 1) {
          try {
            const done = (await decideAtOnce(runId, decide)) ?? (await decideLocked(runId, decide));
            if (done.appended) {
              cache.keep(done.run);
              announcer.announce(runId);
            }
            return { ok: true, result: done.result, run: done.run };
          } catch (error) {
            if (error instanceof Held) return { ok: false, target: error.target, heldBy: error.heldBy };
            if (attempt >= ATTEMPTS || !isDeadlock(error)) throw error;
          }
        }
      }),

    run: newest,

    async runs(limit) {
      const rows = await queries(database).select().from(runs).orderBy(desc(runs.openedAt), desc(runs.id)).limit(limit);
      return rows.map(({ id, openedAt, command, actor, phase, outcomes }) => ({
        id,
        at: openedAt,
        command,
        actor,
        phase,
        outcomes,
      }));
    },

    async unfinished() {
      const rows = await queries(database)
        .select({ id: runs.id })
        .from(runs)
        .where(ne(runs.phase, 'ended'))
        .orderBy(asc(runs.openedAt), asc(runs.id));
      return rows.map(({ id }) => id);
    },

    async expire(before, limit) {
      if (!leader.leads()) return 0;
      const gone = await expireRuns(database, before, limit);
      for (const id of gone) cache.forget(id);
      return gone.length;
    },

    subscribe: (listener) => announcer.subscribe(listener),
    outbox: sqlOutbox(database, leader),
    workers: sqlWorkers(database),

    async close() {
      await announcer.close();
      await leader.close();
      await database.close();
    },
  };
};

interface Decided<T> {
  readonly result: T;
  readonly run: Run;
  readonly appended: boolean;
}

const unknownRun = (id: string) =>
  new FaultError(fault('run_unknown', `Run ${id} is not in the ledger.`, 'List the runs to find it.'));

/** Rolls a transaction back because another run holds a target. */
class Held extends Error {
  constructor(
    readonly target: string,
    readonly heldBy: string,
  ) {
    super(`${target} is held by ${heldBy}`);
  }
}

const isDeadlock = (error: unknown): boolean => {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return (
    cause !== null && typeof cause === 'object' && 'code' in cause && (cause.code === '40P01' || cause.code === '40001')
  );
};
