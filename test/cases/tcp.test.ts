import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { builtIn } from '../../src/composition/registry.js';
import { loadRunbook } from '../../src/core/runbook-loader.js';
import { judge } from '../../src/engine/judge.js';
import { propose } from '../../src/engine/propose.js';
import { portRange } from '../../src/facts/port-range.js';
import { portUsage } from '../../src/facts/port-usage/port-usage.js';
import { sysctl } from '../../src/facts/sysctl/sysctl.js';
import { kernelOf } from './kernel-of.js';

/** What a host printed, and what the runbook must say of it. Outputs are recorded from real kernels, a line an item. */
const caseFile = z.strictObject({
  about: z.string(),
  params: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  outputs: z.strictObject({ sysctl: z.array(z.string()), ports: z.array(z.string()) }),
  verdicts: z.record(z.string(), z.enum(['pass', 'fail', 'skip', 'error'])),
  change: z.enum(['yes', 'no', 'refused']),
});

const CASES = new URL('./tcp/', import.meta.url);

const loaded = loadRunbook(
  'tcp.yaml',
  readFileSync(new URL('../../runbooks/tcp.yaml', import.meta.url), 'utf8'),
  builtIn,
);
if (!loaded.ok) throw new Error(loaded.fault.next);
const runbook = loaded.value;

/** What a request without widen=true reads of the wider range. */
const NOT_ASKED = {
  range: sysctl.parse('', { key: 'net.ipv4.ip_local_port_range', asked: false }),
  wider: portRange.parse('', { low: 10240, high: 65535, asked: false }),
};

const PARAMS = { warn: 60, critical: 85, widen: false };

describe('the runbook tcp', () => {
  for (const name of readdirSync(CASES)
    .filter((one) => one.endsWith('.json'))
    .sort()) {
    const data = caseFile.parse(JSON.parse(readFileSync(new URL(name, CASES), 'utf8')));
    test(`${name.replace('.json', '')}: ${data.about}`, () => {
      const text = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');
      const readings = {
        reuse: sysctl.parse(text(data.outputs.sysctl), 'net.ipv4.tcp_tw_reuse'),
        ports: portUsage.parse(text(data.outputs.ports), {}),
        kernel: kernelOf(data.outputs.ports),
        ...NOT_ASKED,
      };
      const verdicts = judge(runbook, readings, { ...PARAMS, ...data.params });
      expect(Object.fromEntries(verdicts.map((one) => [one.check, one.kind]))).toEqual(data.verdicts);
      const proposal = propose(runbook, builtIn, readings, verdicts, {
        params: { ...PARAMS, ...data.params },
        secrets: {},
      });
      const planned = proposal.steps.length > 0 ? 'yes' : proposal.refusals.length > 0 ? 'refused' : 'no';
      expect({ planned, ...proposal }).toMatchObject({ planned: data.change });
    });
  }

  test('cut output makes every check that mentions it an error, and nothing is planned', () => {
    const readings = {
      reuse: sysctl.parse('runbolt-sysctl\t1\n', 'net.ipv4.tcp_tw_reuse'),
      ports: portUsage.parse('', {}),
      ...NOT_ASKED,
    };
    const verdicts = judge(runbook, readings, PARAMS);
    expect(new Set(verdicts.map((one) => one.kind))).toEqual(new Set(['error', 'skip']));
    expect(verdicts.flatMap((one) => (one.kind === 'skip' ? [one.check] : []))).toEqual([
      'range_widened',
      'range_free',
      'range_lasting',
      'range_loaders',
      'range_setters',
      'range_boot_known',
    ]);
    expect(propose(runbook, builtIn, readings, verdicts, { params: PARAMS, secrets: {} }).steps).toEqual([]);
  });
});
