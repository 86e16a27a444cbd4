import { describe, expect, it } from 'vitest';
import { compiler } from '../../../src/core/expression.js';
import type { FactValue } from '../../../src/core/fact-type.js';

const compile = compiler({
  disk: { used: 'int', share: 'double', name: 'string', ok: 'bool', tags: 'list<string>', inner: { used: 'int' } },
  params: { warn: 'int' },
});
const DISK = { used: 70, share: 0.5, name: 'sda', ok: true, tags: ['a', 'b'], inner: { used: 3 } };

const evaluate = (text: string, disk: FactValue = DISK) => {
  const compiled = compile(text);
  if (!compiled.ok) throw new Error(`${compiled.problem.message} at ${compiled.problem.offset}`);
  return compiled.value.evaluate({ disk, params: { warn: 60 } });
};

describe('an expression', () => {
  it.each([
    ['disk.used >= params.warn', true],
    ['disk.inner.used * 20 == 60', true],
    ['disk.share < 0.6 && disk.ok', true],
    ['"b" in disk.tags && size(disk.tags) == 2', true],
    ['disk.tags.exists(t, t == "c")', false],
    ['search(disk.name, "^s[a-z]+$")', true],
  ])('%s is %s', (text, value) => {
    expect(evaluate(text)).toBe(value);
  });

  it('says which facts it mentions', () => {
    const compiled = compile('disk.used > params.warn && size("x") == 1');
    expect(compiled.ok && [...compiled.value.mentions]).toEqual(['disk', 'params']);
  });

  it.each(['disk.usd > 1', 'dsk.used > 1', 'disk.used > "1"', 'disk.used +', '1 + true', '"x".matches("a")', ''])(
    'is refused when the runbook is loaded, not when it runs: %s',
    (text) => {
      expect(compile(text).ok).toBe(false);
    },
  );

  it.each([
    [
      'disk.name == params.warn',
      0,
      '`==` cannot compare `disk.name` (text) and `params.warn` (a whole number). Write `int(disk.name) == params.warn`.',
    ],
    [
      'disk.ok && disk.name == 4096',
      11,
      '`==` cannot compare `disk.name` (text) and `4096` (a whole number). Write `disk.name == "4096"`.',
    ],
    ['disk.used < "90"', 0, 'Write `disk.used < 90`.'],
    ['disk.ok == "true"', 0, '`disk.ok` (true or false) and `"true"` (text). Write `disk.ok`.'],
    ['disk.ok != 1', 0, 'Write `!disk.ok`.'],
    [
      'disk.name in [0, 1]',
      0,
      '(text) cannot be in `[0, 1]` (a list of whole numbers). Write `disk.name in ["0", "1"]`.',
    ],
    ['disk.tags == "a"', 0, 'Write `"a" in disk.tags`.'],
    ['"a" in disk.name', 0, 'Write `disk.name.contains("a")`.'],
    ['disk.tags.contains("a")', 0, '`contains` does not go with a list. Write `"a" in disk.tags`.'],
    ['disk.used * 1.1 < 9.0', 0, 'Write `double(disk.used) * 1.1`.'],
    ['disk.share == 1', 0, 'Write `disk.share == 1.0`.'],
    ['disk.name == null', 0, 'Write `disk.name == ""`.'],
    ['disk.inner == 1', 0, '`disk.inner` (a record)'],
    ['disk.ok && disk.name', 11, '`&&` joins what is true or false, and `disk.name` is text.'],
    ['disk.name ? true : false', 0, 'What stands before `?` must be true or false, and `disk.name` is text.'],
    ['disk.ok ? disk.used : "b"', 10, '`disk.used` is a whole number where `"b"` is text. Write `string(disk.used)`.'],
    ['search(disk.name)', 0, '`search` does not take (text). It takes (text, pattern).'],
    ['len(disk.tags) > 1', 0, 'There is no function `len`. Did you mean `size`?'],
    ['disk.name.length > 1', 0, '`disk.name` (text) has no fields. Write `size(disk.name)`.'],
    ['disk.ok and disk.used > 1', 8, '`and` is no word of expressions. Write `&&`.'],
    ['disk.ok OR disk.used > 1', 8, 'Write `||`.'],
    ['not disk.ok', 0, '`not` is no word of expressions. Write `!`.'],
    ['disk.used = 1', 10, '`=` is no sign of expressions. Write `==`.'],
    ['disk.used => 1', 10, 'Write `>=`.'],
    ['disk.used <> 1', 10, 'Write `!=`.'],
    ['disk.ok & disk.ok', 8, 'Write `&&`.'],
    ['disk.used < 90%', 14, 'Something is missing at the end. A share is a number without %.'],
    ['(disk.ok', 8, 'A `)` is missing.'],
    ['disk.name == "a', 13, 'This text has no closing quote.'],
    ['disk.name == root', 13, 'Unknown variable: root. Text stands in quotes: `"root"`.'],
    ['checks.disk.failed', 0, 'Only changes can speak of checks.'],
  ])('says in words what is wrong with %s, at %i', (text, offset, words) => {
    const compiled = compile(text);
    const { problem } = compiled.ok ? { problem: undefined } : compiled;
    expect(problem?.offset).toBe(offset);
    expect(`${problem?.message}.${problem?.hint}`).toContain(words);
  });

  it.each([
    ['an integer', { used: 1.5 }],
    ['an integer', { used: Number.NaN }],
    ['a text', { name: 3 }],
    ['a truth', { ok: 'true' }],
    ['a record', { inner: [] }],
    ['a list', { tags: 'a' }],
  ])('throws on a value that is not %s as declared, whatever it asks: %o', (_, wrong) => {
    const compiled = compile('disk.ok || true');
    const given: FactValue = { ...DISK, ...wrong };
    expect(() => compiled.ok && compiled.value.evaluate({ disk: given, params: { warn: 1 } })).toThrow(/type/);
  });

  it('reads a hostile pattern in linear time', () => {
    const begun = Date.now();
    const compiled = compile('search(disk.name, "^(a+)+$")');
    const disk = { ...DISK, name: `${'a'.repeat(5_000)}!` };
    expect(compiled.ok && compiled.value.evaluate({ disk, params: { warn: 1 } })).toBe(false);
    expect(Date.now() - begun).toBeLessThan(2_000);
  });

  it.each(['constructor', '__proto__', 'disk.constructor', 'disk.__proto__ == 1', 'disk.toString()'])(
    'reaches nothing of JavaScript: %s',
    (text) => {
      expect(compile(text).ok).toBe(false);
    },
  );
});
