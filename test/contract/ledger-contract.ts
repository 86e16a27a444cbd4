import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FaultError } from '../../src/core/fault.js';
import type { Run } from '../../src/core/run.js';
import type { Ledger } from '../../src/engine/ports.js';
import { type Compiled, compile, startChild } from '../rig/servers/index.js';
import { ended, halted, observed, opened, started } from './ledger-samples.js';

/** An empty database of a test; `open` may be called again after `ledger.close()`. */
export interface LedgerPlace {
  /** What `openEngines` needs to come to the same database from another process. */
  readonly settings: { readonly dataDir: string; readonly databaseUrl?: string };
  open(): Promise<OpenedLedger>;
  remove(): Promise<void>;
}

export interface OpenedLedger {
  readonly ledger: Ledger;
  sql(text: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

/** What every ledger must do, on whatever database. `missing` says why this one cannot be tried here. */
export const ledgerContract = (name: string, missing: string | undefined, make: () => Promise<LedgerPlace>): void => {
  const title = missing === undefined ? name : `${name} (skipped: ${missing})`;
  describe.skipIf(missing !== undefined)(`ledger on ${title}`, () => {
    let place: LedgerPlace;
    let ledger: Ledger;
    let sql: OpenedLedger['sql'];
    beforeEach(async () => {
      place = await make();
      ({ ledger, sql } = await place.open());
    });
    afterEach(async () => {
      await ledger.close();
      await place.remove();
    });

    const newRun = async (key: string, targets = 2): Promise<string> => (await ledger.open(key, opened(targets))).runId;
    const append = (runId: string, reason: string) =>
      ledger.transact(runId, () => ({ events: [halted(reason)], result: undefined }));

    it('opens one run for one key, however often and at once it is asked', async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => ledger.open('delivery-1', opened())));
      expect(new Set(answers.map(({ runId }) => runId)).size).toBe(1);
      expect(answers.filter(({ fresh }) => fresh)).toHaveLength(1);
      expect(await ledger.opened('delivery-1')).toBe(answers[0]?.runId);
      expect(await ledger.opened('delivery-2')).toBeUndefined();
      expect(await ledger.runs(10)).toHaveLength(1);
    });

    it('gives runs short names that sort by age', async () => {
      const first = await newRun('a');
      await new Promise((resolve) => setTimeout(resolve, 5));
      const second = await newRun('b');
      expect(first).toMatch(/^r[0-9a-z]{16}$/);
      expect([second, first].sort()).toEqual([first, second]);
    });

    it('lets decisions on one run happen one after the other, each seeing those before', async () => {
      const id = await newRun('a');
      const seen = await Promise.all(
        Array.from({ length: 20 }, () =>
          ledger.transact(id, (run) => ({ events: [halted(`saw ${run.version}`)], result: run.version })),
        ),
      );
      const versions = seen.map((done) => (done.ok ? done.result : 0)).sort((a, b) => a - b);
      expect(versions).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
      expect((await ledger.run(id))?.version).toBe(21);
    });

    it('lets exactly one of many simultaneous decisions win, and the others read who won', async () => {
      const id = await newRun('a');
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          ledger.transact(id, (run) =>
            run.halted ? { events: [], result: run.halted.reason } : { events: [halted(`by ${i}`)], result: `by ${i}` },
          ),
        ),
      );
      expect(new Set(results.map((done) => (done.ok ? done.result : ''))).size).toBe(1);
      expect((await ledger.run(id))?.version).toBe(2);
    });

    it('appends nothing when the decision throws', async () => {
      const id = await newRun('a');
      const broken = ledger.transact(id, () => {
        throw new Error('no');
      });
      await expect(broken).rejects.toThrow('no');
      expect((await ledger.run(id))?.version).toBe(1);
      expect((await append(id, 'after')).ok).toBe(true);
    });

    it('does not append when another unfinished run holds a target, and does once that run has ended', async () => {
      const holder = await newRun('a');
      const other = await newRun('b');
      const take = (id: string, targets: readonly string[]) =>
        ledger.transact(id, () => ({ events: [halted('claims')], claim: targets, result: undefined }));
      expect((await take(holder, ['web-1', 'web-2'])).ok).toBe(true);
      expect((await take(holder, ['web-2'])).ok).toBe(true);
      expect(await take(other, ['web-3', 'web-2'])).toEqual({ ok: false, target: 'web-2', heldBy: holder });
      expect((await ledger.run(other))?.version).toBe(1);
      await ledger.transact(holder, () => ({ events: [ended()], result: undefined }));
      expect((await take(other, ['web-3', 'web-2'])).ok).toBe(true);
    });

    it('gives overlapping targets to one of two runs that claim them at once, in any order', async () => {
      const [a, b] = [await newRun('a'), await newRun('b')];
      for (let round = 0; round < 10; round += 1) {
        const targets = [`x${round}`, `y${round}`];
        const claim = (id: string, claims: readonly string[]) =>
          ledger.transact(id, () => ({ events: [halted(`round ${round}`)], claim: claims, result: undefined }));
        const results = await Promise.all([claim(a, targets), claim(b, [...targets].reverse())]);
        expect(results.filter(({ ok }) => ok)).toHaveLength(1);
      }
    });

    it('refuses to rewrite events, for the owner of the tables too', async () => {
      await newRun('a');
      for (const text of [
        `UPDATE runbolt.events SET kind = 'x'`,
        'DELETE FROM runbolt.events',
        'TRUNCATE runbolt.events CASCADE',
      ]) {
        await expect(sql(text)).rejects.toThrow(/append-only/);
      }
      await expect(sql('DELETE FROM runbolt.runs')).rejects.toThrow();
    });

    it('writes exactly one outcome for each target, once', async () => {
      const id = await newRun('a', 50);
      const end = (targets: number) => ledger.transact(id, () => ({ events: [ended(targets)], result: undefined }));
      await expect(end(49)).rejects.toThrow(/each of its targets/);
      expect((await end(50)).ok).toBe(true);
      const rows = await sql(`SELECT outcome, count(*)::int AS hosts FROM runbolt.outcomes GROUP BY outcome`);
      expect(rows).toEqual([{ outcome: 'ok', hosts: 50 }]);
      await expect(sql(`INSERT INTO runbolt.outcomes VALUES ('${id}', 'web-1', 'failed')`)).rejects.toThrow();
    });

    it('lists runs newest first with their outcomes, and unfinished ones oldest first', async () => {
      const ids: string[] = [];
      for (let i = 0; i < 3; i += 1) {
        ids.push((await ledger.open(`key-${i}`, { ...opened(), at: 1_000 + i })).runId);
      }
      const [first = '', second = '', third = ''] = ids;
      await ledger.transact(second, () => ({ events: [ended(2, 'unreachable')], result: undefined }));
      const list = await ledger.runs(2);
      expect(list.map(({ id }) => id)).toEqual([third, second]);
      expect(list[1]).toMatchObject({
        at: 1_001,
        command: 'tcp verify web-*',
        actor: 'ana',
        phase: 'ended',
        outcomes: { unreachable: 2 },
      });
      expect(await ledger.unfinished()).toEqual([first, third]);
    });

    it('keeps 50 observations in one event, and reads the same run from the database as it told the decider', async () => {
      const id = await newRun('a', 50);
      const done = await ledger.transact(id, () => ({ events: [started(1), observed(50)], result: undefined }));
      const told: Run | undefined = done.ok ? done.run : undefined;
      expect(await sql('SELECT version, kind FROM runbolt.events ORDER BY version')).toEqual([
        { version: 1, kind: 'opened' },
        { version: 2, kind: 'started' },
        { version: 3, kind: 'observed' },
      ]);
      await ledger.close();
      ({ ledger, sql } = await place.open());
      expect(await ledger.run(id)).toEqual(told);
      expect(told?.observations.size).toBe(50);
    });

    it('keeps what a database refuses in text: NUL and halves of characters become U+FFFD', async () => {
      const id = await newRun('a');
      const done = await append(id, 'a\0b\ud800c \\u0000 😀');
      expect(done.ok && done.run.halted?.reason).toBe('a\uFFFDb\uFFFDc \\u0000 😀');
      expect((await ledger.run(id))?.halted?.reason).toBe('a\uFFFDb\uFFFDc \\u0000 😀');
    });

    it('says that an unknown run is unknown', async () => {
      expect(await ledger.run('r0')).toBeUndefined();
      const attempt = append('r0', 'x').catch((error: unknown) => error);
      expect(await attempt).toBeInstanceOf(FaultError);
      expect(await attempt).toMatchObject({ fault: { code: 'run_unknown' } });
    });

    it('tells subscribers of each append until they unsubscribe, also when one of them throws', async () => {
      const heard: string[] = [];
      ledger.subscribe(() => {
        throw new Error('a broken listener');
      });
      const stop = ledger.subscribe((runId) => heard.push(runId));
      const id = await newRun('a');
      await append(id, 'x');
      expect(heard).toEqual([id, id]);
      stop();
      await append(id, 'y');
      expect(heard).toEqual([id, id]);
    });
  });

  describe.skipIf(missing !== undefined)(`a killed writer to the ledger on ${title}`, () => {
    let sources: Compiled | undefined;
    beforeAll(async () => {
      sources = await compile('adapters/engines.ts');
    });
    afterAll(() => sources?.remove());

    it('loses no event that it was told is written', async () => {
      const place = await make();
      for (let round = 0; round < 3; round += 1) {
        const settings = JSON.stringify({ ...place.settings, courier: 'memory' });
        const child = startChild(`${import.meta.dirname}/ledger-child.mjs`, [sources?.dir ?? '', 'write', settings]);
        await child.line(/^acked .* 4$/);
        await new Promise((resolve) => setTimeout(resolve, 40 * round));
        await child.kill();
        const acked = child.lines.map((line) => line.split(' ')).filter(([word]) => word === 'acked');
        const { ledger } = await place.open();
        for (const [, runId = '', version] of acked) {
          expect((await ledger.run(runId))?.version).toBeGreaterThanOrEqual(Number(version));
        }
        for (const summary of await ledger.runs(1_000)) expect((await ledger.run(summary.id))?.opened).toBeDefined();
        await ledger.close();
      }
      await place.remove();
    });
  });
};
