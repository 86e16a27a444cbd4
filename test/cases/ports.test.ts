import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { builtIn } from '../../src/composition/registry.js';
import { loadRunbook } from '../../src/core/runbook-loader.js';
import { judge } from '../../src/engine/judge.js';
import { fillPhrase } from '../../src/engine/phrase.js';
import { propose } from '../../src/engine/propose.js';
import { connectionLimits } from '../../src/facts/connection-limits.js';
import { portUsage } from '../../src/facts/port-usage/port-usage.js';
import { sourceBinding } from '../../src/facts/source-binding.js';
import { staleSysctl } from '../../src/facts/stale-sysctl.js';
import { sysctl } from '../../src/facts/sysctl/sysctl.js';
import { kernelOf } from './kernel-of.js';

/** What a host printed, and what the runbook must say of it: all checks that do not pass or skip are named. */
const caseFile = z.strictObject({
  about: z.string(),
  params: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  outputs: z.strictObject({
    ports: z.array(z.string()),
    source: z.array(z.string()),
    limits: z.array(z.string()),
    recycle: z.array(z.string()),
    stale: z.array(z.string()),
  }),
  verdicts: z.record(z.string(), z.enum(['fail', 'error'])),
  says: z.record(z.string(), z.string()),
  change: z.enum(['yes', 'no', 'refused']),
});

const KEY = 'net.ipv4.tcp_tw_recycle';
const PARAMS = { warn: 60, critical: 85, nat_hosts: 0, recycle: false };
const CASES = new URL('./ports/', import.meta.url);

const loaded = loadRunbook(
  'ports.yaml',
  readFileSync(new URL('../../runbooks/ports.yaml', import.meta.url), 'utf8'),
  builtIn,
);
if (!loaded.ok) throw new Error(loaded.fault.next);
const runbook = loaded.value;

const readings = (outputs: z.output<typeof caseFile>['outputs']) => {
  const text = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');
  return {
    ports: portUsage.parse(text(outputs.ports), {}),
    source: sourceBinding.parse(text(outputs.source), {}),
    limits: connectionLimits.parse(text(outputs.limits), {}),
    recycle: sysctl.parse(text(outputs.recycle), KEY),
    stale: staleSysctl.parse(text(outputs.stale), KEY),
    kernel: kernelOf(outputs.ports),
    managed: { status: 'read', value: { by: '', managers: [], read: true, unread: [] }, evidence: [] } as const,
  };
};

describe('the runbook ports', () => {
  for (const name of readdirSync(CASES).sort()) {
    const data = caseFile.parse(JSON.parse(readFileSync(new URL(name, CASES), 'utf8')));
    const params = { ...PARAMS, ...data.params };
    test(`${name.replace('.json', '')}: ${data.about}`, () => {
      const read = readings(data.outputs);
      const verdicts = judge(runbook, read, params);
      const found = verdicts.filter((one) => one.kind === 'fail' || one.kind === 'error');
      expect(Object.fromEntries(found.map((one) => [one.check, one.kind]))).toEqual(data.verdicts);
      for (const [check, words] of Object.entries(data.says)) {
        const said = found
          .filter((one) => one.check === check)
          .flatMap((one) => [one.message, ...Object.values(one.advice ?? {})]);
        expect(said.map(fillPhrase).join('\n')).toMatch(new RegExp(words));
      }
      const proposal = propose(runbook, builtIn, read, verdicts, { params, secrets: {} });
      const planned = proposal.steps.length > 0 ? 'yes' : proposal.refusals.length > 0 ? 'refused' : 'no';
      expect({ planned, ...proposal }).toMatchObject({ planned: data.change });
    });
  }

  test('cut output makes every check an error, and nothing is planned', () => {
    const read = readings({ ports: [], source: [], limits: [], recycle: [], stale: [] });
    const verdicts = judge(runbook, read, PARAMS);
    expect(new Set(verdicts.map((one) => one.kind))).toEqual(new Set(['error']));
    expect(propose(runbook, builtIn, read, verdicts, { params: PARAMS, secrets: {} }).steps).toEqual([]);
  });
});
