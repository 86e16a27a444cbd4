import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFrame } from '../../../../src/adapters/ssm/frame.js';

const ID = 'a'.repeat(32);
const body = (out: string, err: string) => gzipSync(Buffer.from(out + err)).toString('base64');
const frame = (out: string, err: string, end = 'exit 3', cut = 0) =>
  `runbolt ${ID} ${end} ${Buffer.byteLength(out)} ${Buffer.byteLength(err)} ${cut}\n${body(out, err)}\nrunbolt ${ID} end\n`;

describe('a frame', () => {
  it('gives both streams apart, among whatever else was said', () => {
    const read = readFrame(`noise\n${frame('öut', 'err')}more`, ID, 1_000);
    expect(read).toMatchObject({ end: { kind: 'exit', value: 3 }, cut: false, whole: true });
    expect([read?.stdout.toString(), read?.stderr.toString()]).toEqual(['öut', 'err']);
  });

  it('of another delivery is none', () => {
    expect(readFrame(frame('out', ''), 'b'.repeat(32), 1_000)).toBeUndefined();
  });

  it('is whole only with all of its bytes and its end, wherever it is cut', () => {
    const out = Array.from({ length: 2_000 }, (_, n) => String(n * 7919)).join('\n');
    const text = frame(out, 'err');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: text.length - 7 }), (at) => {
        const read = readFrame(text.slice(0, at), ID, 100_000);
        if (!read) return;
        expect(read.whole).toBe(false);
        expect(out.startsWith(read.stdout.toString())).toBe(true);
      }),
    );
  });

  it('is whole again only with the end that belongs to it', () => {
    const text = frame('out', 'err');
    expect(readFrame(text.replace(`runbolt ${ID} end`, 'runbolt end'), ID, 1_000)?.whole).toBe(false);
    expect(readFrame(text.replace(' 3 3 0', ' 4 3 0'), ID, 1_000)?.whole).toBe(false);
  });

  it('cannot make us unpack more than was asked for', () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000)).toString('base64');
    const read = readFrame(`runbolt ${ID} exit 0 100 0 0\n${bomb}\nrunbolt ${ID} end\n`, ID, 100);
    expect((read?.stdout.length ?? 0) <= 100 && read?.whole).toBe(false);
    const big = readFrame(`runbolt ${ID} exit 0 999999999 999999999 0\n${bomb}\nrunbolt ${ID} end\n`, ID, 100);
    expect(big?.whole ?? false).toBe(false);
  });

  it('is never an exception, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        readFrame(`runbolt ${ID} exit 0 5 5 0\n${text}`, ID, 100);
        expect(readFrame(text, ID, 100)).toBeUndefined();
      }),
    );
  });

  it('that tells why nothing ran is bounded and cleaned', () => {
    const read = readFrame(
      `runbolt ${ID} refused 0 0 0 0\nno \u001b[31mgzip${'x'.repeat(999)}\nrunbolt ${ID} end\n`,
      ID,
      9,
    );
    expect(read?.end).toMatchObject({ kind: 'refused', reason: expect.stringMatching(/^no /) });
    if (read?.end.kind === 'refused') expect(read.end.reason.length).toBeLessThan(210);
    expect(JSON.stringify(read?.end)).not.toContain('\\u001b');
  });
});
