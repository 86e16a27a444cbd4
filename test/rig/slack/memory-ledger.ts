import type { FaultCode } from '../../../src/core/fault.js';
import type { Run, RunEvent } from '../../../src/core/run.js';
import { openRun } from '../../../src/core/run.js';
import type { Due, Ledger, Message, Outbox } from '../../../src/engine/ports.js';

interface Row {
  readonly message: Message;
  readonly revision: number;
  readonly delivered: number;
  readonly ts?: string;
  readonly posting: boolean;
  readonly attempts: number;
  readonly retryAt: number;
}

interface Thread {
  readonly channel: string;
  readonly thread?: string;
  readonly rows: Map<string, Row>;
  covered: number;
  abandoned?: FaultCode;
}

/** A ledger and outbox in memory, for tests of the Slack door alone. The real one has a contract suite of its own. */
export class MemoryLedger implements Pick<Ledger, 'run' | 'subscribe'> {
  readonly runs = new Map<string, Run>();
  readonly versions = new Map<string, number>();
  readonly threads = new Map<string, Thread>();
  readonly #listeners = new Set<(runId: string) => void>();

  open(id: string, opened: Extract<RunEvent, { kind: 'opened' }>): void {
    this.runs.set(id, openRun(id, opened));
    this.versions.set(id, 1);
  }

  changed(id: string, version: number): void {
    this.versions.set(id, version);
    for (const listener of this.#listeners) listener(id);
  }

  async run(id: string): Promise<Run | undefined> {
    return this.runs.get(id);
  }

  subscribe(listener: (runId: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  row(runId: string, key: string): Row | undefined {
    return this.threads.get(runId)?.rows.get(key);
  }

  /** True when every message of every thread that was not given up is as it must be. */
  get settled(): boolean {
    return [...this.versions].every(([id, version]) => {
      const thread = this.threads.get(id);
      if (!thread || thread.covered < version) return false;
      return thread.abandoned !== undefined || [...thread.rows.values()].every((r) => r.delivered === r.revision);
    });
  }

  #set(runId: string, key: string, change: Partial<Row>): void {
    const row = this.row(runId, key);
    if (row) this.threads.get(runId)?.rows.set(key, { ...row, ...change });
  }

  readonly outbox: Outbox = {
    lead: (deliver, signal) => deliver(signal),
    stale: async () =>
      [...this.versions].filter(([id, v]) => (this.threads.get(id)?.covered ?? 0) < v).map(([id]) => id),
    put: async (runId, version, place, messages) => {
      const thread = this.threads.get(runId) ?? { ...place, rows: new Map<string, Row>(), covered: 0 };
      this.threads.set(runId, thread);
      if (version < thread.covered) return;
      thread.covered = version;
      for (const message of messages) {
        const known = thread.rows.get(message.key);
        if (known && JSON.stringify(known.message.body) === JSON.stringify(message.body)) continue;
        const fresh: Row = { message, revision: 1, delivered: 0, posting: false, attempts: 0, retryAt: 0 };
        thread.rows.set(message.key, known ? { ...known, message, revision: known.revision + 1 } : fresh);
      }
    },
    due: async (now, limit) => {
      const all: Due[] = [];
      for (const [runId, thread] of this.threads) {
        if (thread.abandoned) continue;
        const rows = [...thread.rows.values()].sort((a, b) => a.message.order - b.message.order);
        const next = rows.find((r) => r.ts === undefined);
        const first = rows[0];
        for (const row of rows) {
          if (row.delivered === row.revision || row.retryAt > now) continue;
          if (row.ts === undefined && row !== next) continue;
          const root = thread.thread ?? (row === first ? undefined : first?.ts);
          all.push({
            runId,
            key: row.message.key,
            channel: thread.channel,
            ...(root === undefined ? {} : { thread: root }),
            body: row.message.body,
            revision: row.revision,
            ...(row.ts === undefined ? {} : { ts: row.ts }),
            inDoubt: row.posting,
            attempts: row.attempts,
          });
        }
      }
      return all.slice(0, limit);
    },
    nextDue: async (now) => {
      const open = [...this.threads.values()]
        .filter((thread) => !thread.abandoned)
        .flatMap((thread) => [...thread.rows.values()])
        .filter((row) => row.delivered !== row.revision && row.retryAt > now);
      return open.length > 0 ? Math.min(...open.map((row) => row.retryAt)) : undefined;
    },
    posting: async (runId, key, settled) => this.#set(runId, key, { posting: true, retryAt: settled }),
    delivered: async (runId, key, revision, ts) =>
      this.#set(runId, key, { delivered: revision, ts, posting: false, attempts: 0, retryAt: 0 }),
    failed: async (runId, key, retryAt, surely) => {
      const row = this.row(runId, key);
      if (!row) return;
      this.#set(runId, key, { retryAt, attempts: row.attempts + 1, posting: surely ? false : row.posting });
    },
    abandon: async (runId, reason) => {
      const thread = this.threads.get(runId);
      if (thread) thread.abandoned = reason;
    },
    abandoned: async (runId) => this.threads.get(runId)?.abandoned !== undefined,
    runsOfThread: async (channel, ts) =>
      [...this.threads]
        .filter(([, t]) => t.channel === channel && (t.thread === ts || t.rows.get('summary')?.ts === ts))
        .map(([id]) => id)
        .reverse(),
    threadOf: async (runId) => {
      const thread = this.threads.get(runId);
      const ts = thread?.thread ?? thread?.rows.get('summary')?.ts;
      return thread && ts ? { channel: thread.channel, ts } : undefined;
    },
  };
}
