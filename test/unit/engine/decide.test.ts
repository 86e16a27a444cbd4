import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FaultError, fault } from '../../../src/core/fault.js';
import { foldRun, openRun, type Requirement, type Run } from '../../../src/core/run.js';
import { advance } from '../../../src/engine/advance.js';
import { decideOn } from '../../../src/engine/decide.js';
import type { Driver } from '../../../src/engine/drive.js';
import type { DecisionPress } from '../../../src/engine/engine.js';
import type { World } from '../../../src/engine/world.js';
import { NO_LEDGER, unused } from '../../rig/no-ledger.js';
import { broken, opened } from '../../rig/sample-run.js';
import { sampleRegistry, sampleRunbook } from '../../rig/sample-runbook.js';

const APPROVAL: Requirement = { kind: 'approval', approvers: ['S0SRE', 'U9EVE'], selfApproval: false };
const [ANA, BO, EVE, DAN] = ['U1ANA', 'U2BO', 'U9EVE', 'U3DAN'].map((id) => ({ id: `slack:${id}`, name: id.slice(2) }));
if (!ANA || !BO || !EVE || !DAN) throw new Error('nobody');

/** A run that waits for a decision, and what presses come to. BO is in S0SRE, EVE is named, ANA asked. */
const waiting = (requirement: Requirement = APPROVAL, heldBy?: string) => {
  let silence: FaultError | undefined;
  const rules = { runbook: sampleRunbook(), terms: { requirement, expiresMs: 60_000, allowed: [] } };
  let now = 3_000;
  let run = openRun('r1', opened(1));
  const append = (events: Parameters<typeof foldRun>[1][]) => {
    for (const event of events) run = foldRun(run, event);
    for (const event of advance(run, rules, now).events) run = foldRun(run, event);
  };
  append([{ kind: 'observed', at: 2_000, observations: [broken('web-1')] }]);
  const members = new Map([
    [BO.id, 'S0SRE'],
    [EVE.id, 'U9EVE'],
    [ANA.id, 'S0SRE'],
  ]);
  const world: World = {
    ledger: { ...NO_LEDGER, run: async (id) => (id === run.id ? run : undefined) },
    people: {
      entitled: async (id, ids) => {
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 3));
        if (silence) throw silence;
        if (ids.includes(id)) return id;
        const through = members.get(id);
        return through !== undefined && ids.includes(through) ? through : undefined;
      },
    },
    clock: { now: () => now, sleep: unused },
    ...{
      queue: { add: unused, depth: unused },
      transport: { execute: unused, close: unused },
      inventory: { targets: unused },
    },
    ...{
      random: unused,
      registry: sampleRegistry,
      runbooks: new Map(),
      secrets: {},
      shared: false,
      concurrency: 8,
      worker: 'here',
      takesUp: () => true,
      log: unused,
    },
    config: { groups: {}, policies: [], limits: { gatherMs: 1, applyMs: 1 } },
  };
  const driver: Driver = {
    settle: async (_, decide) => {
      const change = decide(run);
      if (change.claim && heldBy !== undefined) return { ok: false, target: 'web-1', heldBy };
      append([...change.events]);
      return { ok: true, result: change.result, run };
    },
    proceed: unused,
  };
  const press = (action: DecisionPress['action'], actor: typeof BO, digest = run.planned?.digest ?? '') =>
    decideOn(world, driver, { action, runId: 'r1', digest }, actor).then((r) => (r.ok ? 'ok' : r.fault.code));
  return {
    press,
    say: (action: DecisionPress['action'], actor: typeof BO) =>
      decideOn(world, driver, { action, runId: 'r1', digest: run.planned?.digest ?? '' }, actor),
    run: (): Run => run,
    wait: (ms: number) => {
      now += ms;
    },
    append,
    /** Who could say who belongs where does not answer, from here on. */
    silenced: (by: FaultError | undefined) => {
      silence = by;
    },
  };
};

