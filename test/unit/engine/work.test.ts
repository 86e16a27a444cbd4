import { beforeEach, describe, expect, it } from 'vitest';
import { FaultError, fault } from '../../../src/core/fault.js';
import { digestOf } from '../../../src/core/plan.js';
import { foldRun, openRun, type Run, type RunEvent } from '../../../src/core/run.js';
import type { Target } from '../../../src/core/target.js';
import { cancels } from '../../../src/engine/cancels.js';
import type { Driver } from '../../../src/engine/drive.js';
import { worker } from '../../../src/engine/work.js';
import type { World } from '../../../src/engine/world.js';
import { NO_LEDGER, unused } from '../../rig/no-ledger.js';
import { broken, hostNames, opened } from '../../rig/sample-run.js';
import { sampleRunbook } from '../../rig/sample-runbook.js';
import { target } from '../../rig/targets.js';

const never = new AbortController().signal;
const [OLD, NEW] = ['i-00000000000000001', 'i-00000000000000002'];

describe('a shard of a run whose inventory is not what it was', () => {
  let run: Run;
  let sent: string[];
  const fold = (...events: readonly RunEvent[]) => {
    for (const event of events) run = foldRun(run, event);
  };
  beforeEach(() => {
    sent = [];
    run = openRun('r1', opened(2, { targets: opened(2).targets.map((t) => ({ ...t, instance: OLD })) }));
  });

  const work = async (targets: () => Promise<readonly Target[]>, stage: 'gather' | 'apply', delivery = 1) => {
    const settled = <T>(change: { readonly events: readonly RunEvent[]; readonly result: T }) => {
      fold(...change.events);
      return { ok: true as const, result: change.result, run };
    };
    const world: World = {
      ledger: { ...NO_LEDGER, transact: async (_, decide) => settled(decide(run)) },
      transport: {
        execute: async ({ name }) => {
          sent.push(name);
          return { kind: 'unreachable', fault: fault('host_refused', `${name} refused.`, 'Look.') };
        },
        close: unused,
      },
      ...{ queue: { add: unused, depth: unused }, inventory: { targets }, people: { entitled: unused } },
      clock: { now: () => 10_000, sleep: async () => undefined },
      random: (bytes) => 'ab'.repeat(bytes),
      registry: { facts: new Map(), changes: new Map() },
      ...{ runbooks: new Map([['disk', sampleRunbook()]]), secrets: {}, takesUp: () => true, worker: 'here' },
      ...{ shared: true, concurrency: 8, config: { groups: {}, policies: [], limits: { gatherMs: 1, applyMs: 1 } } },
      log: unused,
    };
    const driver: Driver = { settle: async (_, decide) => settled(decide(run)), proceed: unused };
    const by = worker(world, driver, cancels(), never);
    await by.handle({ id: 'j1', runId: 'r1', stage, shard: 0, delivery }, never);
  };
  /** The same run with its plan approved. */
  const approve = () => {
    fold({ kind: 'observed', at: 2_000, observations: hostNames(2).map(broken) });
    const plan = {
      runbook: 'disk',
      targets: hostNames(2).map((name) => ({ target: name, steps: broken(name).steps })),
    };
    const digest = digestOf(plan);
    fold(
      {
        kind: 'planned',
        at: 3_000,
        plan,
        digest,
        requirement: { kind: 'requester' },
        expiresAt: 90_000,
        stopAfterFailures: 1,
        waves: [hostNames(2)],
      },
      {
        kind: 'decided',
        verdict: 'approved',
        actor: { id: 'slack:U1ANA', name: 'ana' },
        digest,
        through: '',
        at: 4_000,
      },
    );
  };
  const unread = async () => {
    throw new FaultError(fault('inventory_unread', 'The inventory hosts.ini could not be read.', 'Mend it.'));
  };
  const fleet = (instance: string) => async () =>
    hostNames(2).map((name): Target => ({ ...target(name), aws: { instance, region: 'eu-west-1' } }));
  const seen = () =>
    [...run.observations.values()].map(({ target: name, missed }) => [name, missed?.outcome, missed?.fault.code]);
  const changed = () => [...run.applications.values()].map(({ target: name, outcome }) => [name, outcome]);

  it('is unknown on each host when the inventory fails before the look, and nothing is sent', async () => {
    await work(unread, 'gather');
    expect(seen()).toEqual([
      ['web-1', 'unknown', 'inventory_unread'],
      ['web-2', 'unknown', 'inventory_unread'],
    ]);
    expect(sent).toEqual([]);
  });

  it('is unreachable on each host when it fails before the change, and unknown where something may have been sent', async () => {
    approve();
    await work(unread, 'apply');
    expect(changed()).toEqual([
      ['web-1', 'unreachable'],
      ['web-2', 'unreachable'],
    ]);
    expect([...run.applications.values()][0]?.reason).toBe('The inventory hosts.ini could not be read.');
    run = openRun('r1', run.opened);
    approve();
    await work(unread, 'apply', 2);
    expect(changed()).toEqual([
      ['web-1', 'unknown'],
      ['web-2', 'unknown'],
    ]);
    expect(sent).toEqual([]);
  });

  it('never looks at or changes another instance that has got the name meanwhile', async () => {
    await work(fleet(NEW), 'gather');
    expect(seen()).toEqual([
      ['web-1', 'unknown', 'host_unresolved'],
      ['web-2', 'unknown', 'host_unresolved'],
    ]);
    run = openRun('r1', run.opened);
    approve();
    await work(fleet(NEW), 'apply');
    expect(changed().map(([, outcome]) => outcome)).toEqual(['unreachable', 'unreachable']);
    expect([...run.applications.values()][0]?.reason).toBe(
      `web-1 was the instance ${OLD} when this was asked for, and now names ${NEW}.`,
    );
    expect(sent).toEqual([]);
  });

  it('goes on with the instance that it was opened for', async () => {
    await work(fleet(OLD), 'gather');
    expect(seen().map(([, outcome]) => outcome)).toEqual(['unreachable', 'unreachable']);
    expect(sent).toEqual(['web-1', 'web-2']);
  });
});
