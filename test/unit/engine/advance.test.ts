import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Application, foldRun, type Mode, openRun, type Run, type RunEvent } from '../../../src/core/run.js';
import { advance, type Handover, isTurnOf, openTargets, type Rules } from '../../../src/engine/advance.js';
import { shardsOf } from '../../../src/engine/shards.js';
import { broken, hostNames, observation, opened, silent, verdict } from '../../rig/sample-run.js';

const RULES: Rules = {
  runbook: { command: 'disk', rollout: { canary: 1, batch: { count: 2 }, stopAfterFailures: 1 } },
  terms: {
    requirement: { kind: 'approval', approvers: ['U2BO'], selfApproval: false },
    expiresMs: 60_000,
    allowed: [],
  },
};
const BO = { id: 'slack:U2BO', name: 'bo' };

/** Events folded one by one, with what follows from each, as the driver does. */
const story = (run: Run, events: readonly RunEvent[], now: number, rules = RULES) => {
  let state = run;
  const handovers: Handover[] = [];
  for (const event of [...events, undefined]) {
    if (event) state = foldRun(state, event);
    const next = advance(state, rules, now);
    handovers.push(...next.handovers);
    for (const more of next.events) state = foldRun(state, more);
  }
  return { state, handovers };
};
const begin = (hosts: number, mode: Mode = 'fix') =>
  openRun('r1', opened(hosts, { request: { ...opened(1).request, mode } }));
const observed = (...observations: readonly ReturnType<typeof broken>[]): RunEvent => ({
  ...{ kind: 'observed', at: 2_000, observations },
});
const decided = (kind: 'approved' | 'denied'): RunEvent => ({
  ...{ kind: 'decided', verdict: kind, actor: BO, digest: 'd', through: 'U2BO', at: 3_000 },
});
const started = (stage: Handover['stage'], shard: number, delivery = 1): RunEvent => ({
  ...{ kind: 'started', at: 2_500, stage, shard, delivery, targets: [] },
});
const applied = (outcome: Application['outcome'], ...names: readonly string[]): RunEvent => ({
  ...{ kind: 'applied', at: 4_000 },
  applications: names.map((target) => ({ target, attempt: 'a', outcome, reverted: false, reason: '', durationMs: 1 })),
});

