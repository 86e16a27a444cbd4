import { describe, expect, it } from 'vitest';
import type { FactField, FactValue, Reading } from '../../../src/core/fact-type.js';
import { judge } from '../../../src/engine/judge.js';
import { fillPhrase } from '../../../src/engine/phrase.js';
import { sampleRunbook } from '../../rig/sample-runbook.js';

const reading = (used: FactField, more: FactValue = {}): Reading => ({
  status: 'read',
  value: { used, name: 'sda', ok: true, tags: [], inner: { share: 0.5 }, ...more },
  evidence: ['a line'],
});
const PARAMS = { warn: 60, deep: true, mode: 'fast', note: '' };
const verdicts = (root: Reading | undefined, params = PARAMS, runbook = sampleRunbook()) =>
  Object.fromEntries(judge(runbook, root ? { root } : {}, params).map((v) => [v.check, v]));
const kinds = (...args: Parameters<typeof verdicts>) =>
  Object.values(verdicts(...args)).map((v) => `${v.check} ${v.kind}`);

describe('a check', () => {
  it('passes, fails with its words and evidence, and is skipped where it does not apply', () => {
    expect(kinds(reading(50))).toEqual(['space pass', 'sound pass']);
    expect(kinds(reading(90), { ...PARAMS, deep: false })).toEqual(['space fail', 'sound skip']);
    const { space } = verdicts(reading(90));
    expect(space && fillPhrase(space.message)).toBe('90 % of sda used');
    expect(space?.evidence).toEqual(['a line']);
  });

  it('never passes on what was not read, whatever an || would make of it', () => {
    for (const unread of [undefined, { status: 'error', reason: 'no' }, { status: 'absent', reason: 'no' }] as const) {
      expect(kinds(unread)).toEqual(['space error', 'sound error']);
    }
  });

  it('is skipped on what is absent only where the runbook says so', () => {
    const runbook = sampleRunbook('    rule: "Measured."', '    rule: "Measured."\n    absent: skip');
    expect(kinds({ status: 'absent', reason: 'no disk' }, PARAMS, runbook)).toEqual(['space skip', 'sound error']);
    expect(kinds({ status: 'error', reason: 'no' }, PARAMS, runbook)).toEqual(['space error', 'sound error']);
  });

  it.each([Number.NaN, 1.5, '50', true, 2 ** 60])('is an error on a reading that is no %s integer', (used) => {
    expect(kinds(reading(used))).toEqual(['space error', 'sound error']);
  });

  it('is an error, not a pass, when its sentence cannot be made', () => {
    const runbook = sampleRunbook('{root.used} %', '{root.tags[3]} %');
    expect(kinds(reading(90), PARAMS, runbook)[0]).toBe('space error');
  });

  it('stays a finding when its advice cannot be said: that line is left out', () => {
    const runbook = sampleRunbook(
      '    rule: "Measured."',
      '    consequence: "{root.tags[3]} is lost."\n    cure: "Empty {root.name}."\n    rule: "Measured."',
    );
    const { space } = verdicts(reading(90), PARAMS, runbook);
    expect(space?.kind).toBe('fail');
    expect(space && fillPhrase(space.message)).toBe('90 % of sda used');
    const said = Object.entries(space?.advice ?? {}).map(([kind, phrase]) => [kind, fillPhrase(phrase)]);
    expect(Object.fromEntries(said)).toEqual({ cure: 'Empty sda.' });
  });

  it('shows what a host says on one clean line of bounded length', () => {
    const name = `\u001b[31m<!channel>\u0000\n${'x'.repeat(5_000)}`;
    const message = verdicts(reading(90, { name })).space?.message;
    const text = message ? fillPhrase(message) : '';
    expect(text).toMatch(/^90 % of <!channel> x+… used$/);
    expect(text.length).toBeLessThan(350);
  });
});

describe('a check whose rule is known for some kernels', () => {
  const gated = (kernel: string, outside = '') =>
    sampleRunbook('    rule: "Measured."', `    rule: "Measured."\n    kernel: "${kernel}"${outside}`);
  const space = (runbook: ReturnType<typeof gated>, used: number, release: string | undefined) => {
    const fact = runbook.facts.find((f) => f.type === 'kernel')?.name ?? '';
    const kernel: Reading =
      release === undefined
        ? { status: 'error', reason: 'makes no sense' }
        : { status: 'read', value: { release }, evidence: [`kernel ${release}`] };
    const verdict = judge(runbook, { root: reading(used), [fact]: kernel }, PARAMS).find((v) => v.check === 'space');
    return verdict && [verdict.kind, fillPhrase(verdict.message)].join(': ');
  };

  it('says nothing of the kernel where the host has one of them', () => {
    expect(space(gated('>=4.2 <=6.18'), 90, '6.1.0-18-amd64')).toBe('fail: 90 % of sda used');
    expect(space(gated('>=4.2 <=6.18'), 50, '6.1.0-18-amd64')).toBe('pass: ');
  });

  it('says that a finding, or a pass, is inferred on any other', () => {
    expect(space(gated('>=4.2 <=6.18'), 90, '4.1.12')).toBe(
      'fail: 90 % of sda used (known for Linux 4.2 to 6.18; this host has 4.1.12: inferred)',
    );
    expect(space(gated('>=4.2'), 50, '3.10.0-1160.el7')).toBe(
      'pass: known for Linux 4.2 and later; this host has 3.10.0-1160.el7: inferred',
    );
  });

  it('is skipped there, or an error, where the runbook says so, whatever the reading', () => {
    const words = 'the rule is known for Linux 4.16 and later; this host has 3.10.0';
    for (const used of [50, 90]) {
      expect(space(gated('>=4.16', '\n    outside: skip'), used, '3.10.0')).toBe(`skip: ${words}`);
      expect(space(gated('>=4.16', '\n    outside: error'), used, '3.10.0')).toBe(`error: ${words}`);
    }
  });

  it('is an error where the kernel is not known, never a pass', () => {
    expect(space(gated('>=4.2'), 50, undefined)).toMatch(/^error: needed_1: makes no sense/);
    expect(space(gated('>=4.2', '\n    outside: error'), 50, 'linux')).toMatch(/^error: the rule is known for/);
  });
});
