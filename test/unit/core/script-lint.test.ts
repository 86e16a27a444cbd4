import { describe, expect, it } from 'vitest';
import { neverFails } from '../../../src/core/script-lint.js';

describe('a script', () => {
  it.each([
    ['test -e /etc/x || true', '|| true', 15],
    ['test -e /etc/x ||true;', '||true;', 15],
    ['test -e /etc/x || :', '|| :', 15],
    ['test -e /etc/x || exit 0', '|| exit 0', 15],
    ['test -e /etc/x || true # it may be gone', '|| true', 15],
    ['a=1\ntest -e /etc/x || true\n# done\n', '|| true', 19],
    ['test -e /etc/x; true', 'true', 16],
    ['test -e /etc/x\nexit 0\n', 'exit 0', 15],
    ['test -e /etc/x ||\n  true\n', '|| true', 15],
    ['a && b || c || true', '|| true', 12],
    ['while read -r l; do grep "$l" /x; done </y || true', '|| true', 43],
  ])('can never fail: %j', (script, text, offset) => {
    expect(neverFails(script)).toEqual({ text, offset });
  });

  it.each([
    'test -e /etc/x',
    'true || test -e /etc/x',
    'test -e /etc/x && true',
    'test -e /etc/x &&\n  true',
    'test -e /etc/x \\\n  && :',
    'rm -f /x || true\ntest ! -e /x',
    '[ -e /x ] || exit 1\ngrep -q y /x || true',
    'if ! [ -e /x ]; then exit 1; fi\ntrue',
    'set -e\ntest -e /x\ntrue',
    'set -eu; test -e /x; true',
    'test -e "${X:?}"; true',
    'f() { test -e /x || true; }; f',
    'grep -q "a || true" /x',
    "grep -q '|| true' /x",
    'grep -q a /x # || true',
    'if [ -e /x ]; then true; else false; fi',
    '(set -e; a; b) || test -e /x',
    'cat >/x <<E\na || true\nE',
    'test -e /x || exit 01',
    'test -e /x || trueish',
    '[ "$(cat /x || true)" = 1 ]',
    'test -e /x || true; test -e /y',
  ])('can fail, or may: %j', (script) => {
    expect(neverFails(script)).toBeUndefined();
  });
});
