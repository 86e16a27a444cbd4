import { describe, expect, it } from 'vitest';
import type { Reading } from '../../../src/core/fact-type.js';
import { judge } from '../../../src/engine/judge.js';
import { propose } from '../../../src/engine/propose.js';
import { sampleRegistry, sampleRunbook } from '../../rig/sample-runbook.js';

const PARAMS = { warn: 60, deep: false, mode: 'fast', note: '' };
const read = (used: number): Reading => ({
  ...{ status: 'read', evidence: [] },
  value: { used, name: 'sda', ok: true, tags: [], inner: { share: 0.5 } },
});
const proposal = (readings: Record<string, Reading>, runbook = sampleRunbook()) =>
  propose(runbook, sampleRegistry, readings, judge(runbook, readings, PARAMS), { params: PARAMS, secrets: {} });

describe('a change is proposed', () => {
  it('where its check failed', () => {
    expect(proposal({ root: read(90) })).toEqual({
      steps: [{ change: 'room', type: 'set', title: 'set 10', env: { TO: '10' }, effects: [] }],
      refusals: [],
    });
  });

  it('not where all is well, nor where nothing is left to do', () => {
    expect(proposal({ root: read(20) })).toEqual({ steps: [], refusals: [] });
    expect(proposal({ root: read(70) }, sampleRunbook('to: 10', 'to: 70'))).toEqual({ steps: [], refusals: [] });
  });

  it('not where nothing could be read: that is no finding', () => {
    expect(proposal({ root: { status: 'error', reason: 'no' } })).toEqual({ steps: [], refusals: [] });
  });

  it('and refused, with the reason, where the check failed and what it needs could not be read', () => {
    const runbook = sampleRunbook('set: { of: /, to: 10 }', 'set: { of: /var, to: 10 }');
    expect(proposal({ root: read(90), needed_1: { status: 'error', reason: 'no' } }, runbook)).toEqual({
      steps: [],
      refusals: [{ change: 'room', reason: 'not read' }],
    });
  });
});
