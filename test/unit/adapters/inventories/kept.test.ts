import { describe, expect, it } from 'vitest';
import { keep } from '../../../../src/adapters/inventories/kept.js';
import type { Source } from '../../../../src/adapters/inventories/source.js';
import { fault, type Result } from '../../../../src/core/fault.js';
import type { Listing } from '../../../../src/core/inventory.js';
import type { Clock } from '../../../../src/engine/ports.js';

const listing = (n: number): Result<Listing> => ({ ok: true, value: { found: [], notes: [`answer ${n}`] } });
const failed = (why: string): Result<Listing> => ({ ok: false, fault: fault('inventory_unread', why, '') });
const said = (result: Result<Listing>) => (result.ok ? result.value.notes[0] : result.fault.message);

/** A source that answers as told, and a clock that stands still. */
const rig = (answers: (() => Promise<Result<Listing>>)[]) => {
  let now = 1_000_000;
  let asked = 0;
  const waits: (() => void)[] = [];
  const clock: Clock = {
    now: () => now,
    sleep: (_, signal) =>
      new Promise((resolve, reject) => {
        waits.push(resolve);
        signal?.addEventListener('abort', () => reject(new Error('aborted')));
      }),
  };
  const source: Source = {
    name: 'ec2 eu-west-1',
    read: async () => {
      const answer = answers[asked++];
      if (!answer) throw new Error('asked too often');
      return answer();
    },
  };
  const kept = keep(source, clock);
  return {
    kept,
    asked: () => asked,
    /** All that is waited for by the clock is over. */
    late: () => {
      for (const end of waits.splice(0)) end();
    },
    pass: (ms: number) => {
      now += ms;
    },
    current: async () => said(await kept.current()),
  };
};
const gives = (n: number) => async () => listing(n);
const fails = (why: string) => async () => failed(why);

describe('a source whose answers are kept', () => {
  it('is asked once a minute', async () => {
    const { current, pass, asked } = rig([gives(1), gives(2)]);
    expect(await current()).toBe('answer 1');
    pass(60_000);
    expect(await current()).toBe('answer 1');
    pass(1);
    expect(await current()).toBe('answer 2');
    expect(asked()).toBe(2);
  });

  it('is asked once by all who ask at the same time', async () => {
    const { current, asked } = rig([gives(1)]);
    expect(await Promise.all([current(), current(), current()])).toEqual(['answer 1', 'answer 1', 'answer 1']);
    expect(asked()).toBe(1);
  });

  it('never answers with what is old when it cannot be asked, but keeps it for showing', async () => {
    const { current, pass, kept } = rig([gives(1), fails('no credentials')]);
    await current();
    pass(61_000);
    expect(await current()).toBe('no credentials');
    expect(kept.kept()).toMatchObject({
      answer: { at: 1_000_000, listing: { notes: ['answer 1'] } },
      failure: { at: 1_061_000, fault: { message: 'no credentials' } },
    });
  });

  it('does not go back to a young answer after a failure, and asks again after 5 s', async () => {
    const { kept, current, pass, asked } = rig([gives(1), fails('page 2 is missing'), gives(3)]);
    const stop = new AbortController();
    await current();
    pass(40_000);
    const told: string[] = [];
    const refreshing = kept.refresh(stop.signal, (name, { message }) => told.push(`${name}: ${message}`));
    await new Promise(setImmediate);
    expect(told).toEqual(['ec2 eu-west-1: page 2 is missing']);
    expect(await current()).toBe('page 2 is missing');
    expect(asked()).toBe(2);
    pass(5_000);
    expect(await current()).toBe('answer 3');
    stop.abort();
    await refreshing;
  });

  it('that never answers is given up after 60 s, whatever it was told, and then asked anew', async () => {
    const { current, pass, late, asked } = rig([() => new Promise(() => {}), gives(2)]);
    const first = current();
    await new Promise(setImmediate);
    late();
    expect(await first).toBe('The inventory ec2 eu-west-1 could not be read: it did not answer within 60 s.');
    pass(5_000);
    expect(await current()).toBe('answer 2');
    expect(asked()).toBe(2);
  });

  it('that never answers does not keep Runbolt from its end', async () => {
    const { current, kept } = rig([() => new Promise(() => {})]);
    const first = current();
    await new Promise(setImmediate);
    kept.close();
    expect(await first).toBe('The inventory ec2 eu-west-1 could not be read: Runbolt stops.');
  });
});
