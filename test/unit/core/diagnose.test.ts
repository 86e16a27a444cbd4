import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { diagnose, hostsIn, linesOf } from '../../../src/core/diagnose.js';
import { foldLine, readSymptom } from '../../../src/core/symptom.js';
import { LINES } from './diagnose-lines.js';
import { REPORTS } from './diagnose-reports.js';

const directory = join(import.meta.dirname, '../../../runbooks');
const shape = z.looseObject({ command: z.string(), symptoms: z.array(z.string()) });
/** The runbooks that ship. */
const RUNBOOKS = readdirSync(directory).map((file) => shape.parse(parse(readFileSync(join(directory, file), 'utf8'))));
const named = (text: string) => diagnose(linesOf(text).lines, RUNBOOKS).map((c) => c.runbook);
const ONE = (...symptoms: readonly string[]) => [{ command: 'one', symptoms }];

describe('a line that a client logged', () => {
  it.each(LINES)('%s', (line, expected) => {
    expect(named(line)).toEqual(expected);
  });

  it('is found among others, and is the reason that is given', () => {
    const text =
      'Traceback (most recent call last):\n  File "app.py", line 3\n\nOSError: [Errno 99] Cannot assign requested address\n';
    expect(diagnose(linesOf(text).lines, RUNBOOKS)).toMatchObject([
      {
        runbook: 'tcp',
        reasons: [
          {
            symptom: 'Cannot assign requested address',
            line: 3,
            text: 'OSError: [Errno 99] Cannot assign requested address',
          },
          {
            symptom: expect.stringContaining('99'),
            line: 3,
            text: 'OSError: [Errno 99] Cannot assign requested address',
          },
        ],
      },
      { runbook: 'ports', reasons: [{ line: 3 }] },
    ]);
  });
});

describe('what a program printed when it failed', () => {
  it.each(REPORTS)('%s', (_, report, expected) => {
    expect(named(report)).toEqual(expected);
    const journal = report.split('\n').map((line) => `Nov 21 06:00:01 web-1 app[812]: ${line}`);
    expect(named(journal.join('\n'))).toEqual(expected);
  });
});

describe('several candidates', () => {
  it('come in the order of what their symptoms say', () => {
    const both = 'upstream timed out (110) while reading response header from upstream\nError 99 connecting to redis';
    expect(named(both)).toEqual(['lb', 'tcp']);
    expect(named(`${both}\nCannot assign requested address: EADDRNOTAVAIL`)).toEqual(['lb', 'tcp', 'ports']);
    expect(named('503 Service Unavailable\nredis.exceptions.TimeoutError: Timeout reading from socket')).toEqual([
      'redis',
      'haproxy',
    ]);
  });
});

describe('a symptom', () => {
  it.each([
    ['Cannot assign', 'CANNOT   ASSIGN requested', true],
    ["can't assign", 'can’t assign', true],
    ['EADDRINUSE', 'XEADDRINUSEX', false],
    ['has no server available!', 'backend app has no server available!', true],
    ['failed (99', 'failed (99: x', true],
    ['failed (99', 'failed (999: x', false],
    ['/err(no)? \\d+/', 'Errno 99', true],
    ['/^read/', 'he read', false],
  ])('%s in "%s": %s', (symptom, line, expected) => {
    const read = readSymptom(symptom);
    expect(read.ok && read.value.find(foldLine(line))).toBe(expected);
  });

  it.each([
    ['Cannot assign', 12],
    ['/dial tcp .*bind: x/', 12],
    ['/(98|address) in use/', 7],
    ['/err(no|or)? 99/', 5],
    ['/ab*c{0,2}d+/', 2],
    ['/[abc]\\d\\(x\\)/', 1],
    ['/a(b(cd|e)f|gh)i|jklmnop/', 4],
  ])('%s says as much as %d letters', (symptom, strength) => {
    expect(readSymptom(symptom)).toMatchObject({ value: { strength } });
  });

  it.each([
    ['a', 'says too little'],
    ['!!', 'says too little'],
    ['/(/', 'is no regular expression of RE2'],
    ['/(?=x)y/', 'is no regular expression of RE2'],
    ['/x*/', 'matches every line'],
  ])('%s is refused: %s', (symptom, problem) => {
    const read = readSymptom(symptom);
    expect(read.ok ? '' : read.problem).toContain(problem);
  });

  it('with ! in front acquits the line, and the same symptom on lines near it, but no other symptom', () => {
    const known = ONE('address already in use', 'connect eaddrinuse', '!listen');
    const far = Array<string>(10).fill('something else');
    expect(diagnose(['listen: address already in use'], known)).toEqual([]);
    expect(diagnose(['listen: address already in use', 'address already in use'], known)).toEqual([]);
    expect(diagnose(['address already in use', 'listen: address already in use'], known)).toEqual([]);
    expect(diagnose(['listen: address already in use', ...far, 'address already in use'], known)).toMatchObject([
      { reasons: [{ line: 12 }] },
    ]);
    expect(diagnose(['listening on :80', 'address already in use'], known)).toMatchObject([{ reasons: [{ line: 2 }] }]);
    expect(diagnose(['listen: address already in use', 'connect EADDRINUSE'], known)).toMatchObject([
      { reasons: [{ line: 2 }] },
    ]);
  });

  it('with !! in front acquits all that is near it', () => {
    const known = ONE('address already in use', 'eaddrinuse', '!!server_bind');
    const far = Array<string>(10).fill('something else');
    expect(diagnose(['self.server_bind()', 'address already in use', 'EADDRINUSE'], known)).toEqual([]);
    expect(diagnose(['EADDRINUSE', 'server_bind'], known)).toEqual([]);
    expect(diagnose(['server_bind', ...far, 'EADDRINUSE'], known)).toMatchObject([{ reasons: [{ line: 12 }] }]);
  });

  it('takes time in proportion, whatever the line', () => {
    const known = ONE('/(a+)+$/', '/(x|xx)*y/');
    const begun = performance.now();
    diagnose(linesOf(`${'a'.repeat(999)}!\n`.repeat(500)).lines, known);
    expect(performance.now() - begun).toBeLessThan(3_000);
  });
});

