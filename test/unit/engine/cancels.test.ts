import { describe, expect, it } from 'vitest';
import { cancels } from '../../../src/engine/cancels.js';

describe('the cancel switch of a run', () => {
  it('is one for all who ask for it, and tells them', () => {
    const switches = cancels();
    const held = switches.of('a');
    switches.cancel('a');
    expect([held.aborted, switches.of('a').aborted, switches.of('b').aborted]).toEqual([true, true, false]);
  });

  it('tells who still holds it that the run has ended, and is kept no longer', () => {
    const switches = cancels();
    const held = switches.of('a');
    switches.end('a');
    expect(held.aborted).toBe(true);
    expect(switches.of('a').aborted).toBe(false);
  });
});
