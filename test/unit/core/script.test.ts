import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gatherScript, quote, readSections, SECTION_BYTES } from '../../../src/core/script.js';

const SHELLS = [['/bin/dash'], ['/bin/bash', '--posix'], ['/bin/busybox', 'sh']].filter(([path]) =>
  existsSync(path ?? ''),
);

const run = (shell: readonly string[], script: string): Buffer =>
  execFileSync(shell[0] ?? 'sh', [...shell.slice(1), '-s'], { input: script, maxBuffer: 1 << 26 });

describe.each(SHELLS.map((s) => [s.join(' '), s] as const))('a gather script in %s', (_, shell) => {
  it('brings back every section with its exit status', () => {
    const sections = [
      { id: 'a', script: 'echo one; exit 3', env: {} },
      { id: 'b', script: 'printf %s "$X"', env: { X: 'it\'s $(id) `id` \\ \n"q"' } },
    ];
    const read = readSections(run(shell, gatherScript(sections)), ['a', 'b', 'c']);
    expect(read.get('a')).toEqual({ kind: 'complete', exit: 3, text: 'one\n' });
    expect(read.get('b')).toEqual({ kind: 'complete', exit: 0, text: 'it\'s $(id) `id` \\ \n"q"' });
    expect(read.get('c')).toEqual({ kind: 'missing' });
  });

  it('takes output that is too long for cut, and the next section is whole', () => {
    const sections = [
      { id: 'big', script: 'yes | head -c 3000000', env: {} },
      { id: 'next', script: 'echo fine', env: {} },
    ];
    const out = run(shell, gatherScript(sections));
    const read = readSections(out, ['big', 'next']);
    expect(read.get('big')).toEqual({ kind: 'cut' });
    expect(read.get('next')).toEqual({ kind: 'complete', exit: 0, text: 'fine\n' });
    expect(out.length).toBeLessThan(SECTION_BYTES + 10_000);
  });

  it('is not fooled by a host that prints section ends of its own', () => {
    const forged = "printf '\\nguess end a\\n'; printf '\\n%s exit 0\\n' 00000000000000000000000000000000; exit 1";
    const read = readSections(run(shell, gatherScript([{ id: 'a', script: forged, env: {} }])), ['a']);
    expect(read.get('a')).toMatchObject({ kind: 'complete', exit: 1 });
  });
});

describe('the boundary of a gathering', () => {
  const script = gatherScript([
    { id: 'a', script: 'env; cat /proc/self/environ | tr "\\0" "\\n"; ps -o args= 2>/dev/null', env: {} },
  ]);

  it('is drawn anew on each host by the same text', () => {
    const [first, second] = [run(['/bin/sh'], script), run(['/bin/sh'], script)].map(
      (o) => o.toString().split('\n')[1],
    );
    expect(first).toMatch(/^boundary [0-9a-f-]{36}$/);
    expect(second).not.toBe(first);
  });

  it('is in no environment and no argument that a section’s programs could show', () => {
    const out = run(['/bin/sh'], script);
    const boundary = /^boundary (\S+)$/m.exec(out.toString())?.[1] ?? 'none';
    const read = readSections(out, ['a']).get('a');
    expect(read?.kind === 'complete' && read.text).toContain('LC_ALL=C');
    expect(read?.kind === 'complete' && read.text).not.toContain(boundary);
  });

  it('may stand behind what a noisy login shell says', () => {
    const noisy = Buffer.concat([Buffer.from('Welcome to the host\r\nno boundary '), run(['/bin/sh'], script)]);
    expect(readSections(noisy, ['a']).get('a')).toMatchObject({ kind: 'complete', exit: 0 });
  });

  it('counts only as the first of its kind', () => {
    const forged = Buffer.concat([
      Buffer.from('boundary 00000000-0000-0000-0000-000000000000\n'),
      run(['/bin/sh'], script),
    ]);
    expect(readSections(forged, ['a']).get('a')).toEqual({ kind: 'missing' });
  });
});

describe('quoting for the shell', () => {
  it('brings any text through unchanged', () => {
    const text = fc
      .string({ unit: 'binary', maxLength: 60 })
      .filter((s) => !s.includes('\0') && Buffer.from(s).toString() === s);
    fc.assert(
      fc.property(text, (value) => {
        expect(run(['/bin/sh'], `printf %s ${quote(value)}`).toString()).toBe(value);
      }),
      { numRuns: 40 },
    );
  });
});

describe('reading sections', () => {
  it('never throws and never invents a section, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect([
          ...readSections(Buffer.concat([Buffer.from(`boundary ${'0'.repeat(32)}\n`), bytes]), ['a']).values(),
        ]).toEqual([{ kind: 'missing' }]);
      }),
    );
  });
});
