import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanLine, cut, decode, masked } from '../../../src/core/text.js';

describe('untrusted text', () => {
  it('loses terminal escapes, controls, bidi marks and NULs', () => {
    expect(cleanLine('\u001b[31mred\u001b[0m \u0000a\u202eb\tc\u200bd')).toBe('red ab cd');
  });

  it.each([
    ['requirepass hunter2', 'requirepass …'],
    ['password=hunter2, next', 'password=…, next'],
    ['"token": "hunter2"', '"token": …'],
    ['stats auth admin:hunter2', 'stats auth …'],
    ['Authorization: Bearer hunter2', 'Authorization: Bearer …'],
    ['NOAUTH Authentication required.', 'NOAUTH Authentication required.'],
    ['the password of the instance is not known', 'the password of the instance is not known'],
  ])('%s is shown as %s', (text, shown) => {
    expect(cleanLine(text)).toBe(shown);
  });

  it('of several lines keeps them, without a private key among them', () => {
    const key = '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n-----END OPENSSH PRIVATE KEY-----\n';
    expect(masked(`a = 1\npassword = hunter2\n${key}b = 2\n`)).toBe(
      'a = 1\npassword = …\n-----BEGIN OPENSSH PRIVATE KEY-----…-----END OPENSSH PRIVATE KEY-----\nb = 2\n',
    );
    expect(masked('-----BEGIN PRIVATE KEY-----\nMIIE')).toBe('-----BEGIN PRIVATE KEY-----…');
  });

  it('is cut on whole characters', () => {
    expect(cut('👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦', 2)).toBe('👩‍👩‍👧‍👦…');
    expect(cut('abc', 3)).toBe('abc');
  });

  it('never holds a control or a broken surrogate, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const line = cleanLine(decode(bytes), 50);
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
        expect([...line].length).toBeLessThanOrEqual(200);
      }),
    );
  });

  it('of 50 MB is cleaned without being read whole', () => {
    expect(cleanLine('x'.repeat(50_000_000), 100)).toBe(`${'x'.repeat(99)}…`);
  });
});
