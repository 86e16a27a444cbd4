import { describe, expect, it } from 'vitest';
import { foldRun, openRun, type RunEvent } from '../../../src/core/run.js';
import { advance } from '../../../src/engine/advance.js';
import { documentOf } from '../../../src/engine/document.js';
import { reportOf } from '../../../src/engine/report.js';
import { viewOf } from '../../../src/engine/view-of.js';
import { broken, observation, opened, silent, verdict } from '../../rig/sample-run.js';
import { sampleRunbook } from '../../rig/sample-runbook.js';

const RUNBOOK = sampleRunbook();
const terms = (kind: 'approval' | 'requester') => ({
  requirement: kind === 'approval' ? { kind, approvers: ['S0SRE'], selfApproval: false } : { kind },
  ...{ expiresMs: 60_000, allowed: [] },
});
const view = (events: readonly RunEvent[], now = 5_000, kind: 'approval' | 'requester' = 'approval') => {
  let run = openRun('r1', opened(3));
  const settle = (at: number) => {
    for (const more of advance(run, { runbook: RUNBOOK, terms: terms(kind) }, at).events) run = foldRun(run, more);
  };
  for (const event of events) {
    run = foldRun(run, event);
    settle(event.at);
  }
  settle(now);
  return viewOf(run, RUNBOOK, 10_000, now);
};
const seen: RunEvent = {
  kind: 'observed',
  at: 2_000,
  observations: [broken('web-1'), broken('web-2'), silent('web-3')],
};
const bo = { id: 'slack:U2BO', name: 'bo' };
const decided = (kind: 'approved' | 'denied'): RunEvent => ({
  ...{ kind: 'decided', verdict: kind, actor: bo, digest: 'd', through: 'S0SRE', at: 3_000 },
});
const applied = (target: string, outcome: 'changed' | 'drifted' | 'unknown', reason = ''): RunEvent => ({
  ...{ kind: 'applied', at: 4_000 },
  applications: [{ target, attempt: 'a', outcome, reverted: false, reason, durationMs: 1 }],
});

