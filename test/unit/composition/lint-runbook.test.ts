import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { lintRunbookFile } from '../../../src/composition/lint-runbook.js';
import { runbooksOf, SHIPPED_RUNBOOKS } from '../../../src/composition/runbook-files.js';

it('the runbooks that ship say consequence, cure and stopgap with every finding, and have nothing to warn of', async () => {
  for (const name of await readdir(SHIPPED_RUNBOOKS)) {
    const linted = await lintRunbookFile(join(SHIPPED_RUNBOOKS, name), new Map());
    expect(linted, name).toEqual({ mistakes: [], warnings: [] });
  }
});

it('every rule that cites a kernel says on which ones it is known, so that the verdict can on any other', async () => {
  const shipped = await runbooksOf(undefined);
  const checks = shipped.ok ? [...shipped.value.values()].flatMap((one) => one.checks) : [];
  expect(checks.length).toBeGreaterThan(50);
  const cites = checks.filter((check) => /\bLinux \d|\b6\.18\b/.test(check.rule));
  expect(cites.length).toBeGreaterThan(20);
  expect(cites.filter((check) => !check.kernel).map((check) => check.name)).toEqual([]);
});

const OWN = `command: own
title: Own
facts:
  s: { sysctl: net.core.somaxconn }
  f: { file: /etc/shadow }
checks:
  backlog:
    expect: int(s.running) >= 4096
    otherwise: "it is {s.running}, {params.level}"
    rule: "Ours."
  shadow:
    expect: f.mode == "0640" || f.mode == "" || f.mode in ["0600"]
    otherwise: "{f.mode}"
    rule: "Ours."
changes:
  flag:
    when: checks.shadow.failed
    script:
      title: set
      guard: "[ ! -L /etc/x ]"
      apply: "touch /etc/x || true"
      verify: "test -e /etc/x"
      revert: "rm -f /etc/x"
knowledge: Ours.
params:
  level: { type: choice, default: "640", values: ["640", "600"], help: "Mode." }
`;
const lintOf = async (...replaced: readonly (readonly [from: string, to: string])[]) => {
  const directory = await mkdtemp(join(tmpdir(), 'runbolt-lint-'));
  try {
    const path = join(directory, 'own.yaml');
    await writeFile(
      path,
      replaced.reduce((text, [from, to]) => text.replace(from, () => to), OWN),
    );
    const { mistakes, warnings } = await lintRunbookFile(path, new Map());
    return [...mistakes, ...warnings].map((line) => line.replace(/^.*own\.yaml:/, ''));
  } finally {
    await rm(directory, { recursive: true });
  }
};

it.each([
  ['int(s.running) >= 4096', 's.running >= "4096"', '8:13 `>=` compares these as text'],
  ['f.mode == "0640"', 'f.mode == "640"', '12:13 `f.mode` is never "640": a mode has four octal digits, `"0640"`.'],
  ['f.mode == "0640"', 'f.mode != "u=rw"', '12:13 `f.mode` is never "u=rw": a mode has four octal digits.'],
  ['["0600"]', '["0600", "600"]', '`f.mode` is never "600"'],
  ['f.mode == "0640"', 'f.type == "dir"', '12:13 `f.type` is never "dir": there is file, directory, device, pipe,'],
  ['{f.mode}', `{f.mode == '8' ? 'a' : 'b'}`, "`f.mode` is never '8'"],
  [
    '"test -e /etc/x"',
    '"test -e /etc/x || true"',
    '22:31 This `verify` can never fail, for it ends in `|| true`: a change that is not in force would pass. Leave that out.',
  ],
  ['"rm -f /etc/x"', '"rm /etc/x || :"', '23:26 This `revert` can never fail'],
  ['[ ! -L /etc/x ]', '[ ! -L /etc/x ] || exit 0', '20:31 This `guard` can never fail'],
  [
    'test -e /etc/x',
    'grep -q {params.level} /etc/x',
    '22:24 `{params.level}` is not replaced in a script: give it as `env: { LEVEL: "{params.level}" }` and write "$LEVEL".',
  ],
  [
    'file: /etc/shadow',
    'file: "/etc/{params.level}"',
    '5:20 `{params.level}` is not replaced here: a text must be wholly `{params.level}`.',
  ],
  ['net.core.somaxconn', '"{param.level}"', '4:17 `{param.level}` is not replaced here'],
  [
    'f.mode == "0640"',
    'f.mode == params.level',
    '12:13 `f.mode` is never what `params.level` can be: a mode has four octal digits',
  ],
  [
    'f.mode == "0640"',
    'has(f.mode)',
    '`has` is true on every host, for a fact has all its fields: say what `f.mode` must be.',
  ],
  ['[ ! -L /etc/x ]', '[[ ! -L /etc/x ]]', "20:15 `[[` is bash's, and sh is often another shell: write [ … ]."],
])('lint finds what has a value on every host and never the right one: %s -> %s', async (from, to, expected) => {
  expect(await lintOf([from, to])).toEqual([expect.stringContaining(expected)]);
  expect(await lintOf()).toEqual([]);
});

