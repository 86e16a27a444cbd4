import { expect, it } from 'vitest';
import { launcher, MAX_PACKED, pack } from '../../../../src/adapters/ssm/launcher.js';
import { builtIn } from '../../../../src/composition/registry.js';
import { runbooksOf } from '../../../../src/composition/runbook-files.js';
import { gatherScript } from '../../../../src/core/script.js';
import { sharedSections } from '../../../../src/core/shared-section.js';

/** Characters of a document with its parameters, as SSM's quotas have it. */
const DOCUMENT = 64 * 1024;

it('a command with the longest script is within SSM’s limit', () => {
  const packed = `${'x'.repeat(76)}\n`.repeat(MAX_PACKED / 77).slice(0, MAX_PACKED);
  const text = launcher({ id: '0'.repeat(32), packed, limitMs: 900_000, maxBytes: 10_000_000 });
  const parameters = { commands: [text], executionTimeout: ['905'] };
  expect(JSON.stringify(parameters).length).toBeLessThan(DOCUMENT);
});

it.each(['tcp', 'ports', 'redis', 'lb', 'haproxy'])(
  'what %s reads of a host goes through SSM with room to spare',
  async (name) => {
    const runbooks = await runbooksOf(undefined);
    const runbook = runbooks.ok ? runbooks.value.get(name) : undefined;
    const probes = (runbook?.facts ?? []).flatMap(({ name: id, type, args }) => {
      const kind = builtIn.facts.get(type);
      const bound = kind && 'probe' in kind ? kind.args.safeParse(args) : undefined;
      return kind && 'probe' in kind && bound?.success ? [{ name: id, probe: kind.probe(bound.data) }] : [];
    });
    expect(probes.length).toBeGreaterThan(0);
    expect(pack(gatherScript(sharedSections(probes))).length).toBeLessThan(MAX_PACKED / 2);
  },
);
