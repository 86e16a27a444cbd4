import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { fileChange } from '../../src/changes/file/file.js';
import { scriptChange } from '../../src/changes/script.js';
import type { HostScripts, Planned, PlannedStep } from '../../src/core/change-type.js';
import { file } from '../../src/facts/file/file.js';
import { cannotIsolate, inNamespace, type Machine, machine, titled } from './namespace.js';

const SHELLS = { dash: ['dash'], bash: ['bash', '--posix'], 'busybox sh': ['busybox', 'sh'] };
const ONLY_BUSYBOX = 'mkdir -p /tmp/box; busybox --install -s /tmp/box; PATH=/tmp/box\n';
const USERS = `printf 'root:x:0:0::/:\\nnobody:x:65534:65534::/:\\n' > /etc/passwd; printf 'root:x:0:\\nnogroup:x:65534:\\n' > /etc/group\n`;

const machines: Machine[] = [];
afterEach(() => {
  for (const one of machines.splice(0)) one.remove();
});

const host = (setup: string): Machine => {
  const on = machine();
  machines.push(on);
  expect(inNamespace(on, USERS + setup)).toMatchObject({ code: 0, stderr: '' });
  return on;
};

const tree = (on: Machine): Record<string, string> => {
  const found: Record<string, string> = {};
  const walk = (path: string): void => {
    const stat = lstatSync(on.path(path));
    const facts = `${(stat.mode & 0o7777).toString(8)} ${stat.uid}:${stat.gid}`;
    if (stat.isSymbolicLink()) found[path] = `link ${readlinkSync(on.path(path))}`;
    else if (stat.isDirectory()) {
      found[path] = `directory ${facts}`;
      for (const name of readdirSync(on.path(path))) if (name !== 'alternatives') walk(join(path, name));
    } else found[path] = `${facts} ${readFileSync(on.path(path), 'latin1')}`;
  };
  walk('/etc');
  return found;
};

const plan = (on: Machine, wanted: unknown, earlier: readonly PlannedStep[] = []): Planned => {
  const args = fileChange.args.parse(wanted);
  const readings = fileChange.needs(args).map((need) => {
    const given = file.args.parse('args' in need ? need.args : undefined);
    const { script, env } = file.probe(given);
    return file.parse(inNamespace(on, script, env).stdout, given);
  });
  return fileChange.plan(args, readings, earlier);
};

const stepOf = (planned: Planned): PlannedStep => {
  const step = planned.kind === 'steps' ? planned.steps[0] : undefined;
  if (!step) throw new Error(JSON.stringify(planned));
  return step;
};

