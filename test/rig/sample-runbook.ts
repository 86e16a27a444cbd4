import { z } from 'zod';
import { change, fact, registry } from '../../src/core/registry.js';
import type { Runbook } from '../../src/core/runbook.js';
import { loadRunbook } from '../../src/core/runbook-loader.js';

/** A fact that says what its output says (`used=70 tags=a,b`), and a change that sets it. */
export const sampleRegistry = registry(
  [
    fact({
      name: 'gauge',
      summary: 'a number',
      args: z.strictObject({ of: z.string().max(20) }),
      schema: { used: 'int', name: 'string', ok: 'bool', tags: 'list<string>', inner: { share: 'double' } },
      probe: ({ of }) => ({ script: 'cat', env: { OF: of } }),
      parse: (output) => ({ status: 'read', value: JSON.parse(output), evidence: [output] }),
    }),
  ],
  [
    change({
      name: 'set',
      summary: 'sets a number',
      args: z.strictObject({ of: z.string().max(30), to: z.int() }),
      scripts: { guard: 'true', apply: 'true', verify: 'true', revert: 'true' },
      needs: ({ of }) => [{ type: 'gauge', args: { of } }],
      plan: ({ to }, [reading]) => {
        if (reading?.status !== 'read') return { kind: 'refused', reason: 'not read' };
        if (reading.value.used === to) return { kind: 'nothing' };
        return { kind: 'steps', steps: [{ title: `set ${to}`, env: { TO: String(to) }, effects: [] }] };
      },
    }),
  ],
);

export const SAMPLE = `command: disk
title: Disks
symptoms: [ENOSPC]
params:
  warn: { type: integer, default: 60, min: 1, max: 100, unit: percent, help: "When to warn." }
  deep: { type: boolean, default: false, help: "Look deeper." }
  mode: { type: choice, default: fast, values: [fast, slow], help: "How." }
  note: { type: string, default: "", max_length: 20, help: "A note." }
facts:
  root: { gauge: { of: / } }
checks:
  space:
    severity: critical
    expect: root.used < params.warn
    otherwise: "{root.used} % of {root.name} used"
    rule: "Measured."
  sound:
    when: params.deep
    expect: root.ok || root.used == 0
    otherwise: "{root.name} is not sound"
    rule: "Known."
changes:
  room:
    when: checks.space.failed && root.used > 0
    set: { of: /, to: 10 }
rollout: { canary: 1, batch: 25%, stop_after_failures: 1 }
knowledge: |
  Delete something.
`;

/** The sample as loaded, a text in it replaced. Throws what is wrong with it. */
export const sampleRunbook = (replaced = '', by = ''): Runbook => {
  const loaded = loadRunbook('disk.yaml', SAMPLE.replace(replaced, by), sampleRegistry);
  if (!loaded.ok) throw new Error(`${loaded.fault.message} ${loaded.fault.next}`);
  return loaded.value;
};