describe('what follows for a run', () => {
  it('hands over every shard of a new run', () => {
    expect(advance(begin(5), RULES, 1_000).handovers).toEqual([0, 1, 2].map((shard) => ({ stage: 'gather', shard })));
  });

  it('hands over no shard that was begun, unless it is taken up again; never one that is done', () => {
    const { state } = story(begin(3), [started('gather', 0), started('gather', 1), observed(broken('web-3'))], 2_000);
    expect(advance(state, RULES, 2_000).handovers).toEqual([]);
    expect(advance(state, RULES, 2_000, 'all').handovers).toEqual([{ stage: 'gather', shard: 0 }]);
  });

  it('ends a verify when all hosts are read, with one outcome each', () => {
    const read = observed(
      observation('web-1', { verdicts: [verdict('pass')] }),
      broken('web-2'),
      silent('web-3'),
      observation('web-4', { verdicts: [verdict('error'), verdict('pass')] }),
      observation('web-5', { verdicts: [verdict('error'), verdict('fail')] }),
    );
    expect(story(begin(5, 'verify'), [read], 2_000).state.ended?.outcomes).toEqual({
      'web-1': 'ok',
      'web-2': 'failed',
      'web-3': 'unreachable',
      'web-4': 'unknown',
      'web-5': 'failed',
    });
  });

  it('ends a plan with the plan, and changes nothing', () => {
    const { state } = story(begin(1, 'plan'), [observed(broken('web-1'))], 2_000);
    expect(state).toMatchObject({ phase: 'ended', planned: { digest: expect.any(String) } });
    expect(state.ended?.outcomes).toEqual({ 'web-1': 'failed' });
  });

  it('ends a fix that has nothing to change', () => {
    const { state } = story(begin(1), [observed(observation('web-1', { verdicts: [verdict('pass')] }))], 2_000);
    expect(state).toMatchObject({ phase: 'ended', ended: { outcomes: { 'web-1': 'ok' } } });
    expect(state.planned).toBeUndefined();
  });

  it.each([
    ['denied', [decided('denied')], 3_000],
    ['expired', [], 62_000],
    ['cancelled', [{ kind: 'cancelled', at: 3_000, actor: BO } as const], 3_000],
  ])('changes nothing when the plan is %s', (_, events, now) => {
    const waiting = story(begin(2), [observed(broken('web-1'), broken('web-2'))], 2_000).state;
    expect(waiting.phase).toBe('deciding');
    const { state, handovers } = story(waiting, events, now);
    expect(handovers).toEqual([]);
    expect(state.ended?.outcomes).toEqual({ 'web-1': 'cancelled', 'web-2': 'cancelled' });
  });

  it('begins the next wave only when the one before is done, and none after the failure limit', () => {
    const all = hostNames(4).map(broken);
    const rolling = story(begin(4), [observed(...all), decided('approved')], 3_000);
    expect(new Set(rolling.handovers.filter((h) => h.stage === 'apply').map((h) => h.shard))).toEqual(new Set([0]));
    const second = story(rolling.state, [started('apply', 0), applied('changed', 'web-1')], 4_000);
    expect(second.handovers).toContainEqual({ stage: 'apply', shard: 1 });
    const third = story(
      second.state,
      [started('apply', 1), applied('failed', 'web-2'), applied('changed', 'web-3')],
      5_000,
    );
    expect(third.handovers).not.toContainEqual({ stage: 'apply', shard: 2 });
    expect(third.state).toMatchObject({ phase: 'ended', halted: { reason: 'stopped after 1 failure' } });
    expect(third.state.ended?.outcomes).toEqual({
      ...{ 'web-1': 'changed', 'web-2': 'failed', 'web-3': 'changed', 'web-4': 'cancelled' },
    });
  });
});

describe('whose turn it is', () => {
  it("is nobody's to change a host before the decision, nor a later wave before its time", () => {
    const waiting = story(begin(4), [observed(...hostNames(4).map(broken))], 2_000).state;
    expect(isTurnOf(waiting, { stage: 'apply', shard: 0 })).toBe(false);
    expect(isTurnOf(waiting, { stage: 'gather', shard: 0 })).toBe(false);
    const rolling = story(waiting, [decided('approved')], 3_000).state;
    expect([0, 1, 2].map((shard) => isTurnOf(rolling, { stage: 'apply', shard }))).toEqual([true, false, false]);
  });
});

