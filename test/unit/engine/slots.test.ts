import { describe, expect, it } from 'vitest';
import { slots } from '../../../src/engine/slots.js';

describe('slots', () => {
  it('let so many in at once, the others in their order, each once', async () => {
    const berths = slots(2);
    const going = new AbortController().signal;
    const order: number[] = [];
    let now = 0;
    let most = 0;
    await Promise.all(
      [1, 2, 3, 4, 5].map(async (n) => {
        const leave = await berths.take(going);
        order.push(n);
        now += 1;
        most = Math.max(most, now);
        await Promise.resolve();
        now -= 1;
        leave?.();
      }),
    );
    expect(order).toEqual([1, 2, 3, 4, 5]);
    expect(most).toBe(2);
  });

  it('send away who waits when it stops, and let nobody in any more', async () => {
    const berths = slots(1);
    const stop = new AbortController();
    const leave = await berths.take(stop.signal);
    const waiting = berths.take(stop.signal);
    stop.abort();
    expect(await waiting).toBeUndefined();
    expect(await berths.take(stop.signal)).toBeUndefined();
    leave?.();
    expect(await berths.take(new AbortController().signal)).toBeTypeOf('function');
  });
});
