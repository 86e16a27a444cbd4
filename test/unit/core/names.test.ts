import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expandRanges, foldNames } from '../../../src/core/names.js';

describe('ranges in host names', () => {
  it('expands a range, a list and several brackets', () => {
    expect(expandRanges('web-[1-3,7]')).toEqual(['web-1', 'web-2', 'web-3', 'web-7']);
    expect(expandRanges('r[1-2]-db[1-2]')).toEqual(['r1-db1', 'r1-db2', 'r2-db1', 'r2-db2']);
  });

  it('keeps the width of leading zeros', () => {
    expect(expandRanges('db-[08-11]')).toEqual(['db-08', 'db-09', 'db-10', 'db-11']);
  });

  it.each(['web-[', 'web-]', 'web-[3-1]', 'web-[a-z]', 'web-[]', 'web-[1-99999]', '[1-200]x[1-200]'])(
    'refuses %s',
    (pattern) => expect(expandRanges(pattern)).toBeUndefined(),
  );
});

describe('folding host names', () => {
  it('folds runs of numbers and orders 2 before 10', () => {
    expect(foldNames(['web-10', 'web-2', 'web-1', 'web-3', 'db'])).toBe('db, web-[1-3,10]');
  });

  it('does not mix numbers of different width', () => {
    expect(expandRanges(foldNames(['web-01', 'web-02']))).toEqual(['web-01', 'web-02']);
    expect(foldNames(['web-1', 'web-02'])).toBe('web-1, web-02');
  });

  it('is undone by expanding, whatever the names', () => {
    const name = fc.stringMatching(/^[a-z]{1,5}(-?[0-9]{1,3})?$/);
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 40 }), (names) => {
        const back = foldNames(names)
          .split(', ')
          .flatMap((folded) => expandRanges(folded) ?? [`broken ${folded}`]);
        expect([...back].sort()).toEqual([...names].sort());
      }),
    );
  });
});
