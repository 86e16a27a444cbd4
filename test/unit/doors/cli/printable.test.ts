import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printable } from '../../../../src/doors/cli/printable.js';

describe('what is written to a terminal', () => {
  it('spells out what would act on it', () => {
    expect(printable('a\u001b[31mb\u009bc\u202ed\te\r\n✓ 70 % → ä')).toBe(
      'a\\u001b[31mb\\u009bc\\u202ed\\u0009e\\u000d\n✓ 70 % → ä',
    );
  });

  it('means the same as JSON, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const written = printable(JSON.stringify({ text }, null, 2));
        expect(written).not.toMatch(/[^\P{C}\n]/u);
        expect(JSON.parse(written)).toEqual({ text });
      }),
    );
  });
});