describe('hosts in a text', () => {
  const FLEET = ['web-1', 'web-2', 'redis-1', 'db', 'io'].map((name) => ({ name }));

  it.each([
    ['Nov 21 06:00:01 web-1 gunicorn[9]: Cannot assign requested address', ['web-1']],
    ['2026-11-21T06:00:01.123+00:00 db app: Cannot assign requested address', ['db']],
    ['<13>1 2026-11-21T06:00:01Z web-2.prod.example app - - - EADDRNOTAVAIL', ['web-2']],
    ['host=WEB-1 error="cannot assign requested address"', ['web-1']],
    ['on web-1 and web-2, not on web-11', ['web-1', 'web-2']],
    ['dial tcp redis-1:6379: connect: cannot assign requested address', []],
    ['redis://redis-1/0: Timeout reading from socket', []],
    ['io.lettuce.core.RedisException in db', []],
  ])('%s: %j', (line, expected) => {
    expect(hostsIn([line], FLEET)).toEqual(expected);
  });
});

describe('any text', () => {
  it('is bounded, made harmless and never throws', () => {
    const piece = fc.oneof(
      fc.constantFrom(...LINES.map(([line]) => line), '\n', '\r\n', '\u001b[31m', '\u202e', '`', '<!channel>'),
      fc.string({ unit: 'binary', maxLength: 30 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const { lines } = linesOf(pieces.join(' '));
        for (const line of lines) expect(line).not.toMatch(/[\p{Cc}\u202e]/u);
        for (const { reasons } of diagnose(lines, RUNBOOKS)) {
          for (const reason of reasons) expect(lines[reason.line - 1]).toBe(reason.text);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('that is long is read from its end, and that is said', () => {
    const long = linesOf(`first\n${'filler\n'.repeat(100_000)}last`);
    expect(long.lines).toHaveLength(500);
    expect(long.lines.at(-1)).toBe('last');
    expect(long.more).toBe(true);
    expect(linesOf('x'.repeat(5_000)).lines[0]?.length).toBeLessThanOrEqual(1_000);
  });
});

describe('the runbooks that ship', () => {
  it.each(RUNBOOKS.map((r) => [r.command, r] as const))(
    '%s is found by each symptom that it lists',
    (command, { symptoms }) => {
      expect(symptoms.length).toBeGreaterThan(2);
      for (const symptom of symptoms) {
        expect(readSymptom(symptom)).toMatchObject({ ok: true });
        if (/^[!/]/.test(symptom)) continue;
        expect(diagnose([symptom], RUNBOOKS).map((c) => c.runbook)).toContain(command);
      }
    },
  );

  it('list no pattern that is in no line', () => {
    const lines = [...LINES.map(([line]) => line), ...REPORTS.flatMap(([, report]) => report.split('\n'))].map(
      foldLine,
    );
    const patterns = RUNBOOKS.flatMap(({ symptoms }) => symptoms.filter((s) => /^[!/]/.test(s)));
    const unused = patterns.filter((symptom) => {
      const read = readSymptom(symptom);
      return read.ok && !lines.some((line) => read.value.find(line));
    });
    expect(unused).toEqual([]);
  });
});
