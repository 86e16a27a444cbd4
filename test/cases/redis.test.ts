import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { redisConfig } from '../../src/changes/redis-config/redis-config.js';
import { refusal } from '../../src/changes/refusal.js';
import { sysctlChange } from '../../src/changes/sysctl/sysctl.js';
import { bindArgs } from '../../src/core/args.js';
import type { Reading } from '../../src/core/fact-type.js';
import { change, fact, fleetFact, registry } from '../../src/core/registry.js';
import { loadRunbook } from '../../src/core/runbook-loader.js';
import { judge } from '../../src/engine/judge.js';
import { propose } from '../../src/engine/propose.js';
import { kernel } from '../../src/facts/kernel.js';
import { management } from '../../src/facts/management/management.js';
import { redisClients } from '../../src/facts/redis/clients.js';
import { idlePath } from '../../src/facts/redis/path.js';
import { redisServers } from '../../src/facts/redis/servers.js';
import { tcpTimers } from '../../src/facts/redis/timers.js';
import { scalingGroup } from '../../src/facts/scaling-group.js';
import { sysctl } from '../../src/facts/sysctl/sysctl.js';
import { kernelOf } from './kernel-of.js';

/** What a host printed, and what the runbook must say of it. Checks that are not named must pass or be skipped. */
const caseFile = z.strictObject({
  about: z.string(),
  params: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  outputs: z.record(z.enum(['servers', 'path', 'clients', 'timers']), z.array(z.string())),
  verdicts: z.record(z.string(), z.enum(['pass', 'fail', 'skip', 'error'])),
  change: z.enum(['yes', 'no', 'refused']),
});

const KINDS = registry(
  [
    fact(redisServers),
    fact(redisClients),
    fact(idlePath),
    fact(tcpTimers),
    fact(management),
    fact(sysctl),
    fact(kernel),
    fleetFact(scalingGroup),
  ],
  [change(redisConfig), change(sysctlChange), change(refusal)],
);
const CASES = new URL('./redis/', import.meta.url);

const loaded = loadRunbook(
  'redis.yaml',
  readFileSync(new URL('../../runbooks/redis.yaml', import.meta.url), 'utf8'),
  KINDS,
);
if (!loaded.ok) throw new Error(loaded.fault.next);
const runbook = loaded.value;
const defaults = Object.fromEntries(Object.entries(runbook.params).map(([name, spec]) => [name, spec.default]));

const OUTPUT_OF: Readonly<Record<string, 'servers' | 'path' | 'clients' | 'timers'>> = {
  redis: 'servers',
  path: 'path',
  clients: 'clients',
  timers: 'timers',
};

describe('the runbook redis', () => {
  for (const name of readdirSync(CASES).sort()) {
    const data = caseFile.parse(JSON.parse(readFileSync(new URL(name, CASES), 'utf8')));
    test(`${name.replace('.json', '')}: ${data.about}`, () => {
      const params = { ...defaults, ...data.params };
      const readings: Record<string, Reading> = {};
      for (const { name: known, type, args } of runbook.facts) {
        const kind = KINDS.facts.get(type);
        const output = OUTPUT_OF[known];
        if (!kind || !('parse' in kind) || output === undefined) continue;
        const text = data.outputs[output].map((line) => `${line}\n`).join('');
        readings[known] = kind.parse(text, kind.args.parse(bindArgs(args, { params, secrets: {} })));
      }
      readings.kernel = kernelOf(data.outputs.timers ?? []);
      const verdicts = judge(runbook, readings, params);
      const bad = verdicts.filter((one) => one.kind === 'fail' || one.kind === 'error').map((one) => one.check);
      const wanted = Object.entries(data.verdicts).filter(([, kind]) => kind === 'fail' || kind === 'error');
      expect(new Set(bad)).toEqual(new Set(wanted.map(([check]) => check)));
      for (const [check, kind] of Object.entries(data.verdicts))
        expect(verdicts.filter((one) => one.check === check).map((one) => one.kind)).toContain(kind);
      const proposal = propose(runbook, KINDS, readings, verdicts, { params, secrets: {} });
      const planned = proposal.steps.length > 0 ? 'yes' : proposal.refusals.length > 0 ? 'refused' : 'no';
      expect({ planned, ...proposal }).toMatchObject({ planned: data.change });
    });
  }
});