describe('whatever happens, in whatever order', () => {
  const outcome = fc.constantFrom<Application['outcome']>(
    'changed',
    'changed',
    'changed',
    'failed',
    'drifted',
    'unknown',
  );
  const act = fc.oneof(
    {
      weight: 12,
      arbitrary: fc.record({ do: fc.constant('work' as const), pick: fc.nat(), done: fc.nat(3), outcome }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('lose' as const), pick: fc.nat() }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('decide' as const), yes: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(40_000) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const) }) },
  );
  const read = (name: string, n: number) =>
    [broken(name), broken(name), silent(name), observation(name, { verdicts: [verdict('pass')] })][n % 4] ??
    broken(name);

  it('a run ends once, with one outcome a target, in waves, within the failure limit', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 7 }),
        fc.constantFrom<Mode>('verify', 'plan', 'fix'),
        fc.integer({ min: 1, max: 3 }),
        fc.constantFrom(1, 2),
        fc.array(fc.constantFrom('dmz', 'edge', undefined), { minLength: 7, maxLength: 7 }),
        fc.array(act, { maxLength: 40 }),
        (hosts, mode, stopAfterFailures, shard, zones, acts) => {
          const rules = {
            ...RULES,
            runbook: { ...RULES.runbook, rollout: { ...RULES.runbook.rollout, stopAfterFailures } },
          };
          const { targets, request } = opened(hosts);
          const placed = targets.map((t, i) => ({ ...t, ...(zones[i] !== undefined && { zone: zones[i] }) }));
          let run = openRun('r1', opened(hosts, { shard, targets: placed, request: { ...request, mode } }));
          let now = 1_000;
          let jobs: Handover[] = [];
          let ends = 0;
          const settle = (events: readonly RunEvent[], again: 'none' | 'all' = 'none') => {
            for (const event of events) run = foldRun(run, event);
            const next = advance(run, rules, now, again);
            for (const event of next.events) run = foldRun(run, event);
            ends += next.events.filter((e) => e.kind === 'ended').length;
            for (const h of next.handovers) {
              expect(openTargets(run, h.stage, h.shard)).not.toEqual([]);
              const zoneOf = (name: string) => placed.find((t) => t.name === name)?.zone;
              const { targets: inShard = [], zone } = shardsOf(run, h.stage)[h.shard] ?? {};
              expect(inShard.map(zoneOf)).toEqual(inShard.map(() => zone));
              expect(inShard.length).toBeLessThanOrEqual(shard);
              if (h.stage === 'apply') {
                expect(run.decision?.verdict).toBe('approved');
                const wave = shardsOf(run, 'apply')[h.shard]?.wave ?? -1;
                const before = run.planned?.waves.slice(0, wave).flat() ?? [];
                expect(before.every((name) => run.applications.has(name))).toBe(true);
                const failures = [...run.applications.values()].filter((a) => a.outcome !== 'changed').length;
                const begun = shardsOf(run, 'apply').some(
                  (s, n) => s.wave === wave && run.deliveries.has(`apply-${n}`),
                );
                if (!begun) expect(failures).toBeLessThan(stopAfterFailures);
              }
            }
            if (again === 'all') jobs = [];
            jobs.push(...next.handovers);
          };
          const work = ({ stage, shard }: Handover, count: number, how: Application['outcome']) => {
            const names = openTargets(run, stage, shard);
            if (!isTurnOf(run, { stage, shard }) || names.length === 0) return;
            settle([started(stage, shard, (run.deliveries.get(`${stage}-${shard}`) ?? 0) + 1)]);
            const some = names.slice(0, count);
            settle([stage === 'gather' ? observed(...some.map((n, i) => read(n, i + count))) : applied(how, ...some)]);
          };
          settle([]);
          for (const a of acts) {
            const job = 'pick' in a ? jobs[a.pick % Math.max(1, jobs.length)] : undefined;
            if (a.do === 'work' && job) work(job, a.done, a.outcome);
            if (a.do === 'lose' && job) jobs = jobs.filter((j) => j !== job);
            if (a.do === 'cancel' && run.phase !== 'ended' && !run.cancelled)
              settle([{ kind: 'cancelled', at: now, actor: BO }]);
            if (a.do === 'decide' && run.phase === 'deciding' && !run.decision)
              settle([decided(a.yes ? 'approved' : 'denied')]);
            if (a.do === 'wait') {
              now += a.ms;
              settle([]);
            }
            if (a.do === 'crash') settle([], 'all');
          }
          for (let i = 0; i < 50 && run.phase !== 'ended'; i++) {
            settle([], 'all');
            for (const job of [...jobs]) work(job, 9, 'changed');
            now += run.phase === 'deciding' ? 60_000 : 0;
            settle([]);
          }
          expect(ends).toBe(1);
          expect(Object.keys(run.ended?.outcomes ?? {})).toEqual(hostNames(hosts));
          if (mode !== 'fix' || run.decision?.verdict !== 'approved') expect(run.applications.size).toBe(0);
          const version = run.version;
          settle([], 'all');
          expect(run.version).toBe(version);
        },
      ),
      { numRuns: 800 },
    );
  });
});
