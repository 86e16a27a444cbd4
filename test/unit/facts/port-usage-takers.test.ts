import { describe, expect, test } from 'vitest';
import type { Tuple } from '../../../src/facts/port-usage/seen.js';
import { takenBy } from '../../../src/facts/port-usage/takers.js';

/** A destination of 100 ports; `reused` of its TIME_WAITs can be taken again. */
const taken = (established: number, timeWait: number, kept: Record<string, number> = {}, reused = 0) => {
  const total = Object.values(kept).reduce((sum, n) => sum + n, established + timeWait);
  const addresses = { local: '10.0.0.1', peer: '10.0.0.2', peerPort: 6379 };
  const counts = { total, established, timeWait, reusable: reused, unusable: total - reused };
  const tuple: Tuple = { ...addresses, ...counts, kept: new Map(Object.entries(kept)) };
  return takenBy(tuple, total - reused, 100);
};

describe('what holds the ports of a destination', () => {
  test('open connections and TIME_WAITs are told apart, and both are counted', () => {
    expect(taken(47, 45)).toMatchObject({
      held: 47,
      open: 47,
      takers: ['time_wait'],
      states: '47 ESTAB, 45 TIME_WAIT',
    });
  });

  test('TIME_WAITs that are reused hold nothing', () => {
    expect(taken(50, 45, {}, 45)).toMatchObject({ open: 50, takers: [] });
  });

  test('each state that waits for somebody has its own name, and is not counted as open', () => {
    expect(taken(0, 0, { 'CLOSE-WAIT': 92 })).toMatchObject({ close_wait: 92, open: 0, takers: ['close_wait'] });
    expect(taken(0, 0, { 'FIN-WAIT-2': 80, 'FIN-WAIT-1': 5 })).toMatchObject({ fin_wait: 85, takers: ['fin_wait'] });
    expect(taken(0, 0, { 'SYN-SENT': 92 })).toMatchObject({ syn_sent: 92, open: 0, takers: ['syn_sent'] });
  });

  test('mixed, all are named', () => {
    expect(taken(25, 22, { 'CLOSE-WAIT': 22, 'SYN-SENT': 25 })).toMatchObject({
      open: 25,
      takers: ['time_wait', 'close_wait', 'syn_sent'],
    });
  });

  test('what is too few to be named counts as open, so that nothing is left out', () => {
    expect(taken(59, 5, { 'CLOSE-WAIT': 19, 'SYN-SENT': 5 })).toMatchObject({ held: 83, open: 83, takers: [] });
  });

  test('no destination: zeros', () => {
    expect(takenBy(undefined, 0, 100)).toMatchObject({ held: 0, open: 0, takers: [], states: '' });
  });
});