/** Runs the steps' scripts as the engine does: each a file, with its env and a private directory. */
const run = (
  on: Machine,
  steps: readonly PlannedStep[],
  program: string,
  shell: readonly string[] = ['sh'],
  scripts: HostScripts = fileChange.scripts,
): string => {
  const files = steps.flatMap((step, i) => [
    `mkdir -p -m 700 /var/a/${i + 1}/backup`,
    `cat > /var/a/${i + 1}/env <<'END-OF-ENV'\n${Object.entries(step.env)
      .map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'`)
      .join('\n')}\nEND-OF-ENV`,
    ...Object.entries(scripts).map(
      ([name, text]) => `cat > /var/a/${i + 1}/${name} <<'END-OF-SCRIPT'\n${text}\nEND-OF-SCRIPT`,
    ),
  ]);
  const does = `does() { ( . /var/a/$1/env; export BACKUP=/var/a/$1/backup; ${shell.join(' ')} /var/a/$1/$2 ) && echo "$2 $1"; }`;
  const ran = inNamespace(on, `${files.join('\n')}\n${does}\n${program}`, {}, { shell });
  return ran.stdout + (ran.stderr ? `stderr: ${ran.stderr}` : '');
};

const FIX = 'does 1 guard && does 1 apply && does 1 verify';
const FIXED = 'guard 1\napply 1\nverify 1\n';

const SSHD = `printf '# sshd\\n#PermitRootLogin prohibit-password\\nPort 22\\n# no end' > /etc/sshd_config; chown 65534:65534 /etc/sshd_config; chmod 640 /etc/sshd_config`;
const LINE = {
  path: '/etc/sshd_config',
  line: { match: '^#?PermitRootLogin\\b', text: "PermitRootLogin 'no' $HOME `id` \\n" },
};

describe.skipIf(cannotIsolate !== '')(titled('the change file on a real host'), () => {
  for (const [name, shell] of Object.entries(SHELLS))
    test(`${name}: ensures one line, mode and owner kept, and reverts every byte`, () => {
      const on = host(SSHD);
      const before = tree(on);
      const step = stepOf(plan(on, LINE));
      expect(run(on, [step], FIX, shell)).toBe(FIXED);
      expect(tree(on)['/etc/sshd_config']).toBe(`640 65534:65534 # sshd\n${LINE.line.text}\nPort 22\n# no end`);
      expect(plan(on, LINE)).toEqual({ kind: 'nothing' });
      expect(run(on, [step], 'does 1 revert', shell)).toBe('revert 1\n');
      expect(tree(on)).toEqual(before);
    });

  test('with nothing but busybox: creates a file with mode and owner, and its revert removes it', () => {
    const on = host('');
    const before = tree(on);
    const step = stepOf(plan(on, { path: '/etc/motd', content: 'one\n\ttwo', mode: '600', owner: 'nobody' }));
    expect(run(on, [step], ONLY_BUSYBOX + FIX)).toBe(FIXED);
    expect(tree(on)['/etc/motd']).toBe('600 65534:0 one\n\ttwo');
    expect(run(on, [step], `${ONLY_BUSYBOX}does 1 revert`)).toBe('revert 1\n');
    expect(tree(on)).toEqual(before);
  });

  test('removes a file, and its revert brings it back with mode, owner and time', () => {
    const on = host(
      'echo trusted > /etc/hosts.equiv; chmod 604 /etc/hosts.equiv; touch -d 2020-01-01 /etc/hosts.equiv',
    );
    const before = tree(on);
    const at = lstatSync(on.path('/etc/hosts.equiv')).mtimeMs;
    const wanted = { path: '/etc/hosts.equiv', absent: true };
    const step = stepOf(plan(on, wanted));
    expect(run(on, [step], FIX)).toBe(FIXED);
    expect(plan(on, wanted)).toEqual({ kind: 'nothing' });
    expect(run(on, [step], 'does 1 revert')).toBe('revert 1\n');
    expect(tree(on)).toEqual(before);
    expect(lstatSync(on.path('/etc/hosts.equiv')).mtimeMs).toBe(at);
  });

  test('sets mode and owner of a file and of a directory without reading them', () => {
    const on = host('head -c 200000 /dev/urandom > /etc/shadow; mkdir /etc/cron.d; chmod 777 /etc/cron.d');
    const before = tree(on);
    const shadow = stepOf(plan(on, { path: '/etc/shadow', mode: '0640', group: 'nogroup' }));
    expect(shadow.effects).toEqual([
      { kind: 'sets', subject: 'mode of /etc/shadow', from: '0644', to: '0640' },
      { kind: 'sets', subject: 'owner of /etc/shadow', from: 'root:root', to: 'root:nogroup' },
    ]);
    const cron = stepOf(plan(on, { path: '/etc/cron.d', mode: '0755' }));
    const both = 'does 1 guard && does 2 guard && does 1 apply && does 1 verify && does 2 apply && does 2 verify';
    expect(run(on, [shadow, cron], both)).toContain('verify 2');
    expect(tree(on)['/etc/shadow']).toMatch(/^640 0:65534 /);
    expect(tree(on)['/etc/cron.d']).toBe('directory 755 0:0');
    expect(run(on, [shadow, cron], 'does 2 revert; does 1 revert')).toBe('revert 2\nrevert 1\n');
    expect(tree(on)).toEqual(before);
  });

  test('several changes of one file in one plan build on each other, and are taken back in turn', () => {
    const on = host(SSHD);
    const before = tree(on);
    const first = stepOf(plan(on, LINE));
    const second = stepOf(plan(on, { path: '/etc/sshd_config', line: { text: 'X11Forwarding no' } }, [first]));
    const third = stepOf(plan(on, { path: '/etc/sshd_config', mode: '0600' }, [first, second]));
    const steps = [first, second, third];
    const all =
      'for n in 1 2 3; do does $n guard || exit; done; for n in 1 2 3; do does $n apply && does $n verify || exit; done';
    expect(run(on, steps, all)).toContain('verify 3');
    expect(tree(on)['/etc/sshd_config']).toBe(
      `600 65534:65534 # sshd\n${LINE.line.text}\nPort 22\n# no end\nX11Forwarding no\n`,
    );
    expect(run(on, steps, 'for n in 3 2 1; do does $n revert; done')).toBe('revert 3\nrevert 2\nrevert 1\n');
    expect(tree(on)).toEqual(before);
    expect(run(on, steps, 'echo more >> /etc/sshd_config; for n in 1 2; do does $n guard; done')).toBe(
      '/etc/sshd_config changed since the plan.\n'.repeat(2),
    );
  });

  test('nothing is written where content, mode or kind drifted since the plan', () => {
    const on = host(SSHD);
    const step = stepOf(plan(on, LINE));
    expect(run(on, [step], 'echo x >> /etc/sshd_config; does 1 guard')).toBe(
      '/etc/sshd_config changed since the plan.\n',
    );
    expect(run(on, [step], `${SSHD}; chmod 644 /etc/sshd_config; does 1 guard`)).toBe(
      'Mode or owner of /etc/sshd_config changed since the plan: 0644 nobody nogroup\n',
    );
    expect(run(on, [step], 'mv /etc/sshd_config /etc/y; ln -s y /etc/sshd_config; does 1 guard')).toBe(
      '/etc/sshd_config is a link now.\n',
    );
  });

  test('a full disk leaves the file as it was, and nothing beside it', () => {
    const on = host('');
    const small = `mkdir /etc/d; mount -t tmpfs -o size=8k none /etc/d; printf 'a\\n' > /etc/d/f; head -c 9000 /dev/zero > /etc/d/fill 2>/dev/null`;
    const args = fileChange.args.parse({ path: '/etc/d/f', content: 'b'.repeat(6_000) });
    const text = 'a\n';
    const at = { exists: true, placed: true, type: 'file', link: '' };
    const seen = { ...at, mode: '0644', owner: 'root', group: 'root', size: 2 };
    const sha256 = '87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7';
    const value = { ...seen, sha256, lines: 1, text };
    const step = stepOf(fileChange.plan(args, [{ status: 'read', value, evidence: [] }]));
    const said = run(on, [step], `${small}; does 1 guard; does 1 apply; does 1 revert; cat /etc/d/f; ls /etc/d`);
    expect(said.replace(/stderr:[\s\S]*/, '')).toBe(
      'guard 1\n/etc/d/f.runbolt-new could not be written (is the disk full?).\nrevert 1\na\nf\nfill\n',
    );
  });

  test("a revert leaves somebody else's later work alone", () => {
    const on = host(SSHD);
    const step = stepOf(plan(on, LINE));
    expect(run(on, [step], `${FIX}; echo theirs > /etc/sshd_config; does 1 revert; cat /etc/sshd_config`)).toBe(
      `${FIXED}/etc/sshd_config was changed by somebody else since; nothing is reverted.\ntheirs\n`,
    );
  });

  test('what cannot be told or must not be is refused with the reason', () => {
    const refused = (setup: string, wanted: unknown) => {
      const planned = plan(host(setup), wanted);
      return planned.kind === 'refused' ? planned.reason : planned.kind;
    };
    expect(refused(': > /etc/y; ln -s y /etc/x', { path: '/etc/x', content: 'a' })).toBe(
      '/etc/x is a link to y: name that file.',
    );
    expect(refused('', { path: '/etc/x', mode: '0600' })).toBe(
      '/etc/x is not there, so its mode and owner cannot be set.',
    );
    expect(refused('', { path: '/etc/none/x', content: 'a' })).toBe(
      '/etc/none is not there: no file can be written in it.',
    );
    expect(refused(': > /etc/none', { path: '/etc/none/x', line: { text: 'a' } })).toBe(
      '/etc/none is not there: no file can be written in it.',
    );
    expect(refused('', { path: '/etc/none/x', absent: true })).toBe('nothing');
    expect(refused("printf 'a=1\\n#a=2\\n' > /etc/x", { path: '/etc/x', line: { match: '^#?a=', text: 'a=3' } })).toBe(
      '2 lines of /etc/x match (1, 2): which is meant cannot be told.',
    );
    expect(
      refused("printf '#!/bin/sh\\necho 1\\nexit 0\\n' > /etc/rc.local", {
        path: '/etc/rc.local',
        line: { text: 'echo 2' },
      }),
    ).toBe('/etc/rc.local:3 ends the script: a line behind it would never run.');
    expect(refused("printf 'a\\000' > /etc/x", { path: '/etc/x', content: 'a' })).toBe(
      '/etc/x is no text: it contains NUL bytes.',
    );
  });
});

