import { describe, expect, it } from 'vitest';
import { inspectRunbook, loadRunbook } from '../../../src/core/runbook-loader.js';
import { SAMPLE, sampleRegistry } from '../../rig/sample-runbook.js';

const mistakes = (text: string): string => {
  const loaded = loadRunbook('disk.yaml', text, sampleRegistry);
  return loaded.ok ? '' : loaded.fault.next;
};
const warnings = (text: string): string => inspectRunbook('disk.yaml', text, sampleRegistry).warnings.join('\n');
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
    // pieces that are about the same
    [
      'root.used < params.warn',
      'root.used < 10 && root.used > 20',
      '14:13 This is never true, so the check can never pass',
    ],
    ['root.used < params.warn', `'root.name == "a" && root.name in ["b", "c"]'`, '14:14 This is never true'],
    ['root.used < params.warn', `'root.name != "a" || root.name != "b"'`, '14:14 This is never false'],
    ['root.used < params.warn', 'root.used >= 5 || root.used < 6', '14:13 This is never false'],
    ['root.used < params.warn', 'root.name == root.name', '14:13 This is never false'],
    ['root.used < params.warn', 'size(root.tags) >= 0', '14:13 This is never false'],
    ['when: params.deep', 'when: root.ok == true && root.ok == false', '18:11 This is never true'],
    ['expect: root.ok || root.used == 0', `expect: '"b" == root.name && root.name == "a"'`, '19:14 This is never true'],
    // a check that says the same as what it is skipped without
    [
      'when: params.deep\n    expect: root.ok || root.used == 0',
      'when: root.ok\n    expect: root.ok',
      '19:13 This is never false where `when` holds',
    ],
    [
      'when: params.deep\n    expect: root.ok || root.used == 0',
      'when: root.used > 5\n    expect: root.used >= 5',
      '19:13 This is never false where `when` holds',
    ],
    // a change that the checks which drive it exclude
    ['checks.space.failed && root.used > 0', 'checks.sound.failed && !params.deep', '24:11 This is never true'],
    ['checks.space.failed && root.used > 0', 'checks.sound.failed && root.ok', '24:11 This is never true'],
    [
      'checks.space.failed && root.used > 0',
      'checks.sound.passed && !root.ok && root.used > 0',
      '24:11 This is never true',
    ],
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
      '`int(t)` fails where the text is no number, and `exists` hides that: put `search(t, "^[0-9]+$") &&` before it',
    ],
    ['root.ok || root.used == 0', 'dyn(root.used) == "a"', '`dyn` hides a type'],
    ['root.ok || root.used == 0', 'search(root.name, "(a")', '19:31 This is no regular expression (RE2)'],
    // text that is compared as if it were a number
    [
      'root.used < params.warn',
      'root.name >= "4096"',
      '14:13 `>=` compares these as text, where "10000" is below "4096"; write `int(root.name) >= 4096`.',
    ],
    ['root.used < params.warn', `'"9" < root.name'`, '14:14 `<` compares these as text'],
    ['root.used < params.warn', 'root.name > "5.4"', 'write numbers, `int(…)`.'],
    ['root.used < params.warn', 'root.name <= params.mode', 'write `int(root.name) <= int(params.mode)`.'],
    ['root.used < params.warn', 'root.tags.exists(t, t > "3")', '14:33 `>` compares these as text'],
    ['when: params.deep', 'when: root.name < "2"', '18:11 `<` compares these as text'],
    ['checks.space.failed && root.used > 0', 'checks.space.failed && root.name > "0"', '24:34 `>` compares these'],
    ['"{root.used} %', `"{root.name > '2' ? 'a' : 'b'} %`, '15:18 `>` compares these as text'],
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

  it.each([
    ['root.used < params.warn', 'root.used <= 20 && root.used >= 20'],
    ['root.used < params.warn', 'root.inner.share > 1.0 && root.inner.share < 2.0'],
    ['root.used < params.warn', 'size(root.tags) > 0 && size(root.tags) < 2'],
    ['root.used < params.warn', `'root.name in ["a", "b"] && root.name != "a"'`],
    ['root.used < params.warn', 'params.note != "" && params.note != root.name'],
    ['when: params.deep\n    expect: root.ok || root.used == 0', 'when: root.used > 50\n    expect: "false"'],
    ['when: params.deep\n    expect: root.ok || root.used == 0', 'when: root.used > 50\n    expect: root.used < 90'],
    ['checks.space.failed && root.used > 0', 'checks.sound.failed && checks.space.failed'],
    ['checks.space.failed && root.used > 0', 'checks.space.failed && (checks.sound.skipped || !root.ok)'],
  ])('conditions that can come out either way are none: %s → %s', (from, to) => {
    expect(mistakes(replaced(from, to))).toBe('');
  });

  it('a change is not blamed for the check that drives it', () => {
    expect(mistakes(replaced('root.used < params.warn', 'root.ok || !root.ok')).split('\n')).toHaveLength(1);
  });

  it('names the line inside a folded expression, and the character behind an escape', () => {
    const folded = replaced('root.used < params.warn', '>-\n      root.ok &&\n      root.usd < params.warn');
    expect(mistakes(folded)).toContain('disk.yaml:16:12 No such key: usd.');
    const quoted = replaced('root.used < params.warn', '"root.name != \\"\\" && root.usd < 1"');
    expect(mistakes(quoted)).toContain('disk.yaml:14:40 No such key: usd.');
  });
});

