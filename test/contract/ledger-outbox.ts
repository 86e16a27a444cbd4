import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Ledger, Outbox } from '../../src/engine/ports.js';
import type { LedgerPlace } from './ledger-contract.js';
import { halted, opened } from './ledger-samples.js';

/** Makes this process the one that delivers; resolves with what ends that. */
export const led = async (outbox: Outbox): Promise<() => Promise<void>> => {
  const end = new AbortController();
  let started: () => void = () => undefined;
  const leads = new Promise<void>((resolve) => {
    started = resolve;
  });
  const done = outbox.lead(async (signal) => {
    started();
    if (!signal.aborted) await once(signal, 'abort');
  }, end.signal);
  await leads;
  return () => {
    end.abort();
    return done;
  };
};

/** What every outbox must do. The order of a thread, and doubt after a crash, are its promises. */
export const outboxContract = (name: string, missing: string | undefined, make: () => Promise<LedgerPlace>): void => {
  const title = missing === undefined ? name : `${name} (skipped: ${missing})`;
  describe.skipIf(missing !== undefined)(`outbox on ${title}`, () => {
    let place: LedgerPlace;
    let ledger: Ledger;
    let outbox: Outbox;
    let run: string;
    let resign: () => Promise<void>;
    beforeEach(async () => {
      place = await make();
      ({ ledger } = await place.open());
      outbox = ledger.outbox;
      run = (await ledger.open('a', opened())).runId;
      resign = await led(outbox);
    });
    afterEach(async () => {
      await resign();
      await ledger.close();
      await place.remove();
    });

    const here = { channel: 'C1' };
    const message = (key: string, order: number, text: string) => ({
      key,
      order,
      body: { text, list: [1, { a: null }] },
    });
    const keys = async (now = 0): Promise<readonly string[]> => (await outbox.due(now, 50)).map(({ key }) => key);
    const post = async (key: string, ts: string): Promise<void> => {
      const due = (await outbox.due(0, 50)).find((item) => item.key === key);
      await outbox.posting(run, key, 0);
      await outbox.delivered(run, key, due?.revision ?? 0, ts);
    };

    it('counts a run as stale until a put covers its version, and never one of the CLI', async () => {
      await ledger.open('cli', opened(1, 'cli'));
      expect(await outbox.stale()).toEqual([run]);
      await outbox.put(run, 1, here, [message('summary', 0, 'one')]);
      expect(await outbox.stale()).toEqual([]);
      await ledger.transact(run, () => ({ events: [halted('x')], result: undefined }));
      expect(await outbox.stale()).toEqual([run]);
      await outbox.put(run, 2, here, []);
      expect(await outbox.stale()).toEqual([]);
    });

    it('hands out new messages of a run one at a time, in their order, and opens the thread with the lowest', async () => {
      await outbox.put(run, 1, here, [message('c', 2, '3'), message('a', 0, '1'), message('b', 1, '2')]);
      const [first, ...none] = await outbox.due(0, 50);
      expect(none).toEqual([]);
      expect(first).toEqual({
        ...{ runId: run, key: 'a', channel: 'C1', body: { text: '1', list: [1, { a: null }] } },
        ...{ revision: 1, inDoubt: false, attempts: 0 },
      });
      expect(await outbox.threadOf(run)).toBeUndefined();
      await post('a', '100.1');
      expect(await outbox.threadOf(run)).toEqual({ channel: 'C1', ts: '100.1' });
      expect(await outbox.due(0, 50)).toMatchObject([{ key: 'b', thread: '100.1' }]);
      await post('b', '100.2');
      expect(await outbox.due(0, 50)).toMatchObject([{ key: 'c', thread: '100.1' }]);
      await post('c', '100.3');
      expect(await keys()).toEqual([]);
    });

    it('posts into the given thread when there is one', async () => {
      await outbox.put(run, 1, { channel: 'C2', thread: '7.7' }, [message('a', 0, '1')]);
      expect(await outbox.due(0, 50)).toMatchObject([{ channel: 'C2', thread: '7.7' }]);
      expect(await outbox.threadOf(run)).toEqual({ channel: 'C2', ts: '7.7' });
      await post('a', '8.8');
      expect(await outbox.threadOf(run)).toEqual({ channel: 'C2', ts: '7.7' });
    });

    it('keeps only the newest body, counts its revisions, and is not due when the delivered one is put again', async () => {
      await outbox.put(run, 1, here, [message('a', 0, 'one')]);
      await outbox.put(run, 1, here, [message('a', 0, 'two')]);
      expect(await outbox.due(0, 50)).toMatchObject([{ revision: 2, body: { text: 'two' } }]);
      await post('a', '1.1');
      await outbox.put(run, 1, here, [message('a', 0, 'two')]);
      expect(await keys()).toEqual([]);
      await outbox.put(run, 1, here, [message('a', 0, 'three')]);
      const [update] = await outbox.due(0, 50);
      expect(update).toMatchObject({ revision: 3, ts: '1.1', body: { text: 'three' }, inDoubt: false });
      expect(update).not.toHaveProperty('thread');
    });

    it('stays due when the body changed while an older one was on its way', async () => {
      await outbox.put(run, 1, here, [message('a', 0, 'one')]);
      await outbox.posting(run, 'a', 0);
      await outbox.put(run, 1, here, [message('a', 0, 'two')]);
      await outbox.delivered(run, 'a', 1, '1.1');
      expect(await outbox.due(0, 50)).toMatchObject([
        { revision: 2, ts: '1.1', body: { text: 'two' }, inDoubt: false },
      ]);
    });

    it('ignores a put of an older version than the newest one', async () => {
      await ledger.transact(run, () => ({ events: [halted('x')], result: undefined }));
      await outbox.put(run, 2, here, [message('a', 0, 'new')]);
      await outbox.put(run, 1, here, [message('a', 0, 'old'), message('b', 1, 'old')]);
      expect(await outbox.due(0, 50)).toMatchObject([{ key: 'a', body: { text: 'new' } }]);
      expect(await outbox.stale()).toEqual([]);
    });

    it('holds a message in doubt from posting on, also after a restart, until it surely was or was not delivered', async () => {
      await outbox.put(run, 1, here, [message('a', 0, 'one')]);
      await outbox.posting(run, 'a', 0);
      await ledger.close();
      ({ ledger } = await place.open());
      outbox = ledger.outbox;
      expect(await outbox.due(0, 50)).toMatchObject([{ key: 'a', inDoubt: true }]);
      await outbox.failed(run, 'a', 0, false);
      expect(await outbox.due(0, 50)).toMatchObject([{ inDoubt: true, attempts: 1 }]);
      await outbox.failed(run, 'a', 0, true);
      expect(await outbox.due(0, 50)).toMatchObject([{ inDoubt: false, attempts: 2 }]);
    });

    it('waits until the time of the next attempt, and what comes behind it in the thread waits too', async () => {
      await outbox.put(run, 1, here, [message('a', 0, 'one'), message('b', 1, 'two')]);
      await outbox.failed(run, 'a', 1_000, true);
      expect(await keys(999)).toEqual([]);
      expect(await keys(1_000)).toEqual(['a']);
    });

    it('does not hand out a message that is being posted before that call has ended', async () => {
      await outbox.put(run, 1, here, [message('a', 0, 'one'), message('b', 1, 'two')]);
      await outbox.posting(run, 'a', 1_000);
      expect(await keys(999)).toEqual([]);
      expect(await outbox.due(1_000, 50)).toMatchObject([{ key: 'a', inDoubt: true }]);
      await outbox.delivered(run, 'a', 1, '1.1');
      expect(await keys(0)).toEqual(['b']);
    });

    it('tells when the next message becomes due, also after a restart', async () => {
      const other = (await ledger.open('b', opened())).runId;
      expect(await outbox.nextDue(0)).toBeUndefined();
      await outbox.put(run, 1, here, [message('a', 0, 'one')]);
      await outbox.put(other, 1, here, [message('x', 0, 'x')]);
      expect(await outbox.nextDue(0)).toBeUndefined();
      await outbox.failed(run, 'a', 2_000, true);
      await outbox.failed(other, 'x', 1_000, true);
      await ledger.close();
      ({ ledger } = await place.open());
      outbox = ledger.outbox;
      expect([await outbox.nextDue(0), await outbox.nextDue(1_000)]).toEqual([1_000, 2_000]);
      expect(await outbox.nextDue(2_000)).toBeUndefined();
      await outbox.abandon(other, 'slack_channel');
      expect(await outbox.nextDue(0)).toBe(2_000);
      await outbox.delivered(run, 'a', 1, '1.1');
      expect(await outbox.nextDue(0)).toBeUndefined();
    });

    it('hands out updates of posted messages beside the next new one, oldest first, and no more than asked for', async () => {
      await outbox.put(run, 1, here, [message('a', 0, 'one'), message('b', 1, 'two')]);
      await post('a', '1.1');
      const other = (await ledger.open('b', opened())).runId;
      await outbox.put(other, 1, here, [message('x', 0, 'x')]);
      await outbox.put(run, 1, here, [message('a', 0, 'one again')]);
      expect(await keys()).toEqual(['b', 'x', 'a']);
      expect((await outbox.due(0, 2)).map(({ key }) => key)).toEqual(['b', 'x']);
    });

    it('has nothing due for a thread that was given up', async () => {
      await outbox.put(run, 1, here, [message('a', 0, 'one')]);
      expect(await outbox.abandoned(run)).toBe(false);
      await outbox.abandon(run, 'slack_channel');
      expect(await outbox.abandoned(run)).toBe(true);
      await ledger.transact(run, () => ({ events: [halted('x')], result: undefined }));
      expect(await keys()).toEqual([]);
      expect(await outbox.stale()).toEqual([]);
    });

    it('finds the runs of a thread, newest first', async () => {
      await outbox.put(run, 1, here, [message('a', 0, 'one')]);
      await post('a', '1.1');
      const child = (await ledger.open('b', { ...opened(), at: Date.now() + 10, parent: run })).runId;
      await outbox.put(child, 1, { channel: 'C1', thread: '1.1' }, [message('a', 0, 'one')]);
      expect(await outbox.runsOfThread('C1', '1.1')).toEqual([child, run]);
      expect(await outbox.runsOfThread('C1', '1.2')).toEqual([]);
      expect(await outbox.runsOfThread('C2', '1.1')).toEqual([]);
    });
  });
};
