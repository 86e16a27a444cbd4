import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadRunbook } from '../../../src/core/runbook-loader.js';
import { SAMPLE, sampleRegistry, sampleRunbook } from '../../rig/sample-runbook.js';

const mistakes = (text: string): readonly string[] => {
  const loaded = loadRunbook('disk.yaml', text, sampleRegistry);
  return loaded.ok ? [] : loaded.fault.next.split('\n');
};

describe('a runbook', () => {
  it('is loaded with its facts, checks, changes and rollout', () => {
    const runbook = sampleRunbook();
    expect(runbook).toMatchObject({
      command: 'disk',
      verbs: { read: 'verify', write: 'fix' },
      facts: [{ name: 'root', type: 'gauge', args: { of: '/' } }],
      rollout: { canary: 1, batch: { percent: 25 }, stopAfterFailures: 1 },
    });
    expect([...(runbook.changes[0]?.when.mentions ?? [])].sort()).toEqual(['checks.space', 'root']);
  });

  it('reads for a change the fact that is there already', () => {
    expect(sampleRunbook().changes[0]?.needs).toEqual(['root']);
  });

  it('gathers what a change needs and nobody asked for', () => {
    const runbook = sampleRunbook('set: { of: /, to: 10 }', 'set: { of: /var, to: 10 }');
    expect(runbook.facts.at(-1)).toEqual({ name: 'needed_1', type: 'gauge', args: { of: '/var' } });
    expect(runbook.changes[0]?.needs).toEqual(['needed_1']);
  });

  it.each([
    ['knowledge: |', 'knowlege: |', 'disk.yaml:27:1 `knowlege` is not known here. Did you mean `knowledge`?'],
    [
      '    expect: root.used',
      '    expct: root.used',
      'disk.yaml:14:5 `expct` is not known here. Did you mean `expect`?',
    ],
    ['gauge: { of: / }', 'guage: { of: / }', 'disk.yaml:10:11 There is no fact `guage`. Did you mean `gauge`?'],
    ['gauge: { of: / }', 'gauge: { off: / }', 'disk.yaml:10:'],
    ['gauge: { of: / }', 'gauge: { of: / }, other: 1', 'needs exactly one type of fact'],
    ['set: { of', 'st: { of', 'There is no change `st`. Did you mean `set`?'],
    ['set: { of: /, to: 10', 'set: { of: /, to: ten', '`changes.room.set.to`: must be a number.'],
    ['set: { of: /, ', 'set: { of: /a/very/long/directory/x, ', 'This cannot be read, so it cannot be changed'],
    ['set: { of: /, ', 'set: { of: "{params.note}", ', 'What a change reads cannot depend on a param: write it out.'],
    ['root.used < params', 'root.usd < params', 'disk.yaml:14:18 No such key: usd.'],
    ['root.used < params.warn', 'root.name', 'disk.yaml:14:13 This must be true or false, and is string.'],
    ['root.used < params.warn', 'root.used < params.name', 'No such key: name.'],
    ['root.used < params.warn', '((((', 'Something is missing at the end'],
    ['root.used < params.warn', 'root.name.matches("a")', '`matches` can take for ever; use search(text, pattern).'],
    ['root.used < params.warn', 'root.ok || nope == 1', 'Unknown variable: nope.'],
    ['root.used < params.warn', 'checks.sound.passed', 'Unknown variable: checks.'],
    ['{root.used} %', '{root.usd} %', 'disk.yaml:15:23 No such key: usd.'],
    ['checks.space.failed', 'checks.spase.failed', 'No such key: spase.'],
    ['default: 60', 'default: 600', '`params.warn.default`: must itself be a whole number from 1 to 100'],
    ['max: 100, ', '', '`params.warn.max`: is missing.'],
    ['batch: 25%', 'batch: 250%', '`rollout.batch`: must be a number of hosts, or a share'],
    ['severity: critical', 'severity: bad', '`checks.space.severity`: must be one of critical, warning.'],
    ['title: Disks', 'title: Disks\nverbs: { read: check }', '`verbs` has no `write` word'],
    ['  root: {', '  params: {', '`params` is taken; choose another name.'],
    ['  root: {', '  var: {', '`var` is taken; choose another name.'],
    ['command: disk', 'command: Disk Space', '`command`: must be lower-case letters'],
  ])('that says %s → %s is refused with the place and a hint', (from, to, expected) => {
    expect(mistakes(SAMPLE.replace(from, to)).join('\n')).toContain(expected);
  });

  it('tells of an unknown fact once, not at every place that mentions it', () => {
    expect(mistakes(SAMPLE.replace('gauge: {', 'guage: {'))).toHaveLength(1);
  });

  it('cannot nest an expression without bound, nor smuggle `matches` in', () => {
    expect(mistakes(SAMPLE.replace('root.used < params.warn', `${'!'.repeat(300)}root.ok`))).not.toEqual([]);
    expect(mistakes(SAMPLE.replace('root.used < params.warn', 'root.tags.exists(t, t.matches("(a+)+$"))'))).not.toEqual(
      [],
    );
  });

  it('is read whatever the text, and every mistake has a place', () => {
    const cut = fc.tuple(
      fc.nat(SAMPLE.length),
      fc.nat(40),
      fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('{', '[', '&a', '*a', ': ', '\n- ')),
    );
    fc.assert(
      fc.property(fc.array(cut, { minLength: 1, maxLength: 3 }), (cuts) => {
        let text = SAMPLE;
        for (const [at, length, by] of cuts) text = text.slice(0, at) + by + text.slice(at + length);
        for (const line of mistakes(text)) expect(line).toMatch(/^disk\.yaml:\d+:\d+ \S/);
      }),
      { numRuns: 300 },
    );
  });
});
