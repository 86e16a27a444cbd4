import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asWord, wordsOf } from '../../../src/core/words.js';

describe('words of a request', () => {
  it.each([
    ['tcp  verify\tweb-*', ['tcp', 'verify', 'web-*']],
    ['options="check inter 2s" port=80', ['options=check inter 2s', 'port=80']],
    ['options=“check inter 2s”', ['options=check inter 2s']],
    [`options='say "hello"'`, ['options=say "hello"']],
    ['options=""', ['options=']],
    ['options="check inter', ['options="check', 'inter']],
    ["it's", ["it's"]],
  ])('%s', (text, words) => {
    expect(wordsOf(text)).toEqual(words);
  });

  it('are read again as they were written, whatever they hold but both kinds of quotes', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 40 }), (word) => {
        fc.pre(!(word.includes('"') && /['“”‘’]/u.test(word)) && !word.includes('\n'));
        expect(wordsOf(`a=${asWord(word)} b`)).toEqual([`a=${word}`, 'b']);
      }),
    );
  });

  it('of a hostile text are found in time', () => {
    expect(wordsOf(`${'"a'.repeat(1_000)}`).length).toBeGreaterThan(0);
  });
});
