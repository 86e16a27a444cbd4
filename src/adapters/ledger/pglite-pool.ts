import { EventEmitter } from 'node:events';
import { setImmediate as yieldToEvents } from 'node:timers/promises';
import type { PGlite } from '@electric-sql/pglite';
import { type Mutex, mutex } from './mutex.js';

export interface PoolNotification {
  readonly channel: string;
  readonly payload: string;
}

interface PoolResult<R> {
  rows: R[];
  rowCount: number | null;
}

const leading = (text: string): string => text.replace(/^(?:\s|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)+/, '');
const isData = (text: string): boolean => /^(?:select|with|insert|update|delete|values|show)\b/i.test(text);
const channelOf = (text: string): string | undefined => /^listen\s+"?(\w+)"?\s*;?\s*$/i.exec(text)?.[1];

/**
 * The one session of a PGlite in the shape of a `pg.Pool`, so that drizzle and BullMQ share it. One lock is held for each
 * statement, and from BEGIN to COMMIT or ROLLBACK of a client: nobody else's statement lands in an open transaction. Each
 * statement first yields to the event loop, which PGlite (WebAssembly on this thread) would otherwise starve.
 * `search_path` belongs to the session, so to everyone: set it once, and name other schemas in full.
 */
export class PglitePool extends EventEmitter {
  /** Read by BullMQ: there is no socket that could drop unseen, so it may wait long for a notification. */
  readonly options = { keepAlive: true };
  private readonly turn: Mutex = mutex();
  private ended = false;

  constructor(readonly db: PGlite) {
    super();
  }

  async query<R>(text: string, params: readonly unknown[] = []): Promise<PoolResult<R>> {
    return this.exclusive(() => this.run<R>(text, params));
  }

  connect(): Promise<PgliteClient> {
    return this.ended ? Promise.reject(new Error('The embedded database is closed.')) : Promise.resolve(this.client());
  }

  /** A client of the session: cheap, not limited in number. */
  client(): PgliteClient {
    return new PgliteClient(this, this.turn);
  }

  /** Lets go of the pool; the PGlite itself is closed by its owner. */
  async end(): Promise<void> {
    this.ended = true;
  }

  async exclusive<T>(work: () => Promise<T>): Promise<T> {
    const leave = await this.turn.lock();
    try {
      return await work();
    } finally {
      leave();
    }
  }

  /** One statement with parameters, or a script without. The caller holds the turn. */
  async run<R>(text: string, params: readonly unknown[]): Promise<PoolResult<R>> {
    await yieldToEvents();
    if (!isData(leading(text))) {
      await this.db.exec(text);
      return { rows: [], rowCount: null };
    }
    const result = await this.db.query<R>(text, [...params]);
    return { rows: result.rows, rowCount: result.affectedRows ?? null };
  }

  async tuples(text: string, params: readonly unknown[]): Promise<unknown[][]> {
    await yieldToEvents();
    return (await this.db.query<unknown[]>(text, [...params], { rowMode: 'array' })).rows;
  }
}

/** A checked-out client. It holds the pool's turn only while a transaction is open. */
export class PgliteClient extends EventEmitter {
  private leave: (() => void) | undefined;
  private readonly unlisten: (() => Promise<void>)[] = [];

  constructor(
    private readonly pool: PglitePool,
    private readonly turn: Mutex,
  ) {
    super();
  }

  async query<R>(text: string, params: readonly unknown[] = []): Promise<PoolResult<R>> {
    const statement = leading(text);
    const channel = channelOf(statement);
    if (channel !== undefined) return this.listen(channel);
    if (/^begin\b/i.test(statement)) return this.begin(text);
    if (/^(?:commit|rollback)\s*;?\s*$/i.test(statement)) return this.finish(text);
    return this.leave ? this.pool.run<R>(text, params) : this.pool.query<R>(text, params);
  }

  tuples(text: string, params: readonly unknown[]): Promise<unknown[][]> {
    const run = () => this.pool.tuples(text, params);
    return this.leave ? run() : this.pool.exclusive(run);
  }

  /** Ends what the client still holds: an open transaction is rolled back, subscriptions are dropped. */
  release(_destroy?: boolean): void {
    if (this.leave) void this.finish('ROLLBACK').catch((error: unknown) => this.pool.emit('error', error));
    const unlisten = this.unlisten.splice(0);
    if (unlisten.length === 0) return;
    void this.pool
      .exclusive(async () => {
        if (!this.pool.db.closed) for (const stop of unlisten) await stop();
      })
      .catch((error: unknown) => this.pool.emit('error', error));
  }

  private async begin<R>(text: string): Promise<PoolResult<R>> {
    const leave = this.leave ?? (await this.turn.lock());
    try {
      const result = await this.pool.run<R>(text, []);
      this.leave = leave;
      return result;
    } catch (error) {
      leave();
      throw error;
    }
  }

  private async finish<R>(text: string): Promise<PoolResult<R>> {
    const leave = this.leave;
    if (!leave) return { rows: [], rowCount: null };
    try {
      return await this.pool.run<R>(text, []);
    } finally {
      this.leave = undefined;
      leave();
    }
  }

  private async listen<R>(channel: string): Promise<PoolResult<R>> {
    const stop = await this.pool.exclusive(() =>
      this.pool.db.listen(channel, (payload) => {
        this.emit('notification', { channel, payload } satisfies PoolNotification);
      }),
    );
    this.unlisten.push(stop);
    return { rows: [], rowCount: null };
  }
}