describe('what people are shown', () => {
  it('when nothing can be planned: why, and no button for a plan', () => {
    const refused = { ...broken('web-1'), steps: [], refusals: [{ change: 'room', reason: 'no way' }] };
    const shown = view([{ kind: 'observed', at: 2_000, observations: [refused, silent('web-2'), silent('web-3')] }]);
    expect(shown.plan).toBeUndefined();
    expect(shown.refusals).toEqual([{ text: 'room: no way', count: 1, hosts: 'web-1' }]);
    expect(shown.actions).not.toContain('plan');
  });

  it('while hosts are read: coverage, who is waited for and how long at most', () => {
    expect(view([{ kind: 'observed', at: 2_000, observations: [broken('web-1')] }])).toMatchObject({
      phase: 'gathering',
      coverage: { total: 3, answered: 1, reached: 1 },
      waiting: { hosts: 'web-[2-3]', count: 2, limitMs: 10_000 },
      actions: ['cancel'],
    });
  });

  it('is what was asked: the params that were given, shortened, and what is not in the inventory', () => {
    const request = {
      ...opened(3).request,
      params: { warn: 100, note: 'x'.repeat(500), deep: false },
      given: ['note', 'warn'],
    };
    const unmatched = ['web-[4-12]', 'wbe-1'];
    const run = openRun('r1', opened(3, { request, unmatched }));
    const shown = viewOf(run, RUNBOOK, 10_000, 5_000);
    expect(shown).toMatchObject({ selector: 'web-*', unmatched: 'web-[4-12], wbe-1' });
    expect(shown.params).toBe(`note=${'x'.repeat(59)}… warn=100`);
    expect(view([])).not.toHaveProperty('params');
    expect(view([])).not.toHaveProperty('unmatched');
    expect(reportOf(run, RUNBOOK)).toContain('\nnot in the inventory: web-[4-12], wbe-1\n');
    expect(documentOf(run, RUNBOOK).run.unmatched).toEqual(unmatched);
  });

  it('of a plan: its digest, who must decide until when, and the order of the rollout', () => {
    const shown = view([seen]);
    expect(shown).toMatchObject({
      phase: 'deciding',
      coverage: { total: 3, answered: 3, reached: 2 },
      plan: {
        approvers: ['S0SRE'],
        targets: 2,
        expiresAt: 62_000,
        rollout: 'canary web-1, then 25 % at a time, stops at the first failure',
      },
      actions: ['approve', 'deny', 'details'],
    });
    expect(shown.plan?.decided).toBeUndefined();
    expect(view([seen], 5_000, 'requester')).toMatchObject({
      plan: { approvers: [] },
      actions: ['apply', 'deny', 'details'],
    });
  });

  it('of a plan whose time is over: that it expired, and that nothing was changed', () => {
    expect(view([seen], 62_000)).toMatchObject({
      phase: 'ended',
      plan: { decided: { verdict: 'expired' } },
      result: {
        outcomes: { cancelled: 2, unreachable: 1 },
        groups: [{ hosts: 'web-[1-2]', reason: 'the plan expired' }],
      },
    });
  });

  it('of the requester who pressed Apply: that they confirmed the plan, which nobody approved', () => {
    const ana = { id: 'slack:U1ANA', name: 'ana' };
    const own: RunEvent = {
      ...{ kind: 'decided', verdict: 'approved', actor: ana, digest: 'd', through: 'requester', at: 3_000 },
    };
    expect(view([seen, own], 5_000, 'requester').plan?.decided).toEqual({
      verdict: 'confirmed',
      actor: ana,
      at: 3_000,
    });
    const approved = view([seen, { ...own, through: 'S0SRE' }]).plan?.decided;
    expect(approved).toMatchObject({ verdict: 'approved' });
  });

  it('of a denial: who denied', () => {
    expect(view([seen, decided('denied')])).toMatchObject({
      phase: 'ended',
      plan: { decided: { verdict: 'denied', actor: { name: 'bo' } } },
      result: { groups: [{ outcome: 'cancelled', hosts: 'web-[1-2]', reason: 'denied by bo' }] },
    });
  });

  it('of a rollout that was stopped: what was not tried, and why', () => {
    const shown = view([seen, decided('approved'), applied('web-1', 'drifted', 'it is 0 now')]);
    expect(shown).toMatchObject({
      phase: 'ended',
      rollout: { done: 1, total: 2, canary: { state: 'failed' }, halted: 'stopped after 1 failure' },
      result: { outcomes: { drifted: 1, cancelled: 1, unreachable: 1 } },
    });
    expect(shown.result?.groups).toEqual([
      { outcome: 'drifted', count: 1, hosts: 'web-1', reason: 'it is 0 now' },
      { outcome: 'cancelled', count: 1, hosts: 'web-2', reason: 'stopped after 1 failure' },
    ]);
  });

  it('after a change: that it can be taken back', () => {
    const shown = view([seen, decided('approved'), applied('web-1', 'changed'), applied('web-2', 'changed')]);
    expect(shown).toMatchObject({
      phase: 'ended',
      result: { outcomes: { changed: 2 } },
      actions: ['revert', 'details'],
    });
  });

  it('after a change that could not be proved: that it can be taken back all the same, after a drift that there is nothing', () => {
    expect(view([seen, decided('approved'), applied('web-1', 'unknown', 'no answer')]).actions).toContain('revert');
    expect(view([seen, decided('approved'), applied('web-1', 'drifted')]).actions).not.toContain('revert');
  });

  it('is every host once, whatever became of it', () => {
    const read = observation('web-1', { verdicts: [verdict('pass')] });
    const shown = view([{ kind: 'observed', at: 2_000, observations: [read, silent('web-2'), silent('web-3')] }]);
    expect(shown.groups.reduce((n, g) => n + g.count, 0)).toBe(3);
  });
});
