import { describe, expect, it } from 'vitest';
import { isWithin, readKernelRange, showKernelRange } from '../../../src/core/kernel-range.js';

const within = (text: string, release: string) => {
  const range = readKernelRange(text);
  return range && isWithin(range, release);
};

describe('a range of kernels', () => {
  it.each([
    ['>=4.2', '4.2.0', true],
    ['>=4.2', '4.19.0-27-amd64', true],
    ['>=4.2', '3.10.0-1160.el7.x86_64', false],
    ['<4.12', '4.11.12', true],
    ['<4.12', '4.12.0', false],
    ['<5.0', '4.20.1', true],
    ['>=4.2 <=6.18', '6.18.5', true],
    ['>=4.2 <=6.18', '6.19.0-rc1', false],
    ['>=4.2 <=6.18', '10.0.0', false],
    ['>=4.2', '5.10+', true],
  ])('%s and %s: %s', (range, release, expected) => {
    expect(within(range, release)).toBe(expected);
  });

  it.each(['', 'Linux', '5', '-5.10', 'v6.1', '5.10101'])('cannot tell of the release "%s"', (release) => {
    expect(within('>=4.2', release)).toBeUndefined();
  });

  it.each(['', '4.2', '>4.2', '>=4', '>=4.2 >=4.3', '>=4.2,<5.0', '>=5.0 <4.12', '>=5.0 <=4.19', '<=5.0 <5.1'])(
    '"%s" is none',
    (text) => {
      expect(readKernelRange(text)).toBeUndefined();
    },
  );

  it.each([
    ['>=4.2', 'Linux 4.2 and later'],
    ['<4.12', 'Linux before 4.12'],
    ['<=6.18', 'Linux up to 6.18'],
    ['>=4.2 <=6.18', 'Linux 4.2 to 6.18'],
    ['>=6.18 <=6.18', 'Linux 6.18'],
    ['>=3.10 <4.12', 'Linux 3.10 and later, before 4.12'],
  ])('%s is said as %s', (text, words) => {
    expect(showKernelRange(readKernelRange(text) ?? {})).toBe(words);
  });
});
