import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ASK_SOCKET } from '../../../src/sh/ask-socket.js';

const WORDS = 'printf "%s\\n" "$0" "$@" >> "$SEEN"; cat > /dev/null';

describe.each(['perl', 'python3', 'socat', 'nc'])('a socket is asked by %s', (tool) => {
  let dir = '';
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'ask-'));
    writeFileSync(join(dir, 'cat'), '');
    writeFileSync(join(dir, tool), `#!/bin/sh\n${WORDS.replace('cat', '/bin/cat')}\n`, { mode: 0o755 });
    symlinkSync('/bin/sh', join(dir, 'sh'));
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  const ask = (address: string) => {
    const script = `${ASK_SOCKET}\nasked_by=${tool}\n: > "$SEEN"\nask "$ADDRESS" 1 "show info" < /dev/null; echo "status $?"; while read -r l; do echo "$l"; done < "$SEEN"`;
    const seen = join(dir, 'seen');
    writeFileSync(seen, '');
    return spawnSync('/bin/sh', ['-c', script], { encoding: 'utf8', env: { PATH: dir, SEEN: seen, ADDRESS: address } })
      .stdout;
  };

  test.each([
    '-eprint 1',
    '-U',
    '-',
    '--version',
    '/run/x,exec=id',
    '/run/a b',
    '10.0.0.1',
    '10.0.0.1:-e',
    '-x:80',
    '',
  ])('never with %j, which is no address', (address) => expect(ask(address)).toBe('status 5\n'));

  test.each(['/run/haproxy.sock', '127.0.0.1:9000', '[::1]:9000', '::1:9000'])('at %s', (address) => {
    const said = ask(address);
    expect(said).not.toContain('status 5');
    expect(said).toContain(address.replace(tool === 'nc' ? /^\[|\]?:\d+$/g : /$^/, ''));
  });
});

test.each(['perl', 'python3'])('%s takes what follows its program for no option of its own', (tool) => {
  const script = `${ASK_SOCKET}\nasked_by=${tool}\nask /nowhere/-s 1 -v`;
  const ran = spawnSync('/bin/sh', ['-c', script], { encoding: 'utf8' });
  expect(ran).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining('No such file') });
});
