import { describe, expect, it } from 'vitest';
import { asStored, decodeEvent, encodeJson, fold } from '../../../../src/adapters/ledger/event-codec.js';
import { runCache } from '../../../../src/adapters/ledger/run-cache.js';
import { newRunId } from '../../../../src/adapters/ledger/run-id.js';
import { foldRun, openRun } from '../../../../src/core/run.js';
import { clock, halted, opened, random } from '../../../contract/ledger-samples.js';

describe('stored events', () => {
  it('are refused when their envelope is not that of an event', () => {
    expect(() => decodeEvent({ kind: 'melted', at: 1 })).toThrow();
    expect(() => decodeEvent({ kind: 'halted' })).toThrow();
    expect(() => decodeEvent('halted')).toThrow();
    expect(decodeEvent({ kind: 'halted', at: 1, reason: 'x' })).toEqual({ kind: 'halted', at: 1, reason: 'x' });
  });

  it('lose nothing but what jsonb cannot hold', () => {
    expect(encodeJson({ a: 'x\0', b: '\udc00y', c: ['\\u0000', '😀'], d: null, e: undefined })).toBe(
      '{"a":"x\uFFFD","b":"\uFFFDy","c":["\\\\u0000","😀"],"d":null}',
    );
  });

  it('begin with opened', () => {
    expect(() => fold('r1', undefined, [halted('x')])).toThrow(/do not begin with opened/);
    expect(fold('r1', undefined, asStored(encodeJson([opened(), halted('x')])))?.version).toBe(2);
    expect(fold('r1', undefined, [])).toBeUndefined();
  });
});

describe('the cache of runs', () => {
  const run = (id: string) => openRun(id, opened());

  it('keeps those that were used last', () => {
    const cache = runCache(2);
    for (const id of ['a', 'b']) cache.keep(run(id));
    cache.get('a');
    cache.keep(run('c'));
    expect([cache.get('a')?.id, cache.get('b')?.id, cache.get('c')?.id]).toEqual(['a', undefined, 'c']);
  });

  it('never goes back to an older version', () => {
    const cache = runCache(2);
    cache.keep(foldRun(run('a'), halted('x')));
    cache.keep(run('a'));
    expect(cache.get('a')?.version).toBe(2);
  });
});

describe('the ID of a run', () => {
  it('sorts by time, and differs within one millisecond', () => {
    const at = (now: number) => newRunId({ ...clock, now: () => now }, random);
    const times = [Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 1) + 1, Date.UTC(2053, 0, 1)];
    const ids = times.map(at);
    expect([...ids].reverse().sort()).toEqual(ids);
    expect(new Set(Array.from({ length: 1_000 }, () => at(times[0] ?? 0))).size).toBe(1_000);
  });
});
