import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expandRanges } from '../../../src/core/names.js';
import { foldRun, type Observation, openRun } from '../../../src/core/run.js';
import { groupsOf } from '../../../src/engine/groups.js';
import { observation, opened, silent, verdict } from '../../rig/sample-run.js';
import { sampleRunbook } from '../../rig/sample-runbook.js';

const groups = (...observations: readonly Observation[]) =>
  groupsOf(foldRun(openRun('r1', opened(observations.length)), { kind: 'observed', at: 1, observations }));
const used = (target: string, percent: number, more: Partial<Parameters<typeof verdict>[1]> = {}) =>
  observation(target, {
    verdicts: [verdict('fail', { message: { template: '{0} % used', values: [percent] }, ...more })],
  });

describe('hosts', () => {
  it('with the same finding are one group, their numbers a range', () => {
    expect(groups(used('web-1', 88), used('web-2', 91), used('web-10', 90))).toEqual([
      { mark: 'critical', count: 3, hosts: 'web-[1-2,10]', lines: ['88-91 % used'] },
    ]);
  });

  it('are told worst first: critical, warning, not checked, not reached, well', () => {
    const all = groups(
      observation('web-1', { verdicts: [verdict('pass')] }),
      silent('web-2'),
      observation('web-3', { verdicts: [verdict('error', { message: { template: '{0}', values: ['no ss'] } })] }),
      used('web-4', 70, { severity: 'warning', check: 'inodes' }),
      used('web-5', 90),
    );
    expect(all.map((g) => g.mark)).toEqual(['critical', 'warning', 'unknown', 'unreachable', 'ok']);
    expect(all[2]?.lines).toEqual(['could not check space: no ss']);
    expect(all[3]?.lines).toEqual(['web-2 refused. Look.']);
  });

  it('that fail differently in words are not folded', () => {
    const named = (target: string, name: string) =>
      used(target, 1, { message: { template: '{0} is full', values: [name] } });
    expect(groups(named('web-1', 'sda'), named('web-2', 'sdb'))).toHaveLength(2);
  });

  it('are well only when nothing failed and nothing was unread', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('pass', 'fail', 'error', 'skip' as const)), (kinds) => {
        const [group] = groups(observation('web-1', { verdicts: kinds.map((k) => verdict(k)) }));
        expect(group?.mark === 'ok').toBe(!kinds.includes('fail') && !kinds.includes('error'));
      }),
    );
  });

  it('are told what to do about the worst finding, and that nothing helps at once without a line for it', () => {
    const said = (text: string) => ({ template: text, values: [] });
    const advice = { consequence: said('It fills.'), cure: said('Delete something.'), stopgap: said('none') };
    const [none] = groups(used('web-1', 90, { advice }));
    expect(none?.lines.slice(1)).toEqual(['If nothing is done: It fills.', 'Cure: Delete something. Stopgap: none']);
    const [some] = groups(used('web-1', 90, { advice: { ...advice, stopgap: said('Compress.') } }));
    expect(some?.lines.slice(2)).toEqual(['Cure: Delete something.', 'Stopgap: Compress.']);
  });

  it('with a finding are told who will undo a fix, until the plan says so', () => {
    const runbook = sampleRunbook('rollout:', 'undone_by: "{root.name}"\nrollout:');
    const seen = (target: string, name: string): Observation => ({
      ...used(target, 90),
      readings: {
        root: {
          status: 'read',
          value: { used: 90, name, ok: true, tags: [], inner: { share: 0.5 } },
          evidence: [],
        },
      },
    });
    const request = { ...opened(2).request, params: { warn: 60, deep: true, mode: 'fast', note: '' } };
    const run = (...observations: readonly Observation[]) =>
      foldRun(openRun('r1', opened(2, { request })), { kind: 'observed', at: 1, observations });
    const lines = (...observations: readonly Observation[]) => groupsOf(run(...observations), runbook)[0]?.lines;
    expect(lines(seen('web-1', 'Puppet'), seen('web-2', 'Puppet'))?.at(-1)).toBe('A fix may be undone by Puppet');
    expect(lines(seen('web-1', 'Puppet'), seen('web-2', 'Chef'))?.at(-1)).toBe(
      'A fix may be undone by Puppet, and by others elsewhere',
    );
    expect(lines(seen('web-1', ''))).toEqual(['90 % used']);
  });

  it('are each in exactly one group', () => {
    const one = fc.oneof(
      fc.integer({ min: 1, max: 100 }).map((n) => (name: string) => used(name, n)),
      fc.constant(silent),
      fc.constant((name: string) => observation(name)),
    );
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 30 }), (makers) => {
        const names = makers.map((_, i) => `web-${i + 1}`);
        const found = groups(...makers.map((make, i) => make(names[i] ?? '')));
        const members = found.flatMap((g) => g.hosts.split(', ').flatMap((h) => expandRanges(h) ?? []));
        expect([...members].sort()).toEqual([...names].sort());
      }),
      { numRuns: 200 },
    );
  });
});
