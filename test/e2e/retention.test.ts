import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keepRetention } from '../../src/composition/retention.js';
import { readConfig } from '../../src/core/config.js';
import type { Ledger } from '../../src/engine/ports.js';
import type { LedgerPlace, OpenedLedger } from '../contract/ledger-contract.js';
import { pglitePlace, postgresPlace } from '../contract/ledger-places.js';
import { ended, logger, opened } from '../contract/ledger-samples.js';
import { noPostgres, type RealPostgres, startPostgres } from '../rig/servers/index.js';

const DAY = 86_400_000;
const NOW = Date.now();
const CHANNEL = { channel: 'C1' };

let server: RealPostgres;
beforeAll(async () => {
  if (noPostgres === undefined) server = await startPostgres();
});
afterAll(async () => {
  if (noPostgres === undefined) await server.stop();
});

const engines: readonly (readonly [string, string | undefined, () => Promise<LedgerPlace>])[] = [
  ['PGlite', undefined, pglitePlace],
  ['PostgreSQL', noPostgres, postgresPlace(() => server)],
];

describe.each(engines)('retention on %s', (_, missing, make) => {
  const title = missing === undefined ? '' : ` (skipped: ${missing})`;
  let place: LedgerPlace;
  let ledger: Ledger;
  let sql: OpenedLedger['sql'];
  const leading = new AbortController();

  beforeEach(async () => {
    if (missing !== undefined) return;
    place = await make();
    ({ ledger, sql } = await place.open());
  });
  afterEach(async () => {
    if (missing !== undefined) return;
    await ledger.close();
    await place.remove();
  });

  /** Lets this process lead, as the bot's door does. */
  const lead = (): Promise<void> =>
    new Promise((resolve) => {
      void ledger.outbox.lead(async (signal) => {
        resolve();
        await new Promise((end) => signal.addEventListener('abort', end, { once: true }));
      }, leading.signal);
    });

  interface Kind {
    readonly key?: string;
    readonly door?: 'cli' | 'slack' | 'schedule';
    readonly days: number;
    readonly endedDays?: number;
    readonly ends?: boolean;
    readonly delivered?: boolean;
    readonly parent?: string;
  }
  let count = 0;
  const run = async (kind: Kind): Promise<string> => {
    const { door = 'slack', days, endedDays = days, ends = true, delivered = true, parent } = kind;
    count += 1;
    const base = { ...opened(2, door === 'cli' ? 'cli' : 'slack'), at: NOW - days * DAY, ...(parent && { parent }) };
    const dueAt = base.at;
    const origin = { door: 'schedule' as const, schedule: 'nightly', channel: 'C1', post: 'new' as const, dueAt };
    const { runId } = await ledger.open(kind.key ?? `key-${count}`, door === 'schedule' ? { ...base, origin } : base);
    if (ends) await ledger.transact(runId, () => ({ events: [{ ...ended(), at: NOW - endedDays * DAY }], result: 0 }));
    if (door === 'cli') return runId;
    const version = (await ledger.run(runId))?.version ?? 0;
    await ledger.outbox.put(runId, version, CHANNEL, [{ key: 'summary', order: 0, body: { text: runId } }]);
    if (delivered) await ledger.outbox.delivered(runId, 'summary', 1, `${NOW / 1000}.${count}`);
    return runId;
  };
  const left = async () => (await ledger.runs(100)).map(({ id }) => id).sort();

  it.skipIf(missing)(`deletes ended runs that are old enough, all of each, and no other${title}`, async () => {
    await lead();
    await run({ days: 500 });
    await run({ days: 450, door: 'cli' });
    const kept = [
      await run({ days: 450, endedDays: 300 }),
      await run({ days: 10 }),
      await run({ days: 600, ends: false }),
      await run({ days: 550, delivered: false }),
    ];
    const taken = await run({ days: 480 });
    kept.push(taken, await run({ days: 1, ends: false, parent: taken }));
    expect(await ledger.expire(NOW - 400 * DAY, 20)).toBe(2);
    expect(await left()).toEqual([...kept].sort());
    for (const [table, column] of [
      ['runs', 'id'],
      ['events', 'run_id'],
      ['outcomes', 'run_id'],
      ['threads', 'run_id'],
      ['messages', 'run_id'],
    ]) {
      const rows = await sql(`SELECT DISTINCT ${column} AS run FROM runbolt.${table}`);
      expect(kept).toEqual(expect.arrayContaining(rows.map(({ run: id }) => id)));
    }
    expect(await ledger.expire(NOW - 400 * DAY, 20)).toBe(0);
  });

  it.skipIf(missing)(`forgets a deleted run at once, and opens a new one by its key${title}`, async () => {
    await lead();
    const old = await run({ days: 500, key: 'again' });
    expect(await ledger.run(old)).toBeDefined();
    expect(await ledger.expire(NOW - 400 * DAY, 20)).toBe(1);
    expect(await ledger.run(old)).toBeUndefined();
    expect(await ledger.open('again', opened())).toMatchObject({ fresh: true });
  });

  it.skipIf(missing)(`keeps of a schedule the audit that the next is compared with${title}`, async () => {
    await lead();
    const key = (days: number) => `schedule:nightly:${new Date(NOW - days * DAY).toISOString()}`;
    await run({ days: 700, door: 'schedule', key: key(700) });
    const last = await run({ days: 600, door: 'schedule', key: key(600) });
    expect(await ledger.expire(NOW - 400 * DAY, 20)).toBe(1);
    expect(await left()).toEqual([last]);
    const going = await run({ days: 0, door: 'schedule', key: key(0), ends: false });
    expect(await ledger.expire(NOW - 400 * DAY, 20)).toBe(0);
    await ledger.transact(going, () => ({ events: [ended()], result: 0 }));
    expect(await ledger.expire(NOW - 400 * DAY, 20)).toBe(0);
    const version = (await ledger.run(going))?.version ?? 0;
    await ledger.outbox.put(going, version, CHANNEL, []);
    expect(await ledger.expire(NOW - 400 * DAY, 20)).toBe(1);
    expect(await left()).toEqual([going]);
  });

  it.skipIf(missing)(`lets nobody else delete, not even one event${title}`, async () => {
    const old = await run({ days: 500 });
    const going = await run({ days: 500, ends: false });
    await expect(sql(`DELETE FROM runbolt.events WHERE run_id = '${old}'`)).rejects.toThrow('append-only');
    const both = `SET runbolt.expired_before = '${NOW}'; DELETE FROM runbolt.events WHERE run_id = '${going}'`;
    await expect(sql(both)).rejects.toThrow('append-only');
    await sql(`RESET runbolt.expired_before`);
    const recent = await run({ days: 1 });
    const early = `SET runbolt.expired_before = '${NOW - 400 * DAY}'; DELETE FROM runbolt.events WHERE run_id = '${recent}'`;
    await expect(sql(early)).rejects.toThrow('append-only');
  });

  it.skipIf(missing)(`goes on by the batch until nothing is left, then waits an hour${title}`, async () => {
    await lead();
    for (let n = 0; n < 45; n += 1) await run({ days: 500, door: 'cli' });
    const recent = await run({ days: 5 });
    const ending = new AbortController();
    const waits: number[] = [];
    await keepRetention(
      {
        ledger,
        keepMs: 400 * DAY,
        logger,
        clock: {
          now: () => NOW,
          sleep: async (ms) => {
            waits.push(ms);
            if (ms === 3_600_000) ending.abort();
          },
        },
      },
      ending.signal,
    );
    expect(waits).toEqual([60_000, 200, 200, 200, 3_600_000]);
    expect(await left()).toEqual([recent]);
  });
});

