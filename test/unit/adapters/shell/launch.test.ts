import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandLine, launchArguments, payload } from '../../../../src/adapters/shell/launch.js';

const NONCE = 'feedc0de';
const SHELLS = [
  ['dash', ['dash']],
  ['bash', ['bash']],
  ['busybox sh', ['busybox', 'sh']],
] as const;

const feed = (shell: readonly string[], input: string) =>
  new Promise<{ code: number | null; out: string }>((resolve) => {
    const receiver = launchArguments('none', NONCE, 5).at(-1) ?? '';
    const [program = 'sh', ...rest] = shell;
    const child = spawn(program, [...rest, '-c', receiver, 'runbolt', NONCE], { stdio: ['pipe', 'pipe', 'ignore'] });
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
    child.on('close', (code) => resolve({ code, out: out.replace(/^.*;\n/, '') }));
    child.stdin.end(input);
  });

describe.each(SHELLS)('a script sent to %s', (_, shell) => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'runbolt-launch-'));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('runs whole, and no beginning of it runs at all', async () => {
    const marker = join(directory, 'ran');
    const whole = payload(`touch ${marker}\ncat <<'E'\n}\nE\necho "é $0 $#"`, NONCE);
    for (let length = 0; length < whole.length; length += 1) {
      expect(await feed(shell, whole.slice(0, length))).toEqual({ code: 86, out: '' });
    }
    expect(existsSync(marker)).toBe(false);
    expect(await feed(shell, whole)).toEqual({ code: 0, out: '}\né runbolt 0\n' });
    expect(existsSync(marker)).toBe(true);
  });

  it('ends with its own status', async () => {
    expect(await feed(shell, payload('set -e; false; echo on', NONCE))).toEqual({ code: 1, out: '' });
    expect(await feed(shell, payload('(exit 9)', NONCE))).toEqual({ code: 9, out: '' });
  });
});

it('hands a login shell one line that sh, csh and fish read alike', () => {
  const line = commandLine(launchArguments('sudo', NONCE, 30));
  expect(line).toMatch(/^exec env LC_ALL=C sudo -n sh -c '/);
  expect(line).not.toMatch(/[\\!\n]/);
});
