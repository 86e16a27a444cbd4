import { describe, expect, it } from 'vitest';
import { bashism } from '../../../src/core/posix-lint.js';

describe('a script that only bash understands', () => {
  it.each([
    ['if [[ -e /x ]]; then echo a=1; else echo a=0; fi', 3, '[['],
    ['test -e /x && [ "$a" == "b" ]', 21, '=='],
    ['true\n  source /etc/x', 7, 'source'],
    ['function f { :; }', 0, 'function'],
    ['declare -a x', 0, 'declare'],
    ['x="${y//a/b}"', 3, '${y//a/b}'],
    ['x=${y:0:3}', 2, '${y:0:3}'],
    ['x=${!y}', 2, '${!y}'],
    ['cat <<< "$x"', 4, '<<<'],
    ['cmd &>/dev/null', 4, '&>'],
    ['diff <(a) <(b)', 5, '<('],
    ["printf $'a'", 7, "$'"],
    ['set -euo pipefail', 9, 'pipefail'],
    ['for i in {1..5}; do :; done', 9, '{1..5}'],
    ['echo -e "a"', 0, 'echo -e'],
    ['if ((x > 3)); then :; fi', 3, '(('],
    ["x='[[ a ]]'; [[ b ]]", 13, '[['],
  ])('is found: %s', (script, offset, text) => {
    expect(bashism(script)).toMatchObject({ offset, text });
  });

  it.each([
    '[ "$a" = "b" ] && . /etc/x',
    'x=${y:-3} z="${y#a}" n=${#y} m=$((n + 1))',
    'cmd >/dev/null 2>&1 & wait',
    'grep \'x$\' /f; sed -e "s/[[:space:]]//" f',
    'awk \'{ if ($1 == "[[") print substr($0, 1); let = 2 }\' /f',
    '# source it, [[ or not ]]\ntrue # &> here',
    'echo "[[ x ]]" \\[[ x',
    "cat <<'END'\nsource x\n[[ y ]]\nEND\ntrue",
    'ls | while read -r source; do echo "$source"; done',
    'case $x in [[:digit:]]*) :;; esac',
    'f() { local x=1; printf "%s" "$x"; }; (f); ( (f) )',
    "sh -c '[ a = b ]' x",
  ])('is not one that any sh does: %s', (script) => {
    expect(bashism(script)).toBeUndefined();
  });
});
