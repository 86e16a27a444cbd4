import type { Observation, RunEvent, Verdict } from '../../src/core/run.js';

/** Events of a run on hosts `web-1` to `web-N`, as plain data for tests of what follows from them. */
export const opened = (
  hosts: number,
  more: Partial<Extract<RunEvent, { kind: 'opened' }>> = {},
): Extract<RunEvent, { kind: 'opened' }> => ({
  kind: 'opened',
  at: 1_000,
  actor: { id: 'slack:U1ANA', name: 'ana' },
  origin: { door: 'slack', channel: 'C0OPS' },
  request: {
    runbook: 'disk',
    verb: 'fix',
    mode: 'fix',
    selector: 'web-*',
    params: {},
    given: [],
    text: 'disk fix web-*',
  },
  targets: hostNames(hosts).map((name) => ({ name, labels: {}, transport: 'ssh' })),
  shard: 2,
  ...more,
});

export const hostNames = (n: number): readonly string[] => Array.from({ length: n }, (_, i) => `web-${i + 1}`);

export const verdict = (kind: Verdict['kind'], more: Partial<Verdict> = {}): Verdict => ({
  check: 'space',
  kind,
  severity: 'critical',
  message: { template: '{0} % used', values: [90] },
  evidence: [],
  ...more,
});

export const observation = (target: string, more: Partial<Observation> = {}): Observation => ({
  ...{ target, at: 1_500, durationMs: 10, readings: {}, verdicts: [], steps: [], refusals: [] },
  ...more,
});

/** An observation with a finding and a step that would mend it. */
export const broken = (target: string): Observation =>
  observation(target, {
    verdicts: [verdict('fail')],
    steps: [{ change: 'room', type: 'set', title: 'set 10', env: { TO: '10' }, effects: [] }],
  });

/** The same from a host that did not answer. */
export const silent = (target: string): Observation =>
  observation(target, {
    missed: { outcome: 'unreachable', fault: { code: 'host_refused', message: `${target} refused.`, next: 'Look.' } },
  });