describe.skipIf(cannotIsolate !== '')(titled('the change script on a real host'), () => {
  const wanted = {
    title: 'a flag',
    env: { WORD: "it's $(id)" },
    guard: '[ ! -e /etc/flag ] || { echo a flag is there; exit 1; }',
    apply: 'printf %s "$WORD" > /etc/flag; echo "$BACKUP" > /etc/where',
    verify: '[ "$(cat /etc/flag)" = "$WORD" ]',
    revert: 'rm -f /etc/flag /etc/where',
  };
  const step = stepOf(scriptChange.plan(scriptChange.args.parse(wanted), []));

  test.each(Object.entries(SHELLS))('%s: applies, proves and takes back, its values as data', (_, shell) => {
    const on = host('');
    const before = tree(on);
    expect(run(on, [step], FIX, shell, scriptChange.scripts)).toBe(FIXED);
    expect(tree(on)['/etc/flag']).toBe("644 0:0 it's $(id)");
    expect(tree(on)['/etc/where']).toBe('644 0:0 /var/a/1/backup\n');
    expect(run(on, [step], 'does 1 guard; does 1 revert', shell, scriptChange.scripts)).toBe(
      'a flag is there\nrevert 1\n',
    );
    expect(tree(on)).toEqual(before);
  });
});

