import { beforeEach, describe, expect, it } from 'vitest';
import type { Outcome } from '../../../src/core/outcome.js';
import { type Application, foldRun, openRun, type Run, type RunEvent, standing } from '../../../src/core/run.js';
import { attemptId } from '../../../src/engine/attempt-script.js';
import { decideOn } from '../../../src/engine/decide.js';
import { driver } from '../../../src/engine/drive.js';
import { openRevert } from '../../../src/engine/open-run.js';
import type { Ledger } from '../../../src/engine/ports.js';
import { actionsOf, viewOf } from '../../../src/engine/view-of.js';
import type { World } from '../../../src/engine/world.js';
import { NO_LEDGER, unused } from '../../rig/no-ledger.js';
import { broken, hostNames, observation, opened } from '../../rig/sample-run.js';
import { sampleRunbook } from '../../rig/sample-runbook.js';
import { target } from '../../rig/targets.js';

type Done = Pick<Application, 'outcome'> & Partial<Application>;
const NOW = Date.UTC(2026, 0, 2, 3, 4);
const BO = { id: 'slack:U2BO', name: 'bo' };
const application = (runId: string, name: string, done: Done): Application => ({
  ...{ target: name, attempt: attemptId(runId, name), reverted: null, reason: '', durationMs: 1 },
  ...done,
});

/** A run that ended with these results, on hosts web-1, web-2 ... */
const ended = (...done: readonly Done[]): Run => {
  const names = hostNames(done.length);
  const outcomes: Record<string, Outcome> = Object.fromEntries(
    names.map((name, i) => [name, done[i]?.outcome ?? 'ok']),
  );
  const events: readonly RunEvent[] = [
    { kind: 'observed', at: 2_000, observations: names.map(broken) },
    {
      ...{ kind: 'planned', at: 3_000, digest: 'd', requirement: { kind: 'requester' }, expiresAt: 9_000 },
      plan: { runbook: 'disk', targets: names.map((name) => ({ target: name, steps: broken(name).steps })) },
      ...{ waves: [names], stopAfterFailures: 1 },
    },
    { kind: 'applied', at: 4_000, applications: done.map((d, i) => application('r1', names[i] ?? '', d)) },
    { kind: 'ended', at: 5_000, outcomes },
  ];
  return events.reduce(foldRun, openRun('r1', opened(done.length)));
};

describe('what a revert takes back', () => {
  it.each<[string, Done, boolean]>([
    ['changed', { outcome: 'changed' }, true],
    ['unknown', { outcome: 'unknown' }, true],
    ['not done in time', { outcome: 'timed-out' }, true],
    ['failed and could not be taken back', { outcome: 'failed', reverted: false }, true],
    ['failed and taken back', { outcome: 'failed', reverted: true, proof: observation('web-1') }, false],
    ['failed without being touched', { outcome: 'failed' }, false],
    ['drifted', { outcome: 'drifted' }, false],
    ['never reached', { outcome: 'unreachable' }, false],
  ])('of a host that is %s', (_, done, stands) => {
    const run = ended(done);
    expect(standing(run)).toHaveLength(stands ? 1 : 0);
    expect(actionsOf(run).includes('revert')).toBe(stands);
  });
});

