import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Target } from '../../src/core/target.js';
import type { Execution, Script, Transport } from '../../src/engine/ports.js';
import { isAlive } from '../rig/demo/traces.js';

export interface Subject {
  readonly transport: Transport;
  readonly target: Target;
  stop(): Promise<void>;
}

export const script = (text: string, more: Partial<Script> = {}): Script => ({
  text,
  limitMs: 20_000,
  maxBytes: 1_000_000,
  become: 'none',
  ...more,
});

export const never = (): AbortSignal => new AbortController().signal;

/** What a script wrote and its code, as text, for short expectations. */
export const said = (end: Execution) =>
  end.kind === 'exited'
    ? { code: end.code, out: end.output.stdout.toString(), err: end.output.stderr.toString() }
    : end;

export const until = async (what: string, holds: () => boolean, ms = 8_000): Promise<void> => {
  for (const end = Date.now() + ms; !holds(); await new Promise((resolve) => setTimeout(resolve, 15))) {
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
  }
};

/** Gone, or dead and not yet collected by its parent. */
export const isGone = (pid: number): boolean => !isAlive(pid);

const lines = (path: string): number[] =>
  existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n').filter(Boolean).map(Number) : [];

/** What holds for every transport. The target must be this machine, so that processes can be looked at. */
export const transportContract = (name: string, make: () => Promise<Subject>, skip?: string): void => {
  describe.skipIf(skip !== undefined)(`${name}${skip ? ` (skipped: ${skip})` : ''}`, () => {
    let subject: Subject;
    let directory: string;
    const run = (text: string, more: Partial<Script> = {}, signal = never()) =>
      subject.transport.execute(subject.target, script(text, more), signal);

    beforeAll(async () => {
      directory = mkdtempSync(join(tmpdir(), 'runbolt-contract-'));
      subject = await make();
    });
    afterAll(async () => {
      await subject?.stop();
      rmSync(directory, { recursive: true, force: true });
    });

    it('hands back exit code and both streams', async () => {
      expect(said(await run('echo out; echo err >&2; exit 7'))).toEqual({ code: 7, out: 'out\n', err: 'err\n' });
      expect(said(await run('true'))).toEqual({ code: 0, out: '', err: '' });
      expect(said(await run(''))).toEqual({ code: 0, out: '', err: '' });
    });

    it.each([126, 127, 124, 137, 255, 86])('takes exit code %i as the script’s own', async (code) => {
      expect(said(await run(`echo began; exit ${code}`))).toEqual({ code, out: 'began\n', err: '' });
    });

    it('keeps quotes, new lines, here-documents, UTF-8 and a text without a final new line', async () => {
      const text = [
        `printf '%s|' "it's" '"' '\\' '!' '$HOME' '\`id\`' 'é漢🙂'`,
        'cat <<"END"',
        'a $b `c` \'d\' "e" }',
        'END',
        'cat <<END',
        'six: $((2 * 3))',
        'END',
        "printf 'last'  # }",
      ].join('\n');
      expect(said(await run(text))).toEqual({
        code: 0,
        out: 'it\'s|"|\\|!|$HOME|`id`|é漢🙂|a $b `c` \'d\' "e" }\nsix: 6\nlast',
        err: '',
      });
      expect(said(await run('echo a; echo b\\'))).toMatchObject({ code: 0, out: 'a\nb\\\n' });
    });

    it('runs a text of 300 kB', async () => {
      const text = `${'# padding of the script, to be longer than any pipe\n'.repeat(6_000)}echo whole`;
      expect(said(await run(text))).toEqual({ code: 0, out: 'whole\n', err: '' });
    });

    it('gives the script an empty standard input, no arguments, and LC_ALL=C', async () => {
      expect(said(await run('cat; echo "$# $LC_ALL"'))).toEqual({ code: 0, out: '0 C\n', err: '' });
    });

    it('hands back bytes as they are', async () => {
      const end = await run(`printf '\\000\\001\\377\\376\\033[31m\\r\\n\\303'`);
      expect(end.kind === 'exited' && [...end.output.stdout]).toEqual([
        ...[0, 1, 255, 254, 27, 91, 51, 49, 109, 13, 10, 195],
      ]);
    });

    it('tells a script that was killed from one that failed', async () => {
      expect(await run('echo before; kill -KILL $$')).toMatchObject({ kind: 'signalled', signal: 'SIGKILL' });
      expect(await run('kill -TERM $$')).toMatchObject({ kind: 'signalled', signal: 'SIGTERM' });
    });

    it('does not run a script with a syntax error to its end', async () => {
      expect(await run('if true; then echo a\n')).toMatchObject({ kind: 'exited' });
      expect(said(await run('if true; then echo a\n'))).toMatchObject({ out: '' });
    });

    it('drains 50 MB on each stream at once and keeps what was asked for', async () => {
      const half = 'head -c 50000000 /dev/zero';
      const end = await run(`${half} & ${half} >&2; wait; exit 3`, { maxBytes: 1_000 });
      expect(end).toMatchObject({ kind: 'exited', code: 3, output: { cut: true } });
      if (end.kind !== 'exited') return;
      expect([end.output.stdout.length, end.output.stderr.length]).toEqual([1_000, 1_000]);
      expect(end.durationMs).toBeLessThan(15_000);
    });

    it('says cut only when something was dropped', async () => {
      const exact = await run('printf 12345; printf 12345 >&2', { maxBytes: 5 });
      expect(exact).toMatchObject({ output: { cut: false } });
      expect(await run('printf 123456', { maxBytes: 5 })).toMatchObject({ output: { cut: true } });
      expect(await run('printf 123456 >&2', { maxBytes: 5 })).toMatchObject({ output: { cut: true } });
    });

    it('ends the process group at the time limit, children and those that ignore TERM included', async () => {
      const pids = join(directory, 'limit');
      const text = `echo began
        (trap '' TERM; echo $(exec sh -c 'echo $PPID') >>${pids}; sleep 300 & echo $! >>${pids}; wait) &
        sleep 300 & echo $! >>${pids}
        echo $$ >>${pids}; wait`;
      const end = await run(text, { limitMs: 1_200 });
      expect(end).toMatchObject({ kind: 'timed-out', limitMs: 1_200 });
      if (end.kind === 'timed-out') expect(end.output.stdout.toString()).toBe('began\n');
      expect(lines(pids)).toHaveLength(4);
      await until('all processes gone', () => lines(pids).every(isGone));
    });

    it('ends the process group when cancelled, and says that it was sent', async () => {
      const pids = join(directory, 'cancel');
      const stop = new AbortController();
      const running = run(`sleep 300 & echo $! >>${pids}; echo $$ >>${pids}; wait`, {}, stop.signal);
      await until('script runs', () => lines(pids).length === 2);
      expect(lines(pids).some(isGone)).toBe(false);
      stop.abort();
      expect(await running).toEqual({ kind: 'cancelled', sent: true });
      await until('its processes are gone', () => lines(pids).every(isGone));
    });

    it('sends nothing when it was cancelled before', async () => {
      const file = join(directory, 'never');
      expect(await run(`echo ran >${file}`, {}, AbortSignal.abort())).toEqual({ kind: 'cancelled', sent: false });
      expect(existsSync(file)).toBe(false);
    });

    it('does not wait for a child that was left behind, and lets it live', async () => {
      const pids = join(directory, 'left');
      const end = await run(`sleep 300 & echo $! >>${pids}; echo done`);
      expect(said(end)).toMatchObject({ code: 0, out: 'done\n' });
      if (end.kind === 'exited') expect(end.durationMs).toBeLessThan(15_000);
      const [pid = 0] = lines(pids);
      expect(isGone(pid)).toBe(false);
      process.kill(pid);
    });

    it('runs 30 scripts on one target at once, each with its own answer', async () => {
      const ends = await Promise.all(
        Array.from({ length: 30 }, (_, index) => run(`sleep 0.1; echo ${index}; exit ${index}`)),
      );
      expect(ends.map(said)).toEqual(ends.map((_, index) => ({ code: index, out: `${index}\n`, err: '' })));
    });

    it('is root with sudo', async () => {
      const ran = await run('id -u; echo "$LC_ALL"; cat; exit 5', { become: 'sudo' });
      expect(said(ran)).toEqual({ code: 5, out: '0\nC\n', err: '' });
    });

    it('ends the process group of a script under sudo', async () => {
      const pids = join(directory, 'sudo');
      const text = `sleep 300 & echo $! >>${pids}; echo $$ >>${pids}; wait`;
      expect(await run(text, { limitMs: 1_200, become: 'sudo' })).toMatchObject({ kind: 'timed-out' });
      expect(lines(pids)).toHaveLength(2);
      await until('all processes gone', () => lines(pids).every(isGone));
    });
  });
};
