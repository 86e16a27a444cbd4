import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeRollout, wavesOf } from '../../../src/core/rollout.js';

const names = (n: number) => Array.from({ length: n }, (_, i) => `web-${i + 1}`);

describe('a rollout', () => {
  it('goes canary first, then by share, in the order of names', () => {
    const waves = wavesOf(names(12).reverse(), { canary: 1, batch: { percent: 25 }, stopAfterFailures: 1 });
    expect(waves.map((w) => w.length)).toEqual([1, 3, 3, 3, 2]);
    expect(waves[0]).toEqual(['web-1']);
    expect(waves[1]).toEqual(['web-2', 'web-3', 'web-4']);
  });

  it('has every target in exactly one wave, none empty, and no batch larger than said', () => {
    const batch = fc.oneof(
      fc.integer({ min: 1, max: 50 }).map((count) => ({ count })),
      fc.integer({ min: 1, max: 100 }).map((percent) => ({ percent })),
    );
    fc.assert(
      fc.property(fc.nat(120), fc.integer({ min: 1, max: 20 }), batch, (n, canary, size) => {
        const waves = wavesOf(names(n), { canary, batch: size, stopAfterFailures: 1 });
        expect(waves.flat().sort()).toEqual(names(n).sort());
        const most = 'count' in size ? size.count : Math.max(1, Math.ceil((n * size.percent) / 100));
        for (const [i, wave] of waves.entries()) {
          expect(wave.length).toBeGreaterThan(0);
          expect(wave.length).toBeLessThanOrEqual(i === 0 ? canary : most);
        }
      }),
    );
  });

  it('is described in one line', () => {
    const rollout = { canary: 1, batch: { percent: 25 }, stopAfterFailures: 1 };
    expect(describeRollout('web-1', 12, rollout)).toBe('canary web-1, then 25 % at a time, stops at the first failure');
    expect(describeRollout('web-1', 1, { ...rollout, stopAfterFailures: 3 })).toBe('canary web-1, stops at 3 failures');
  });
});
