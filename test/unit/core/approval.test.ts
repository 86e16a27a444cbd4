import { describe, expect, it } from 'vitest';
import { termsFor } from '../../../src/core/approval.js';
import { readConfig } from '../../../src/core/config.js';
import type { Target } from '../../../src/core/target.js';

const target = (name: string, env: string): Target => ({
  ...{ name, transport: 'ssh', host: name, port: 22, user: 'u', become: 'none' },
  labels: { env },
});
const [PROD, STAGE, DEV] = [target('p-1', 'prod'), target('s-1', 'stage'), target('d-1', 'dev')];

const terms = (policies: string, targets: readonly Target[], verb = 'fix') => {
  const config = readConfig('f', `policies:\n${policies}`, 'u');
  if (!config.ok) throw new Error(config.fault.next);
  return termsFor(targets, verb, config.value);
};

const TWO = `  - { where: env=prod, approvers: [S0SRE], expires: 10m }
  - { where: env=stage, approvals: 0, allow: { fix: [S0DEV] }, expires: 5m }`;

describe('the terms of a change', () => {
  it('are the word of the requester where no policy holds', () => {
    expect(terms(TWO, [DEV])).toEqual({
      ok: true,
      value: { requirement: { kind: 'requester' }, expiresMs: 1_800_000, allowed: [] },
    });
  });

  it('are an approval where the policy says so', () => {
    expect(terms(TWO, [PROD])).toMatchObject({
      value: { requirement: { kind: 'approval', approvers: ['S0SRE'], selfApproval: false }, expiresMs: 600_000 },
    });
  });

  it('are the strictest of all targets: approval, shortest time, every list', () => {
    expect(terms(TWO, [DEV, STAGE, PROD])).toMatchObject({
      value: { requirement: { kind: 'approval' }, expiresMs: 300_000, allowed: [['S0DEV']] },
    });
  });

  it('come from the first policy that selects a target', () => {
    const first = `  - { where: p-1, approvals: 0 }\n${TWO}`;
    expect(terms(first, [PROD])).toMatchObject({ value: { requirement: { kind: 'requester' } } });
  });

  it('cannot be had where targets have different approvers', () => {
    const different = `${TWO}\n  - { where: env=dev, approvers: [S0OTHER] }`;
    expect(terms(different, [PROD, DEV])).toMatchObject({ ok: false, fault: { code: 'not_allowed' } });
    expect(terms(different, [PROD])).toMatchObject({ ok: true });
  });

  it('let a requester approve only where every policy says so', () => {
    const self = `  - { where: env=prod, approvers: [S0SRE], self_approval: true }
  - { where: env=stage, approvers: [S0SRE] }`;
    const of = (targets: readonly Target[]) => {
      const found = terms(self, targets);
      return found.ok && found.value.requirement.kind === 'approval' && found.value.requirement.selfApproval;
    };
    expect([of([PROD]), of([STAGE]), of([PROD, STAGE])]).toEqual([true, false, false]);
  });

  it('are refused to everybody for a verb that the policy does not name', () => {
    expect(terms(TWO, [STAGE], 'resync')).toMatchObject({ ok: false, fault: { code: 'not_allowed' } });
  });

  it('do not take a name of the prototype for a verb', () => {
    expect(terms(TWO, [STAGE], 'constructor')).toMatchObject({ ok: false });
  });
});