describe.skipIf(noPostgres)(`retention of several processes${noPostgres ? ` (skipped: ${noPostgres})` : ''}`, () => {
  it('is done by the one that leads', async () => {
    const place = await postgresPlace(() => server)();
    const [first, second] = [await place.open(), await place.open()];
    const ending = new AbortController();
    try {
      const { runId } = await first.ledger.open('a', { ...opened(2, 'cli'), at: NOW - 500 * DAY });
      const end = { ...ended(), at: NOW - 500 * DAY };
      await first.ledger.transact(runId, () => ({ events: [end], result: 0 }));
      await new Promise<void>((resolve) => {
        void first.ledger.outbox.lead(async (signal) => {
          resolve();
          await new Promise((over) => signal.addEventListener('abort', over, { once: true }));
        }, ending.signal);
      });
      expect(await second.ledger.expire(NOW - 400 * DAY, 20)).toBe(0);
      expect(await first.ledger.expire(NOW - 400 * DAY, 20)).toBe(1);
    } finally {
      ending.abort();
      await first.ledger.close();
      await second.ledger.close();
    }
  });
});

describe('retention in runbolt.yaml', () => {
  it('is a number of days, no fewer than a change can be taken back; for ever when absent', () => {
    const read = (text: string) => readConfig('runbolt.yaml', text, 'ops');
    expect(read('retention: 400d')).toMatchObject({ ok: true, value: { retentionMs: 400 * DAY } });
    const none = read('{}');
    expect(none.ok && none.value.retentionMs).toBeUndefined();
    expect(read('retention: 7d')).toMatchObject({ fault: { next: expect.stringContaining('at least 30d') } });
    expect(read('retention: 1y')).toMatchObject({ fault: { next: expect.stringContaining('days such as 400d') } });
  });
});