describe.skipIf(cannotIsolate !== '')(titled('the change file in a directory whose owner is against it'), () => {
  const MINE = `mkdir /etc/app /etc/cron.d && printf 'a\n' > /etc/app/f && chown -R nobody /etc/app && printf 'root only\n' > /etc/secret && chmod 600 /etc/secret`;
  const content = { path: '/etc/app/f', content: '* * * * * root evil\n' };
  /** A program of that name runs `does` as well: the owner's move at that moment. */
  const wrapped = (program: string, before: string, after = '') =>
    `mkdir -p /var/w; cat > /var/w/${program} <<'END'\n#!/bin/sh\n${before}\n/usr/bin/env PATH=/usr/sbin:/usr/bin:/sbin:/bin ${program} "$@"; code=$?\n${after}\nexit $code\nEND\nchmod 755 /var/w/${program}; PATH=/var/w:$PATH\n`;

  test('a link to another directory that is put in its place is not followed', () => {
    const on = host(`${MINE}; cp -p /etc/app/f /etc/cron.d/f`);
    const step = stepOf(plan(on, content));
    const moved = 'mv /etc/app /etc/app.old; ln -s /etc/cron.d /etc/app; chown -h nobody /etc/app;';
    expect(run(on, [step], `does 1 guard; ${moved} does 1 apply`)).toMatch(/leads through a link that others/);
    expect(tree(on)['/etc/cron.d/f']).toMatch(/ a\n$/);
  });

  test('one that is put there while it is written gets nothing: the write stays in the first', () => {
    const on = host(`${MINE}; cp -p /etc/app/f /etc/cron.d/f`);
    const step = stepOf(plan(on, content));
    const moved = '[ -L /etc/app ] || { mv /etc/app /etc/app.old; ln -s /etc/cron.d /etc/app; }';
    run(on, [step], `does 1 guard; ${wrapped('cp', moved)} does 1 apply`);
    expect(tree(on)['/etc/cron.d/f']).toMatch(/ a\n$/);
  });

  test('a link in the place of the new file is not written through', () => {
    const on = host(MINE);
    const step = stepOf(plan(on, content));
    const planted = wrapped('rm', '', 'ln -s /etc/secret /etc/app/f.runbolt-new 2>/dev/null');
    run(on, [step], `does 1 guard; ${planted} does 1 apply`);
    expect(tree(on)['/etc/secret']).toBe('600 0:0 root only\n');
  });

  test('a link in the place of the file is not given away', () => {
    const on = host(MINE);
    const step = stepOf(plan(on, { path: '/etc/app/f', mode: '0666', owner: 'nobody' }));
    const swapped = wrapped('chown', 'rm -f /etc/app/f; ln -s /etc/secret /etc/app/f');
    run(on, [step], `does 1 guard; ${swapped} does 1 apply`);
    expect(tree(on)['/etc/secret']).toBe('600 0:0 root only\n');
  });

  test('links that only root can make are followed as ever', () => {
    const on = host(`mkdir /etc/real && ln -s real /etc/link && printf 'a\\n' > /etc/real/f`);
    const step = stepOf(plan(on, { path: '/etc/link/f', content: 'b' }));
    expect(run(on, [step], FIX)).toBe(FIXED);
    expect(tree(on)['/etc/real/f']).toBe('644 0:0 b');
    expect(run(on, [step], 'does 1 revert')).toBe('revert 1\n');
    expect(tree(on)['/etc/real/f']).toBe('644 0:0 a\n');
  });
});
