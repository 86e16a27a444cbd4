import { describe, expect, it } from 'vitest';
import { digestOf, type Plan, shortDigest } from '../../../src/core/plan.js';

const step = (from: string) => ({
  change: 'reuse',
  type: 'sysctl',
  title: 'x',
  env: { KEY: 'k', WAS: from },
  effects: [{ kind: 'running' as const, subject: 'k', from, to: '1' }],
});
const plan = (...targets: Plan['targets']): Plan => ({ runbook: 'tcp', targets });

describe('the digest of a plan', () => {
  const a = { target: 'a', steps: [step('2')] };
  const b = { target: 'b', steps: [step('0')] };

  it('does not depend on the order in which hosts answered', () => {
    expect(digestOf(plan(a, b))).toBe(digestOf(plan(b, a)));
  });

  it('changes with every observed value', () => {
    expect(digestOf(plan(a, b))).not.toBe(digestOf(plan(a, { target: 'b', steps: [step('2')] })));
  });

  it('is read aloud in two groups of four', () => {
    expect(shortDigest(digestOf(plan(a)))).toMatch(/^[0-9a-f]{4}·[0-9a-f]{4}$/);
  });
});
