import { describe, expect, it } from 'vitest';
import { loadRunbook, runbookWarnings } from '../../../src/core/runbook-loader.js';
import { SAMPLE, sampleRegistry } from '../../rig/sample-runbook.js';

const mistakes = (text: string): string => {
  const loaded = loadRunbook('disk.yaml', text, sampleRegistry);
  return loaded.ok ? '' : loaded.fault.next;
};
const warnings = (text: string): string => runbookWarnings('disk.yaml', text, sampleRegistry).join('\n');
const replaced = (from: string, to: string): string => {
  expect(SAMPLE).toContain(from);
  return SAMPLE.replace(from, to);
};
/** The sample with every param used, so that it has nothing to warn of. */
const SOUND = SAMPLE.replace(
  'expect: root.ok ||',
  'expect: params.mode == "fast" || params.note == root.name || root.ok ||',
);

describe('a runbook that can never work as meant', () => {
  it('is refused; the sample has nothing to refuse', () => {
    expect(mistakes(SAMPLE)).toBe('');
    expect(warnings(SOUND)).toBe('');
  });

  it.each([
    // conditions that nothing can make true
    [
      'checks.space.failed && root.used > 0',
      'checks.space.failed && false',
      '24:11 This is never true, so the change is never made.',
    ],
    ['checks.space.failed && root.used > 0', 'checks.space.failed && checks.space.passed', '24:11 This is never true'],
    ['checks.space.failed && root.used > 0', 'checks.space.failed && params.warn > 100', '24:11 This is never true'],
    [
      'checks.space.failed && root.used > 0',
      'checks.space.failed && params.mode == "fats"',
      '24:11 This is never true',
    ],
    ['checks.space.failed && root.used > 0', 'checks.space.failed && 1 == 2', '24:11 This is never true'],
    ['checks.space.failed && root.used > 0', 'root.used > 90', '24:11 No check drives this change'],
    ['root.used < params.warn', 'root.ok || !root.ok', '14:13 This is never false, so the check can never fail.'],
    ['root.used < params.warn', 'params.warn <= 100', '14:13 This is never false'],
    ['root.used < params.warn', 'root.ok && !root.ok', '14:13 This is never true, so the check can never pass.'],
    ['when: params.deep', 'when: params.warn == 0', '18:11 This is never true, so the check would always be skipped.'],
    // errors that would be hidden
    [
      'root.ok || root.used == 0',
      'root.ok || root.tags[0] == "a"',
      '19:24 `root.tags[0]` fails where there is no such item, and `||` hides that: put `size(root.tags) > 0 &&` before it.',
    ],
    ['root.ok || root.used == 0', 'root.tags[0] == "a" && size(root.tags) > 0', '19:13 `root.tags[0]` fails'],
    [
      'root.ok || root.used == 0',
      'root.ok || 100 / root.used > 3',
      '`100 / root.used` fails where the divisor is 0, and `||` hides that: put `root.used != 0 &&` before it.',
    ],
    [
      'root.ok || root.used == 0',
      'root.tags.exists(t, int(t) > 3)',
      '`int(t)` fails where the text is none, and `exists` hides that',
    ],
    ['root.ok || root.used == 0', 'dyn(root.used) == "a"', '`dyn` hides a type'],
    ['root.ok || root.used == 0', 'search(root.name, "(a")', '19:31 This is no regular expression (RE2)'],
    // words
    ['command: disk', 'command: runs', '1:10 `runs` is a command of Runbolt itself'],
    [
      'title: Disks',
      'title: Disks\nverbs: { read: check, write: check }',
      '3:30 `check` is the word for reading already',
    ],
    [
      'title: Disks',
      'title: Disks\nverbs: { read: check, write: plan }',
      '3:30 `plan` means something else for every runbook',
    ],
    [
      'title: Disks',
      'title: Disks\nverbs: { read: fix, write: mend }',
      '3:16 `fix` means something else for every runbook',
    ],
    // what cannot be in a plan, or in a message
    ['set: { of: /,', 'set: { of: "{secrets.disk}",', '23:3 `{secrets.disk}` cannot be used in a change'],
    ['{root.used} % of', '{root.used % of', 'This brace belongs to no `{expression}`.'],
    // the nearest right word
    ['root.used < params.warn', 'root.usd < params.warn', '14:18 No such key: usd. Did you mean `used`?'],
    ['root.used < params.warn', 'root.inner.shre < 1.0', 'No such key: shre. Did you mean `share`?'],
    ['root.used < params.warn', 'root.space < params.warn', 'No such key: space. Known: used, name, ok, tags, inner.'],
    ['root.used < params.warn', 'rot.used < params.warn', 'Unknown variable: rot. Did you mean `root`?'],
    ['root.used < params.warn', 'serch(root.name, "a")', 'Did you mean `search`?'],
    ['checks.space.failed && root', 'checks.space.faild && root', 'No such key: faild. Did you mean `failed`?'],
  ])('%s → %s', (from, to, expected) => {
    expect(mistakes(replaced(from, to))).toContain(expected);
  });

  it.each([
    'root.ok || (size(root.tags) > 0 && root.tags[0] == "a")',
    'size(root.tags) == 0 || root.tags[0] == "a"',
    'size(root.tags) > 0 ? root.tags[0] == "a" : root.ok',
    'root.used != 0 && 100 / root.used > 3',
    'root.used / 2 > 3 || root.ok',
    'root.tags.exists(t, t.startsWith("a")) || root.ok',
  ])('an error that is guarded is none: %s', (expect_) => {
    expect(mistakes(replaced('root.ok || root.used == 0', expect_.includes(': ') ? `'${expect_}'` : expect_))).toBe('');
  });

  it('names the line inside a folded expression, and the character behind an escape', () => {
    const folded = replaced('root.used < params.warn', '>-\n      root.ok &&\n      root.usd < params.warn');
    expect(mistakes(folded)).toContain('disk.yaml:16:12 No such key: usd.');
    const quoted = replaced('root.used < params.warn', '"root.name != \\"\\" && root.usd < 1"');
    expect(mistakes(quoted)).toContain('disk.yaml:14:40 No such key: usd.');
  });
});

describe('a runbook that is likely not meant so', () => {
  it.each([
    [
      '  root: { gauge: { of: / } }',
      '  root: { gauge: { of: / } }\n  spare: { gauge: { of: /var } }',
      '11:3 `spare` is gathered from every host, and nothing uses it.',
    ],
    [
      '  note: {',
      '  more: { type: boolean, default: false, help: "?" }\n  note: {',
      '8:3 `more` can be given, and nothing uses it.',
    ],
    ['expect: root.ok ||', 'expect: root.used < params.warn && root.ok ||', ''],
    [
      'checks.space.failed && root.used > 0',
      'checks.space.failed || root.used > 99',
      '24:11 This also holds where no check has failed',
    ],
    [
      'otherwise: "{root.used}',
      'otherwise: "{root.tags[0]}',
      '15:18 `root.tags[0]` fails where there is no such item, and the finding is then told as an error',
    ],
  ])('is warned of and can be loaded: %s → %s', (from, to, expected) => {
    const text = SOUND.replace(from, to);
    expect(mistakes(text)).toBe('');
    expect(warnings(text)).toContain(expected);
  });

  it('names a check that says the same as another', () => {
    const again = '  again:\n    expect: root.used  <  params.warn\n    otherwise: "x"\n    rule: "x"\nchanges:';
    expect(warnings(SOUND.replace('changes:', again))).toContain('This says the same as the check `space`.');
  });
});
