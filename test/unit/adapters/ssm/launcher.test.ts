import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Frame, readFrame } from '../../../../src/adapters/ssm/frame.js';
import { launcher, pack } from '../../../../src/adapters/ssm/launcher.js';
import { isGone, until } from '../../../contract/transport.js';
import { Rooms, roomsMissing } from '../../../rig/ssm/rooms.js';

const SHELLS = [['/bin/dash'], ['/bin/bash'], ['/bin/busybox', 'sh']].filter(([path]) => existsSync(path ?? ''));
const missing = roomsMissing();
const rooms = new Rooms();
afterAll(() => rooms.remove());

interface Ran {
  readonly code: number | null;
  readonly text: string;
  readonly frame: Frame | undefined;
}

let count = 0;
const fresh = () => {
  count += 1;
  return `room-${count}`;
};
const newId = () => randomBytes(16).toString('hex');

const begin = (
  shell: readonly string[],
  text: string,
  { room = fresh(), id = newId(), limitMs = 10_000, maxBytes = 100_000, env = process.env } = {},
) => {
  const file = join(rooms.directory, `${id}-${Math.random()}`);
  writeFileSync(file, launcher({ id, packed: pack(text), limitMs, maxBytes }));
  const child = rooms.start(room, [...shell, file], env);
  let out = '';
  let errors = '';
  child.stdout?.on('data', (chunk) => {
    out += String(chunk);
  });
  child.stderr?.on('data', (chunk) => {
    errors += String(chunk);
  });
  const end = new Promise<Ran>((resolve) => {
    child.once('close', (code) => resolve({ code, text: out + errors, frame: readFrame(out, id, maxBytes) }));
  });
  return { child, end, room };
};
const run = (shell: readonly string[], text: string, more: Parameters<typeof begin>[2] = {}) =>
  begin(shell, text, more).end;
const said = ({ code, frame }: Ran) => ({
  code,
  end: frame?.end,
  out: frame?.stdout.toString(),
  err: frame?.stderr.toString(),
  whole: frame?.whole,
});

describe.skipIf(missing).each(SHELLS.map((shell) => [shell.join(' '), shell] as const))(
  `the launcher in %s${missing ? ` (skipped: ${missing})` : ''}`,
  (_, shell) => {
    it('brings back both streams and the exit code, and ends with 0 itself', async () => {
      expect(said(await run(shell, 'echo out; echo err >&2; exit 7'))).toEqual({
        ...{ code: 0, end: { kind: 'exit', value: 7 }, out: 'out\n', err: 'err\n', whole: true },
      });
      expect(said(await run(shell, 'exit 194'))).toMatchObject({ code: 0, end: { kind: 'exit', value: 194 } });
      expect(said(await run(shell, ''))).toMatchObject({ end: { kind: 'exit', value: 0 }, out: '', err: '' });
    });

    it('tells a signal from an exit code that looks like one', async () => {
      expect(said(await run(shell, 'exit 137'))).toMatchObject({ end: { kind: 'exit', value: 137 } });
      expect(said(await run(shell, 'kill -KILL $$'))).toMatchObject({ end: { kind: 'signal', value: 9 } });
      expect(said(await run(shell, 'kill -TERM $$'))).toMatchObject({ end: { kind: 'signal', value: 15 } });
    });

    it('ends all that the script started at its limit, and brings back what it said until then', async () => {
      const pids = join(rooms.directory, `pids-${count}`);
      const text = `echo began; (trap '' TERM; sleep 300 & echo $! >>${pids}; wait; sleep 300) & echo $! >>${pids}; wait`;
      const ran = await run(shell, text, { limitMs: 700 });
      expect(said(ran)).toMatchObject({ code: 0, end: { kind: 'limit' }, out: 'began\n' });
      const left = readFileSync(pids, 'utf8').trim().split('\n').map(Number);
      expect(left).toHaveLength(2);
      await until('all gone', () => left.every(isGone));
    });

    it('ends the script when the agent kills the launcher, and leaves nothing behind', async () => {
      const pids = join(rooms.directory, `killed-${count}`);
      const { child, end, room } = begin(shell, `sleep 300 & echo $! >>${pids}; echo $$ >>${pids}; wait`);
      const ids = () => (existsSync(pids) ? readFileSync(pids, 'utf8').trim().split('\n').map(Number) : []);
      await until('the script runs', () => ids().length === 2);
      process.kill(-(child.pid ?? 0), 'SIGKILL');
      await end;
      await until('all gone', () => ids().every(isGone));
      await until('its files are gone', () => readdirSync(join(rooms.run(room), 'runbolt-ssm')).length === 0);
    });

    it('ends the script also when the launcher is killed the moment that it begins', async () => {
      const pids = join(rooms.directory, `at-once-${count}`);
      const kill = 'read -r stat </proc/$PPID/stat; set -- ${stat##*) }; kill -KILL "-$3"';
      const { end, room } = begin(shell, `${kill}; echo $$ >>${pids}; sleep 300 & echo $! >>${pids}; wait`);
      await end;
      const ids = () => (existsSync(pids) ? readFileSync(pids, 'utf8').trim().split('\n').map(Number) : []);
      await until('its files are gone', () => readdirSync(join(rooms.run(room), 'runbolt-ssm')).length === 0);
      await until('all gone', () => ids().every(isGone));
    });

    it('does not wait for a child that was left behind, and lets it live', async () => {
      const ran = await run(shell, 'sleep 300 & echo $!');
      const pid = Number(said(ran).out || Number.NaN);
      expect(pid).toBeGreaterThan(1);
      expect(isGone(pid)).toBe(false);
      process.kill(pid);
    });

    it('drains what is more than asked for', async () => {
      const ran = await run(shell, 'head -c 5000000 /dev/zero & head -c 5000000 /dev/zero >&2; wait; exit 3', {
        maxBytes: 1_000,
      });
      expect(said(ran)).toMatchObject({ end: { kind: 'exit', value: 3 }, whole: true });
      expect([ran.frame?.cut, ran.frame?.stdout.length, ran.frame?.stderr.length]).toEqual([true, 1_000, 1_000]);
    });

    it('runs a script once, however often it is delivered, and each delivery brings the one result', async () => {
      const [room, id] = [fresh(), newId()];
      const log = join(rooms.directory, id);
      const text = `echo x >>${log}; sleep 0.3; echo done; exit 5`;
      const ends = await Promise.all(Array.from({ length: 4 }, () => run(shell, text, { room, id })));
      ends.push(await run(shell, text, { room, id }));
      expect(readFileSync(log, 'utf8')).toBe('x\n');
      for (const end of ends) expect(said(end)).toMatchObject({ end: { kind: 'exit', value: 5 }, out: 'done\n' });
    });

    it('says that it runs already when the first delivery’s result does not come', async () => {
      const [room, id] = [fresh(), newId()];
      mkdirSync(join(rooms.lib(room), 'runbolt-ssm', id), { recursive: true });
      const ran = await run(shell, 'echo ran', { room, id, limitMs: 100 });
      expect(ran.frame?.end).toEqual({ kind: 'running' });
    }, 15_000);

    it('runs nothing in a directory that somebody else could have made', async () => {
      const room = fresh();
      for (const place of [rooms.lib(room), rooms.run(room)]) {
        mkdirSync(place, { recursive: true });
        symlinkSync('/tmp', join(place, 'runbolt-ssm'));
      }
      const ran = await run(shell, 'echo ran', { room });
      expect(ran.frame?.end).toMatchObject({
        kind: 'refused',
        reason: expect.stringContaining('/var/lib/runbolt-ssm'),
      });
    });
  },
);

