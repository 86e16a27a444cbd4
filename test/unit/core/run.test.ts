import { describe, expect, it } from 'vitest';
import { foldRun, openRun, type RunEvent } from '../../../src/core/run.js';
import { broken, observation, opened } from '../../rig/sample-run.js';

const fold = (...events: readonly RunEvent[]) => events.reduce(foldRun, openRun('r1', opened(2)));
const application = (outcome: 'changed' | 'failed') => ({
  ...{ target: 'web-1', attempt: 'a', outcome, reverted: false, reason: '', durationMs: 1 },
});

describe('a run', () => {
  it('is as its events tell it, and counts them', () => {
    expect(openRun('r1', opened(2))).toMatchObject({ id: 'r1', version: 1, phase: 'gathering', touchedAt: 1_000 });
    const run = fold({ kind: 'started', at: 1_200, stage: 'gather', shard: 0, delivery: 2, targets: ['web-1'] });
    expect(run).toMatchObject({ version: 2, touchedAt: 1_200 });
    expect(run.deliveries.get('gather-0')).toBe(2);
  });

  it('keeps the first observation and the first application of a target', () => {
    const run = fold(
      { kind: 'observed', at: 2_000, observations: [broken('web-1')] },
      { kind: 'observed', at: 3_000, observations: [observation('web-1'), observation('web-2')] },
      { kind: 'applied', at: 4_000, applications: [application('failed')] },
      { kind: 'applied', at: 5_000, applications: [application('changed')] },
    );
    expect(run.observations.get('web-1')?.steps).toHaveLength(1);
    expect(run.observations.size).toBe(2);
    expect(run.applications.get('web-1')?.outcome).toBe('failed');
  });

  it('does not change when a later event is folded', () => {
    const before = fold();
    foldRun(before, { kind: 'observed', at: 2_000, observations: [observation('web-1')] });
    expect(before.observations.size).toBe(0);
  });

  it('rolls out when approved and stays where it is when denied', () => {
    const decided = (verdict: 'approved' | 'denied') =>
      fold({
        kind: 'decided',
        verdict,
        actor: { id: 'slack:U2BO', name: 'bo' },
        digest: 'd',
        through: 'U2BO',
        at: 2_000,
      });
    expect(decided('approved').phase).toBe('rolling-out');
    expect(decided('denied').phase).toBe('gathering');
  });
});
