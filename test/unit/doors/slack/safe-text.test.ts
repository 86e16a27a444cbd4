import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exact, localTime, mention, mrkdwn, plain, spoken, typed } from '../../../../src/doors/slack/safe-text.js';

const FORBIDDEN = new Map([
  [plain, /[<>\n]/u],
  [exact, /<[@#!]|\n/u],
]);

describe('text that others wrote', () => {
  it.each([
    ['<!channel> <@U1> <#C1>', '&lt;!channel&gt; &lt;@U1&gt; &lt;#C1&gt;'],
    ['<https://evil.example|click>', '&lt;https://evil.example|click&gt;'],
    ['a\u001b[31mred\u001b[0m\u001b]0;title\u0007b\u009b1m', 'aredb'],
    ['```out\nof the\r\nfence```', 'ˋˋˋout of the fenceˋˋˋ'],
    ['*bold* _it_ ~no~', '∗bold∗ ˍitˍ ∼no∼'],
    ['net.ipv4.tcp_tw_reuse web-* db-*', 'net.ipv4.tcp_tw_reuse web-* db-*'],
    ['x\u202Eevil\u2066\u200B\uFEFF', 'xevil'],
    ['nul\u0000 bell\u0007 tab\t.', 'nul bell tab .'],
    ['half \uD83D character', 'half \uFFFD character'],
  ])('%j is shown harmless', (hostile, shown) => {
    expect(mrkdwn(hostile, 200)).toBe(shown);
  });

  it('is cut on whole characters, escapes and clusters included', () => {
    expect(mrkdwn('&&&&', 11)).toBe('&amp;&amp;…');
    expect(mrkdwn('👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧', 17)).toBe('👩‍👩‍👧👩‍👩‍👧…');
    expect(plain('e\u0301'.repeat(10), 8)).toBe(`${'e\u0301'.repeat(3)}…`);
  });

  it('never breaks a limit, a line, an escape or a character, whatever it is', () => {
    const nasty = fc.string({ unit: 'binary', maxLength: 300 });
    fc.assert(
      fc.property(nasty, fc.integer({ min: 10, max: 120 }), (text, max) => {
        for (const show of [mrkdwn, spoken, plain, exact]) {
          const shown = show(text, max);
          expect(shown.length).toBeLessThanOrEqual(max);
          expect(shown).not.toMatch(FORBIDDEN.get(show) ?? /[<>\n]|&(?!amp;|lt;|gt;)/u);
          expect(shown).not.toMatch(/\p{Cc}|\p{Surrogate}|[\u202A-\u202E\u2066-\u2069]/u);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('of 50 MB is cut without being read to its end', () => {
    const huge = Buffer.alloc(50_000_000, '*x ').toString('latin1');
    const fastest = (text: string): number =>
      Math.min(
        ...Array.from({ length: 15 }, () => {
          const began = performance.now();
          expect(mrkdwn(text, 700)).toHaveLength(700);
          return performance.now() - began;
        }),
      );
    expect(fastest(huge)).toBeLessThan(100);
  });
});

describe('text to be read exactly, in plain_text', () => {
  it.each([
    ['echo 0 > /proc/sys/x && y <in `z` *', 'echo 0 > /proc/sys/x && y <in `z` *'],
    ['<!channel> <@U1> <#C1> <https://evil.example|x>', '‹!channel> ‹@U1> ‹#C1> ‹https://evil.example|x>'],
    ['<\u200B!here>\nsecond line', '‹!here> second line'],
  ])('%j keeps its characters, and no markup can begin', (text, shown) => {
    expect(exact(text, 200)).toBe(shown);
  });
});

describe('what the engine says', () => {
  it('keeps its code as code where the backticks pair up', () => {
    expect(spoken('Try `/tcp verify web-*` or `*`.', 100)).toBe('Try `/tcp verify web-*` or `*`.');
    expect(spoken('odd ` one', 100)).toBe('odd ˋ one');
    expect(spoken('```fence```', 100)).toBe('ˋˋˋfenceˋˋˋ');
  });
});

describe('mentions and times', () => {
  it('are made of IDs only', () => {
    expect(mention('S0SRE')).toBe('<!subteam^S0SRE>');
    expect(mention('slack:U1ANA')).toBe('<@U1ANA>');
    expect(mention('<!channel>')).toBe('&lt;!channel&gt;');
    expect(mention('Sre> <!here')).toBe('Sre&gt; &lt;!here');
  });

  it('are shown in the reader own zone, with UTC for who cannot', () => {
    expect(localTime(Date.UTC(2026, 0, 2, 14, 32))).toBe('<!date^1767364320^{time}|14:32 UTC>');
  });
});

describe('what a person typed', () => {
  it('comes without the markup that Slack adds', () => {
    expect(typed('verify <http://web-1.io|web-1.io> <#C1|ops> <@U1|bo> a=“x” &lt;b&gt;\u00a0c')).toBe(
      'verify web-1.io #C1 @U1 a="x" <b> c',
    );
  });
});