describe('a plan that needs an approval', () => {
  it('is approved by a member of a usergroup, whose membership is recorded with the digest', async () => {
    const plan = waiting();
    expect(await plan.press('approve', BO)).toBe('ok');
    expect(plan.run().decision).toMatchObject({ actor: BO, through: 'S0SRE', digest: plan.run().planned?.digest });
  });

  it.each([
    ['the requester, though in the group', ANA],
    ['somebody else', DAN],
  ])('is not approved by %s', async (_, who) => {
    const plan = waiting();
    expect(await plan.press('approve', who)).toBe('not_approver');
    expect(plan.run()).toMatchObject({ phase: 'deciding', version: plan.run().version });
    expect(plan.run().decision).toBeUndefined();
  });

  it('is approved by the requester where the policy says so in so many words', async () => {
    expect(await waiting({ ...APPROVAL, selfApproval: true }).press('approve', ANA)).toBe('ok');
  });

  it('is not applied by anybody without the approval', async () => {
    const plan = waiting();
    for (const who of [ANA, BO, DAN]) expect(await plan.press('apply', who)).toBe('not_approver');
  });

  it('can be denied by an approver and taken back by the requester, not by others', async () => {
    expect(await waiting().press('deny', BO)).toBe('ok');
    expect(await waiting().press('deny', ANA)).toBe('ok');
    expect(await waiting().press('deny', DAN)).toBe('not_approver');
  });

  it('is not decided while nobody can say who belongs where: the press is not counted, and can be repeated', async () => {
    const plan = waiting();
    const silence = new FaultError(fault('slack_unreachable', 'Slack could not be asked.', 'Try again.'));
    plan.silenced(silence);
    for (const action of ['approve', 'deny', 'apply'] as const) {
      await expect(plan.press(action, BO)).rejects.toBe(silence);
    }
    expect(plan.run()).toMatchObject({ phase: 'deciding' });
    expect(plan.run().decision).toBeUndefined();
    plan.silenced(undefined);
    expect(await plan.press('approve', BO)).toBe('ok');
  });

  it('stays denied', async () => {
    const plan = waiting();
    await plan.press('deny', BO);
    expect(await plan.press('approve', EVE)).toBe('approval_decided');
    expect(plan.run()).toMatchObject({ phase: 'ended', decision: { verdict: 'denied' } });
  });

  it('is not approved under another digest, nor when it has expired, nor when it was cancelled', async () => {
    expect(await waiting().press('approve', BO, 'f'.repeat(64))).toBe('approval_digest');
    const late = waiting();
    late.wait(60_000);
    expect(await late.press('approve', BO)).toBe('approval_expired');
    const ended = waiting();
    ended.wait(60_000);
    ended.append([]);
    expect(await ended.press('approve', BO)).toBe('approval_expired');
    const cancelled = waiting();
    cancelled.append([{ kind: 'cancelled', at: 3_000, actor: DAN }]);
    expect(await cancelled.press('approve', BO)).toBe('run_ended');
  });

  it('waits while another run changes one of its hosts', async () => {
    const plan = waiting(APPROVAL, 'r0');
    expect(await plan.press('approve', BO)).toBe('targets_busy');
    expect(plan.run().decision).toBeUndefined();
    expect(await plan.press('deny', BO)).toBe('ok');
  });

  it('is decided once, of however many presses at the same time; the others learn who', async () => {
    const act = fc.record({
      action: fc.constantFrom('approve', 'deny', 'apply' as const),
      who: fc.constantFrom(ANA, BO, EVE, DAN),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 20, maxLength: 20 }), async (acts) => {
        const plan = waiting();
        const answers = await Promise.all(acts.map(({ action, who }) => plan.say(action, who)));
        const winners = answers.filter((a) => a.ok).length;
        const { decision } = plan.run();
        expect(winners).toBe(decision ? 1 : 0);
        for (const answer of answers) {
          if (answer.ok || answer.fault.code === 'not_approver') continue;
          expect(answer.fault.code).toBe('approval_decided');
          expect(answer.fault.message).toBe(`${decision?.actor.name} ${decision?.verdict} this plan already.`);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('a plan that no policy governs', () => {
  it("is applied by the requester's own press, and by nobody else's", async () => {
    const plan = waiting({ kind: 'requester' });
    for (const who of [BO, EVE, DAN]) {
      expect(await plan.press('apply', who)).toBe('not_approver');
      expect(await plan.press('deny', who)).toBe('not_approver');
    }
    expect(await plan.press('approve', ANA)).toBe('not_approver');
    expect(await plan.press('apply', ANA)).toBe('ok');
    expect(plan.run()).toMatchObject({ phase: 'rolling-out', decision: { through: 'requester' } });
  });
});