it('lint tells mistakes of the schema, of expressions and of scripts at once', async () => {
  const found = await lintOf(
    ['    rule: "Ours."\n', ''],
    ['int(s.running) >= 4096', 'int(s.runing) >= 4096'],
    ['"test -e /etc/x"', '"test -e /etc/x || true"'],
    ['"rm -f /etc/x"', '"if rm -f /etc/x"'],
  );
  expect(found).toHaveLength(4);
  for (const [i, said] of ['is missing', 'No such key: runing', 'never fail', 'shell cannot read'].entries()) {
    expect(found[i]).toContain(said);
  }
});

const CHANGES = 'changes:\n';
const MODE = (path: string, mode: string) =>
  `${CHANGES}  mode:\n    when: checks.shadow.failed\n    file: { path: ${path}, mode: "${mode}" }\n`;
const BACKLOG = (key: string, value: string) =>
  `${CHANGES}  deep:\n    when: checks.backlog.failed\n    sysctl: { key: ${key}, value: ${value} }\n`;

it.each([
  [MODE('/etc/shadow', '0644'), '18:11 After this `f.mode` is "0644", and the check `shadow` still fails.'],
  [MODE('/etc/gshadow', '0600'), '18:11 This changes /etc/gshadow, and what drives it reads /etc/shadow.'],
  [
    BACKLOG('net.core.somaxconn', '1024'),
    '18:13 After this `s.running` is "1024", and the check `backlog` still fails.',
  ],
  [BACKLOG('net.core.netdev_max_backlog', '"5000"'), 'and what drives it reads net.core.somaxconn.'],
])('lint finds a change that leaves its check failing: %s', async (changes, expected) => {
  expect(await lintOf([CHANGES, changes])).toEqual([expect.stringContaining(expected)]);
});

it.each([MODE('/etc/shadow', '0640'), MODE('/etc/shadow', '600'), BACKLOG('net.core.somaxconn', '"8192"')])(
  'lint says nothing of a change that mends what its check reads: %s',
  async (changes) => {
    expect(await lintOf([CHANGES, changes])).toEqual([]);
  },
);

it.each(['^root:[^:]*:$', '^root:', 'x$', '(^root)'])(
  'lint doubts a pattern for a whole file that is likely one for a line: %s',
  async (pattern) => {
    const text = ['f: { file: /etc/shadow }', 'f: { file: { path: /etc/shadow, content: text } }'] as const;
    const checked = ['f.mode == "0640"', `f.mode == "0640" || search(f.text, "${pattern}")`] as const;
    const said =
      '`^` and `$` are the ends of the whole text here, not of a line: `(?m)` before the pattern makes them that.';
    expect(await lintOf(text, checked)).toEqual([expect.stringContaining(said)]);
    for (const meant of ['(?m)^root:$', 'root\\\\$', '^#!/bin/sh', '[^x]', 'a^b'])
      expect(await lintOf(text, [checked[0], checked[1].replace(pattern, () => meant)]), meant).toEqual([]);
  },
);

it.each([
  ['"touch /etc/x || true"', '\'touch "$LEVL" || true\'', '22:22 Nothing gives `LEVL`. Did you mean `LEVEL`?'],
  ['"touch /etc/x || true"', '\'LEVL=1; touch "$LEVL" || true\'', ''],
  ['-e /etc/x', '-e $BACKUP/LEVEL -a -d $HOME', ''],
])('lint doubts variables that nobody gives, or asks for: %s -> %s', async (from, to, expected) => {
  const given = ['title: set', 'title: set\n      env: { LEVEL: a, MODE: b, BACKUPS: c, NAME: d }'] as const;
  const asked = ['"[ ! -L /etc/x ]"', '\'[ "$MODE$BACKUPS$NAME" ] && [ "$LEVEL" ]\''] as const;
  expect(await lintOf(given, asked, [from, to])).toEqual(expected === '' ? [] : [expect.stringContaining(expected)]);
  expect(await lintOf(given)).toEqual([
    expect.stringContaining('20:12 `LEVEL` is given, and no script of this asks for it.'),
    expect.stringContaining('`MODE` is given'),
    expect.stringContaining('`BACKUPS` is given'),
    expect.stringContaining('`NAME` is given'),
  ]);
});

it('lint says of bounds that exclude every value that they do', async () => {
  const bounds = 'count: { type: integer, default: 5, min: 9, max: 8, help: "?" }';
  expect(await lintOf(['params:\n', `params:\n  ${bounds}\n`])).toEqual([
    expect.stringContaining('`params.count.min`: is above max, 8: no value is possible.'),
  ]);
});
