import { describe, expect, it } from 'vitest';
import type { Actor, Origin } from '../../../src/core/actor.js';
import { openRun as firstOf, foldRun, type Request, type Run, type RunEvent } from '../../../src/core/run.js';
import type { Driver } from '../../../src/engine/drive.js';
import { follower } from '../../../src/engine/follow.js';
import { openRun } from '../../../src/engine/open-run.js';
import type { World } from '../../../src/engine/world.js';
import { NO_LEDGER, unused } from '../../rig/no-ledger.js';
import { broken } from '../../rig/sample-run.js';
import { sampleRegistry, sampleRunbook } from '../../rig/sample-runbook.js';
import { target } from '../../rig/targets.js';

const ANA: Actor = { id: 'slack:U1ANA', name: 'ana' };
const NIGHTLY: Actor = { id: 'schedule:nightly', name: 'schedule:nightly' };
const OPS: Origin = { door: 'slack', channel: 'C0OPS' };
const AUDIT: Origin = { door: 'schedule', schedule: 'nightly', channel: 'C0OPS', post: 'new', dueAt: 1_000 };

const asked = (selector: string, more: Partial<Request> = {}): Request => ({
  ...{ runbook: 'disk', verb: 'verify', mode: 'verify', selector, params: {}, given: [] },
  ...{ text: `disk verify ${selector}`, ...more },
});

/** A ledger of runs, and the fleet web-1, web-2, web-3. */
const room = () => {
  const runs = new Map<string, Run>();
  const world: World = {
    ledger: {
      ...NO_LEDGER,
      opened: async () => undefined,
      run: async (id) => runs.get(id),
      open: async (_, event) => {
        const runId = `r${runs.size + 1}`;
        runs.set(runId, firstOf(runId, event));
        return { runId, fresh: true };
      },
    },
    inventory: { targets: async () => ['web-1', 'web-2', 'web-3'].map((name) => target(name)) },
    people: { entitled: async (id) => id },
    clock: { now: () => 1_000, sleep: unused },
    ...{ queue: { add: unused, depth: unused }, transport: { execute: unused, close: unused }, random: unused },
    ...{ registry: sampleRegistry, runbooks: new Map([['disk', sampleRunbook()]]), secrets: {}, shared: false },
    ...{ concurrency: 8, worker: 'here', takesUp: () => true, log: unused },
    config: { groups: {}, policies: [], limits: { gatherMs: 1, applyMs: 1 } },
  };
  const driver: Driver = { settle: unused, proceed: async () => undefined };
  const seen = (runId: string, ...events: RunEvent[]) => {
    const run = runs.get(runId);
    if (run) runs.set(runId, events.reduce(foldRun, run));
  };
  return {
    request: (request: Request, actor = ANA, origin: Origin = OPS) =>
      openRun(world, driver, request, { actor, origin, key: 'k' }),
    press: (action: 'plan' | 'again', runId: string) => follower(world, driver)({ action, runId }, ANA, 'p'),
    opened: (runId: string) => runs.get(runId)?.opened,
    seen,
  };
};

describe('a run', () => {
  it('that a person asks for is refused when one item of the selector is no host', async () => {
    expect(await room().request(asked('web-1 wbe-2'))).toMatchObject({
      ok: false,
      fault: { code: 'selector_empty', message: 'No host matches `wbe-2` among 3.' },
    });
  });

  it('of a range with missing names is opened on the others, and records which are missing', async () => {
    const { request, opened } = room();
    await request(asked('web-[2-4]'));
    expect(opened('r1')).toMatchObject({ targets: [{ name: 'web-2' }, { name: 'web-3' }], unmatched: ['web-4'] });
  });

  it('that a schedule asks for reads the other hosts, and records what is none', async () => {
    const { request, opened } = room();
    await request(asked('web-1 wbe-2 !wbe-3'), NIGHTLY, AUDIT);
    expect(opened('r1')).toMatchObject({ targets: [{ name: 'web-1' }], unmatched: ['wbe-2', '!wbe-3'] });
    expect(await request(asked('wbe-2'), NIGHTLY, AUDIT)).toMatchObject({
      ok: false,
      fault: { message: 'No host matches `wbe-2` among 3.' },
    });
  });

  it('that goes on in a thread has the params of the one before, in its words too, and a host that went is named', async () => {
    const { request, press, opened, seen } = room();
    const given = { params: { warn: 100, widen: true, deep: false }, given: ['warn', 'widen'] };
    await request(asked('web-1 wbe-2', { ...given, text: '/disk verify web-1 …' }), NIGHTLY, AUDIT);
    seen(
      'r1',
      { kind: 'observed', at: 2_000, observations: [broken('web-1')] },
      { kind: 'ended', at: 2_000, outcomes: { 'web-1': 'failed' } },
    );
    expect(await press('plan', 'r1')).toMatchObject({ ok: true });
    expect(await press('again', 'r1')).toMatchObject({ ok: true });
    expect(opened('r2')).toMatchObject({
      request: { ...given, mode: 'fix', text: 'disk fix web-1 wbe-2 warn=100 widen=true' },
      unmatched: ['wbe-2'],
    });
    expect(opened('r3')).toMatchObject({
      request: { ...given, mode: 'verify', text: 'disk verify web-1 wbe-2 warn=100 widen=true' },
    });
  });
});