describe('a text that YAML reads as something else', () => {
  it.each([
    ['when: params.deep', 'when: !params.deep', '18:11 A text that begins with `!` stands in quotes.'],
    ['root.used < params.warn', '"a" in root.tags', '14:17 A text that begins with a quote or a bracket stands in'],
    ['rule: "Known."', 'rule: %5 at most', '21:11 A text that begins with `%` stands in quotes.'],
    ['rule: "Known."', 'rule: *all', 'There is no anchor `&all`; a text that begins with `*` stands in quotes.'],
    ['rule: "Known."', 'rule: known: since 5.4', '21:11 A text with `: ` in it stands in quotes.'],
    ['    expect: root.ok', '   expect: root.ok', '19:12 This line and the next are not indented alike.'],
    ['    expect: root.ok', '\texpect: root.ok', '19:1 Tabs are not allowed as indentation.'],
  ])('is told once, in words: %s → %s', (from, to, expected) => {
    const told = mistakes(replaced(from, to)).split('\n');
    expect(told).toEqual([expect.stringContaining(expected)]);
  });
});

describe('a runbook with several mistakes', () => {
  it('tells them all at once, where one is that a text is missing', () => {
    const text = replaced('    rule: "Measured."\n', '')
      .replace('root.used < params.warn', 'root.usd < params.warn')
      .replace('root.ok || root.used == 0', 'root.ok || root.tags[0] == "a"');
    expect(mistakes(text).split('\n')).toEqual([
      'disk.yaml:12:3 `checks.space.rule`: is missing.',
      'disk.yaml:14:18 No such key: usd. Did you mean `used`?',
    ]);
    expect(mistakes(text.replace('root.usd', 'root.used'))).toContain('18:24 `root.tags[0]` fails');
  });

  it('tells a misspelt word once, and not also that it is missing', () => {
    const text = replaced('    otherwise: "{root.name}', '    otherwis: "{root.name}');
    expect(mistakes(text).split('\n')).toEqual([
      'disk.yaml:20:5 `otherwis` is not known here. Did you mean `otherwise`?',
    ]);
  });

  it('tells nothing that only follows from another', () => {
    const text = replaced('params:', 'parms:').replace('    rule: "Measured."\n', '');
    expect(mistakes(text).split('\n')).toEqual([
      'disk.yaml:4:1 `parms` is not known here. Did you mean `params`?',
      'disk.yaml:12:3 `checks.space.rule`: is missing.',
    ]);
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
    ['otherwise: "{root.used}', 'otherwise: "${root.used}', '15:17 This `$` is shown as it is'],
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
