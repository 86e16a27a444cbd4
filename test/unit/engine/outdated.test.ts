import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Step } from '../../../src/core/change-type.js';
import { failure, ok, type Result } from '../../../src/core/fault.js';
import { change, fleetFact, registry } from '../../../src/core/registry.js';
import type { Observation } from '../../../src/core/run.js';
import { loadRunbook } from '../../../src/core/runbook-loader.js';
import { readFleet } from '../../../src/engine/gather.js';
import { outdated } from '../../../src/engine/outdated.js';
import { inventory as inventoryFact } from '../../../src/facts/inventory.js';
import { target } from '../../rig/targets.js';

const kinds = registry(
  [fleetFact(inventoryFact)],
  [
    change({
      name: 'list_them',
      summary: 'writes their names down',
      args: z.strictObject({}),
      needs: () => [{ type: 'inventory', fact: 'web' }],
      plan: () => ({ kind: 'steps', steps: [{ title: 'write', env: {}, effects: [] }] }),
      scripts: { guard: 'true', apply: 'true', verify: 'true', revert: 'true' },
    }),
  ],
);

const loaded = loadRunbook(
  'demo.yaml',
  `command: demo
title: t
facts: { web: { inventory: { select: role=web } }, all: { inventory: { select: "*" } } }
checks:
  some: { severity: warning, expect: web.count > 9, otherwise: "{web.count} hosts", rule: r }
changes: { write: { when: checks.some.failed, list_them: {} } }
knowledge: k
`,
  kinds,
);
if (!loaded.ok) throw new Error(loaded.fault.next);
const runbook = loaded.value;

const web = (n: number, role = 'web') => ({ ...target(`web-${n}`, { role }), host: `10.0.0.${n}` });
const lb = { ...target('lb-1'), host: '10.0.0.100' };
const never = new AbortController().signal;
const step = (gone: readonly string[]): Step => ({
  ...{ change: 'write', type: 'list_them', title: 'write', env: {}, effects: [] },
  ...(gone.length > 0 && { gone }),
});

describe('a plan that waited for its approval', () => {
  const subject = (fleet: readonly ReturnType<typeof web>[]) => ({
    ...{ target: lb, fleet: [lb, ...fleet], runbook },
    request: { params: {}, given: [] },
  });
  const look = (
    then: readonly ReturnType<typeof web>[],
    now: readonly ReturnType<typeof web>[],
    { gone = [], told = ok(undefined) }: { gone?: readonly string[]; told?: Result<void> } = {},
  ) => {
    const gatherer = { registry: kinds, inventory: { confirmGone: async () => told } };
    const readings = readFleet(gatherer, subject(then));
    const seen: Observation = { target: 'lb-1', at: 1, durationMs: 1, readings, verdicts: [], steps: [], refusals: [] };
    return outdated(gatherer, subject(now), seen, [step(gone)], never);
  };

  it('is begun where the hosts it was made from are the same, in whatever order', async () => {
    expect(await look([web(1), web(2)], [web(2), web(1)])).toBeUndefined();
  });

  it('is not begun where one of them came back, went, or has another address', async () => {
    expect(await look([web(1)], [web(1), web(2)])).toBe('Changed in the inventory since the plan: web-2 is new');
    expect(await look([web(1), web(2)], [web(1)])).toBe('Changed in the inventory since the plan: web-2 is gone');
    expect(await look([web(1)], [{ ...web(1), host: '10.0.0.9' }])).toBe(
      'Changed in the inventory since the plan: 10.0.0.9 is new, 10.0.0.1 is gone',
    );
  });

  it('is begun where hosts came that no step was planned from', async () => {
    expect(await look([web(1)], [web(1), web(2, 'db')])).toBeUndefined();
  });

  it('is not begun where the inventory cannot tell them any more', async () => {
    const twins = [web(1), { ...web(2), host: '10.0.0.1' }];
    expect(await look([web(1)], twins)).toBe(
      'Changed in the inventory since the plan: web-1 and web-2 have the same address, 10.0.0.1.',
    );
  });

  it('is not begun where what it takes for gone runs again', async () => {
    const told = failure('inventory_unread', 'i-2 runs at 10.0.0.2.', 'Ask again.');
    expect(await look([web(1)], [web(1)], { gone: ['10.0.0.2'], told })).toBe('i-2 runs at 10.0.0.2. Ask again.');
    expect(await look([web(1)], [web(1)], { told })).toBeUndefined();
  });
});