describe('a revert', () => {
  let runs: Map<string, Run>;
  let keys: Map<string, string>;
  /** How often the ledger still writes before the process dies. */
  let writes: number;
  const ledger: Ledger = {
    ...NO_LEDGER,
    opened: async (key) => keys.get(key),
    open: async (key, event) => {
      const runId = `r${runs.size + 1}`;
      runs.set(runId, openRun(runId, event));
      keys.set(key, runId);
      return { runId, fresh: true };
    },
    run: async (id) => runs.get(id),
    transact: async (id, decide) => {
      if (writes-- <= 0) throw new Error('died');
      const run = runs.get(id);
      if (!run) throw new Error('no such run');
      const { events, result } = decide(run);
      const next = events.reduce(foldRun, run);
      runs.set(id, next);
      return { ok: true, result, run: next };
    },
  };
  const world: World = {
    ledger,
    queue: { add: async () => undefined, depth: unused },
    transport: { execute: unused, close: unused },
    inventory: { targets: async () => hostNames(3).map((name) => target(name)) },
    people: { entitled: async (id) => id },
    clock: { now: () => NOW, sleep: unused },
    random: () => 'ab',
    registry: { facts: new Map(), changes: new Map() },
    runbooks: new Map([['disk', sampleRunbook()]]),
    ...{ secrets: {}, shared: false, concurrency: 8, worker: 'here', takesUp: () => true, log: unused },
    config: { groups: {}, policies: [], limits: { gatherMs: 1, applyMs: 1 } },
  };
  const drive = driver(world);
  beforeEach(() => {
    runs = new Map();
    keys = new Map();
    writes = 99;
  });
  const run = (id: string): Run => runs.get(id) ?? expect.fail(`no ${id}`);
  const begin = async (key: string) =>
    openRevert(world, drive, run('r1'), { actor: BO, origin: { door: 'slack', channel: 'C0OPS' }, key });
  const approve = (id: string) =>
    decideOn(world, drive, { action: 'apply', runId: id, digest: run(id).planned?.digest ?? '' }, BO);
  const results = (id: string, ...done: readonly [string, Done][]) =>
    drive.settle(id, () => ({
      events: [{ kind: 'applied', at: NOW, applications: done.map(([name, d]) => application(id, name, d)) }],
      result: undefined,
    }));

  it('plans every host that may stand changed, first those that surely do', async () => {
    runs.set('r1', ended({ outcome: 'unknown' }, { outcome: 'failed', reverted: false }, { outcome: 'changed' }));
    expect(await begin('k')).toMatchObject({ ok: true, value: { runId: 'r2' } });
    const plan = run('r2').planned?.plan.targets ?? [];
    expect(plan.map((t) => t.target)).toEqual(['web-3', 'web-1', 'web-2']);
    expect(plan.map((t) => t.steps[0]?.effects.some((e) => e.kind === 'note' && /not known/.test(e.text)))).toEqual([
      false,
      true,
      true,
    ]);
    expect(viewOf(run('r2'), sampleRunbook(), 1, NOW)).not.toHaveProperty('coverage');
  });

  it('tells its run which hosts it took back, and leaves the others to a further one', async () => {
    runs.set('r1', ended({ outcome: 'changed' }, { outcome: 'changed' }, { outcome: 'timed-out' }));
    await begin('k');
    await approve('r2');
    await results('r2', ['web-1', { outcome: 'changed' }]);
    expect(run('r2').phase).toBe('rolling-out');
    await results('r2', ['web-2', { outcome: 'failed', reason: 'no room' }]);
    expect(run('r2').phase).toBe('ended');
    expect(standing(run('r1')).map((a) => a.target)).toEqual(['web-2', 'web-3']);
    expect(viewOf(run('r1'), undefined, 1, NOW)).toMatchObject({
      actions: ['revert', 'details'],
      result: { reverts: [{ hosts: 'web-1', count: 1, run: 'r2', found: 'change', actor: BO, at: NOW }] },
    });
    await begin('k2');
    expect(run('r3').planned?.plan.targets.map((t) => t.target)).toEqual(['web-2', 'web-3']);
  });

  it.each(['that attempt changed nothing', 'that attempt never began', 'it was taken back before'])(
    'is over with a host that says: %s',
    async (reason) => {
      runs.set('r1', ended({ outcome: 'unknown' }));
      await begin('k');
      await approve('r2');
      await results('r2', ['web-1', { outcome: 'drifted', reason }]);
      expect(standing(run('r1'))).toEqual([]);
      expect(await begin('k2')).toMatchObject({
        ok: false,
        fault: { code: 'run_ended', message: expect.stringContaining('nothing to take back, by bo') },
      });
    },
  );

  it('asked for again says who took it back and when; a plan that was made before is not carried out', async () => {
    runs.set('r1', ended({ outcome: 'changed' }));
    await begin('k');
    await begin('k2');
    await approve('r2');
    await results('r2', ['web-1', { outcome: 'changed' }]);
    const message = '1 host (web-1) taken back by bo on 2026-01-02 03:04 UTC (run r2).';
    expect(await begin('k3')).toMatchObject({ ok: false, fault: { code: 'run_ended', message } });
    expect(await approve('r3')).toMatchObject({ ok: false, fault: { code: 'run_ended', message } });
    expect(actionsOf(run('r1'))).toEqual(['details']);
    expect(await begin('k')).toEqual({ ok: true, value: { runId: 'r2', fresh: false } });
  });

  it.each([1, 2])('that dies after %s writes at its end is taken up, and tells its run once', async (left) => {
    runs.set('r1', ended({ outcome: 'changed' }));
    await begin('k');
    await approve('r2');
    writes = left;
    await expect(results('r2', ['web-1', { outcome: 'changed' }])).rejects.toThrow('died');
    expect(run('r2').phase).toBe('rolling-out');
    writes = 99;
    await drive.proceed('r2', 'all');
    await drive.proceed('r2', 'all');
    expect(run('r2').phase).toBe('ended');
    expect(standing(run('r1'))).toEqual([]);
    expect(run('r1').version).toBe(ended({ outcome: 'changed' }).version + 1);
  });

  it('of a run that goes on, of a revert and of a run that changed nothing is refused, and says why', async () => {
    runs.set('r1', openRun('r1', opened(1)));
    expect(await begin('k')).toMatchObject({ ok: false, fault: { message: 'The run r1 has not ended.' } });
    runs.set('r1', ended({ outcome: 'drifted' }));
    expect(await begin('k')).toMatchObject({ ok: false, fault: { message: 'The run r1 changed nothing.' } });
    const request = { ...opened(1).request, mode: 'revert' as const };
    runs.set('r1', openRun('r1', opened(1, { request })));
    expect(await begin('k')).toMatchObject({ ok: false, fault: { message: 'The run r1 is itself a revert.' } });
  });
});
