import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import pino from 'pino';
import type { Outcome } from '../../src/core/outcome.js';
import type { Observation, RunEvent } from '../../src/core/run.js';
import type { Clock, RandomHex } from '../../src/engine/ports.js';

export const clock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) => delay(ms, undefined, signal ? { signal } : {}),
};
export const random: RandomHex = (bytes) => randomBytes(bytes).toString('hex');
export const logger = pino({ level: 'silent' });
export const context = { clock, random, logger };

type Event<K extends RunEvent['kind']> = Extract<RunEvent, { kind: K }>;

const names = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `web-${i + 1}`);

export const opened = (targets = 2, door: 'slack' | 'cli' = 'slack'): Event<'opened'> => ({
  kind: 'opened',
  at: Date.now(),
  actor: { id: 'slack:U1', name: 'ana' },
  origin: door === 'slack' ? { door, channel: 'C1' } : { door },
  request: {
    runbook: 'tcp',
    verb: 'verify',
    mode: 'verify',
    selector: 'web-*',
    params: {},
    given: [],
    text: 'tcp verify web-*',
  },
  targets: names(targets).map((name) => ({ name, labels: { env: 'prod' }, transport: 'ssh' })),
  shard: 50,
});

export const started = (delivery: number): Event<'started'> => ({
  kind: 'started',
  at: Date.now(),
  stage: 'gather',
  shard: 0,
  delivery,
  targets: ['web-1'],
});

export const halted = (reason: string): Event<'halted'> => ({ kind: 'halted', at: Date.now(), reason });

export const ended = (targets = 2, outcome: Outcome = 'ok'): Event<'ended'> => ({
  kind: 'ended',
  at: Date.now(),
  outcomes: Object.fromEntries(names(targets).map((name) => [name, outcome])),
});

/** About 2 KB of JSON, as a real gathering of the runbook tcp has. */
const observation = (target: string): Observation => ({
  target,
  at: Date.now(),
  durationMs: 120,
  readings: {
    ports: {
      status: 'read',
      value: { busiest: { peer: '10.0.3.7:6379', capacity: 28_232, unusable_percent: 88 }, total: 25_000 },
      evidence: Array.from({ length: 20 }, (_, i) => `tcp TIME-WAIT 0 0 10.0.0.1:${32_768 + i} 10.0.3.7:6379`),
    },
    reuse: {
      status: 'read',
      value: { running: '2', boot: '2', sysctl_system: '2' },
      evidence: ['/etc/sysctl.conf:12'],
    },
  },
  verdicts: [
    {
      check: 'headroom',
      kind: 'fail',
      severity: 'critical',
      message: { template: '{0} % of {1} ports to {2} used', values: [88, 28_232, '10.0.3.7:6379'] },
      evidence: ['28232 ports'],
    },
  ],
  steps: [],
  refusals: [],
});

export const observed = (targets: number): Event<'observed'> => ({
  kind: 'observed',
  at: Date.now(),
  observations: names(targets).map(observation),
});