describe.skipIf(missing)(`the launcher${missing ? ` (skipped: ${missing})` : ''}`, () => {
  const [shell = ['sh']] = SHELLS;
  const only = (...programs: readonly string[]) => {
    const directory = join(rooms.directory, `bin-${newId()}`);
    mkdirSync(directory);
    for (const program of programs) symlinkSync(`/usr/bin/${program}`, join(directory, program));
    return directory;
  };

  it('holds nothing that SSM would expand', () => {
    const text = launcher({ id: newId(), packed: pack('echo {{ssm:secret}} {{ x }}'), limitMs: 1_000, maxBytes: 10 });
    expect(text).not.toContain('{{');
    expect(text).not.toContain('secret');
  });

  it('says what a host lacks, and runs nothing', async () => {
    const file = join(rooms.directory, newId());
    const id = newId();
    const text = launcher({ id, packed: pack(`touch ${file}`), limitMs: 1_000, maxBytes: 10 });
    // The usual directories are part of the launcher's own PATH.
    const bare = text.replace(/PATH="\$PATH[^"]*"/, `PATH=${only('cat', 'mkdir', 'rm', 'gzip')}`);
    writeFileSync(`${file}.sh`, bare);
    const child = rooms.start(fresh(), [...shell, `${file}.sh`]);
    let out = '';
    child.stdout?.on('data', (chunk) => {
      out += String(chunk);
    });
    await new Promise((resolve) => child.once('close', resolve));
    expect(readFrame(out, id, 10)?.end).toEqual({
      kind: 'refused',
      reason: 'it has neither base64 (coreutils) nor openssl',
    });
    expect(existsSync(file)).toBe(false);
  });

  it('runs nothing of a script that did not arrive whole', async () => {
    const [id, file] = [newId(), join(rooms.directory, newId())];
    const packed = pack(`echo ${newId().repeat(20)}; touch ${file}`);
    const half = packed.slice(0, packed.length / 2);
    writeFileSync(`${file}.sh`, launcher({ id, packed: half, limitMs: 1_000, maxBytes: 10 }));
    const child = rooms.start(fresh(), [...shell, `${file}.sh`]);
    let out = '';
    child.stdout?.on('data', (chunk) => {
      out += String(chunk);
    });
    await new Promise((resolve) => child.once('close', resolve));
    expect(readFrame(out, id, 10)?.end).toMatchObject({ kind: 'refused' });
    expect(existsSync(file)).toBe(false);
  });
});
