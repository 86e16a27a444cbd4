import {
  chmodSync,
  chownSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { sysctlChange } from '../../src/changes/sysctl/sysctl.js';
import type { Planned, PlannedStep } from '../../src/core/change-type.js';
import type { Reading } from '../../src/core/fact-type.js';
import { environment } from '../../src/core/shared-section.js';
import { sysctl } from '../../src/facts/sysctl/sysctl.js';
import { cannotIsolate, inNamespace, type Machine, machine, titled } from './namespace.js';

const KEY = 'net.ipv4.tcp_tw_reuse';
const PATH = '/proc/sys/net/ipv4/tcp_tw_reuse';
const DROPIN = '/etc/sysctl.d/99-zz-runbolt.conf';
const LINK = '/etc/sysctl.d/99-sysctl.conf';
const WANTED = { key: KEY, value: '1' };
const SHELLS = { dash: ['dash'], bash: ['bash'], 'busybox sh': ['busybox', 'sh'] };

const machines: Machine[] = [];
afterEach(() => {
  for (const one of machines.splice(0)) one.remove();
});

const host = (files: Readonly<Record<string, string>> = {}): Machine => {
  const on = machine();
  machines.push(on);
  for (const [path, text] of Object.entries(files)) writeFileSync(on.path(path), text);
  return on;
};

/** Every file below /etc with mode, owner and bytes. */
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

const gather = (on: Machine, before = ''): Reading => {
  const probe = sysctl.probe(KEY);
  return sysctl.parse(inNamespace(on, `${before}\n${probe.script}`, environment([probe])).stdout, KEY);
};

const plan = (on: Machine, before = ''): Planned => sysctlChange.plan(WANTED, [gather(on, before)]);

const stepOf = (planned: Planned): PlannedStep => {
  const step = planned.kind === 'steps' ? planned.steps[0] : undefined;
  if (!step) throw new Error(JSON.stringify(planned));
  return step;
};

const { guard, apply, verify, revert } = sysctlChange.scripts;

/** Runs the host's side; `script` calls `guard`, `apply`, `verify` and `revert`, and prints what the test looks at. */
const run = (on: Machine, step: PlannedStep, script: string, shell: readonly string[] = ['sh']): string => {
  const program = `
guard() {
${guard}
}
apply() {
${apply}
}
verify() {
${verify}
}
revert() {
${revert}
}
BACKUP=/var/backup; export BACKUP; mkdir -p -m 700 $BACKUP
${script}
`;
  const ran = inNamespace(on, program, step.env, { shell });
  return ran.stdout + (ran.stderr ? `stderr: ${ran.stderr}` : '');
};

const FIX = 'guard && apply && verify && echo fixed';
const BOOTS = `
echo 2 > ${PATH}; /usr/lib/systemd/systemd-sysctl --prefix=/net/ipv4/tcp_tw_reuse; echo "boot $(cat ${PATH})"
echo 2 > ${PATH}; sysctl --system >/dev/null 2>&1; echo "system $(cat ${PATH})"`;

const CONF = 'vm.swappiness = 10\nnet.ipv4.tcp_tw_reuse = 2\n  net/ipv4/tcp_tw_reuse=0\n# end, no line end';
const RC = '#!/bin/sh -e\necho 1 > /proc/sys/net/ipv4/ip_forward\necho 2 > /proc/sys/net/ipv4/tcp_tw_reuse\nexit 0\n';

describe.skipIf(cannotIsolate !== '')(titled('the change sysctl on a real kernel'), () => {
  for (const [name, shell] of Object.entries(SHELLS))
    test(`${name}: fixes now and for both boot loaders, and reverts every byte, mode and owner`, () => {
      const on = host({
        '/etc/sysctl.conf': CONF,
        '/etc/rc.local': RC,
        [DROPIN]: '# ours\nnet.core.somaxconn = 4096\n',
      });
      symlinkSync('../sysctl.conf', on.path(LINK));
      chmodSync(on.path('/etc/sysctl.conf'), 0o640);
      chownSync(on.path('/etc/sysctl.conf'), 1000, 1000);
      chmodSync(on.path('/etc/rc.local'), 0o755);
      chmodSync(on.path(DROPIN), 0o600);
      const before = tree(on);
      const step = stepOf(plan(on));
      expect(run(on, step, `${FIX}; echo "running $(cat ${PATH})"${BOOTS}`, shell)).toBe(
        'fixed\nrunning 1\nboot 1\nsystem 1\n',
      );
      const after = tree(on);
      expect(after[DROPIN]).toBe('600 0:0 # ours\nnet.core.somaxconn = 4096\nnet.ipv4.tcp_tw_reuse = 1\n');
      expect(after['/etc/sysctl.conf']).toBe(
        '640 1000:1000 vm.swappiness = 10\n# commented out by Runbolt: net.ipv4.tcp_tw_reuse = 2\n' +
          '# commented out by Runbolt:   net/ipv4/tcp_tw_reuse=0\n# end, no line end',
      );
      expect(after['/etc/rc.local']).toBe(`755 0:0 ${RC.replace('echo 2', ': # commented out by Runbolt: echo 2')}`);
      expect(run(on, step, `echo 1 > ${PATH}; revert && echo "reverted $(cat ${PATH})"`, shell)).toBe('reverted 2\n');
      expect(tree(on)).toEqual(before);
    });

  test.each(['bash', 'dash', 'busybox sh', 'PATH=/tmp/box sh'])(
    'each script works as a file of its own: %s',
    (shell) => {
      const on = host({ '/etc/sysctl.conf': CONF });
      const before = tree(on);
      const step = stepOf(plan(on));
      const files = Object.entries({ guard, apply, verify, revert })
        .map(([name, text]) => `cat > /tmp/${name} <<'END-OF-SCRIPT'\n${text}\nEND-OF-SCRIPT`)
        .join('\n');
      const box =
        'mkdir /tmp/box; for n in $(busybox --list | grep -x "[a-z0-9]*"); do ln -s "$(command -v busybox)" /tmp/box/$n; done';
      const said = run(
        on,
        step,
        `${files}\n${box}\nfor s in guard apply verify; do ${shell} /tmp/$s && echo "$s" || break; done; cat ${PATH}
echo 0 > ${PATH}; ${shell} /tmp/guard >/dev/null || echo drifted; ${shell} /tmp/verify > /dev/null || echo unverified
echo 1 > ${PATH}; ${shell} /tmp/revert && echo reverted; cat ${PATH}`,
      );
      expect(said).toBe('guard\napply\nverify\n1\ndrifted\nunverified\nreverted\n2\n');
      expect(tree(on)).toEqual(before);
    },
  );

  test('shows the approver each consequence with file and line', () => {
    const on = host({ '/etc/sysctl.conf': CONF, '/etc/rc.local': RC });
    chmodSync(on.path('/etc/rc.local'), 0o755);
    expect(stepOf(plan(on)).effects).toEqual([
      { kind: 'running', subject: KEY, from: '2', to: '1' },
      { kind: 'boot', subject: KEY, from: '2', to: '1' },
      expect.objectContaining({ kind: 'adds', file: DROPIN }),
      expect.objectContaining({ kind: 'edits', file: '/etc/sysctl.conf', line: 2, from: 'net.ipv4.tcp_tw_reuse = 2' }),
      expect.objectContaining({ kind: 'edits', file: '/etc/sysctl.conf', line: 3 }),
      expect.objectContaining({ kind: 'edits', file: '/etc/rc.local', line: 3 }),
    ]);
  });

  test('a second fix finds nothing to do', () => {
    const on = host({ '/etc/sysctl.conf': CONF });
    run(on, stepOf(plan(on)), FIX);
    expect(plan(on, `echo 1 > ${PATH}`)).toEqual({ kind: 'nothing' });
  });

  test('without /etc/sysctl.conf and without /etc/sysctl.d it makes both and takes both away again', () => {
    const on = host();
    inNamespace(on, 'rmdir /etc/sysctl.d');
    const before = tree(on);
    const step = stepOf(plan(on));
    expect(run(on, step, `${FIX}${BOOTS}; echo 1 > ${PATH}`)).toBe('fixed\nboot 1\nsystem 1\n');
    expect(run(on, step, `echo 1 > ${PATH}; revert && cat ${PATH}`)).toBe('2\n');
    expect(tree(on)).toEqual(before);
  });

  test('sets only the running value where the files are right already', () => {
    const on = host({ '/etc/sysctl.d/50-mine.conf': 'net.ipv4.tcp_tw_reuse = 1\n' });
    const before = tree(on);
    const step = stepOf(plan(on));
    expect(step.effects).toEqual([{ kind: 'running', subject: KEY, from: '2', to: '1' }]);
    expect(run(on, step, `${FIX}; cat ${PATH}; revert; cat ${PATH}`)).toBe('fixed\n1\n2\n');
    expect(tree(on)).toEqual(before);
  });

  test.each([
    ['sysctl.conf', 'echo "net.ipv4.tcp_tw_reuse = 2" > /etc/sysctl.conf'],
    ['a new drop-in', 'echo "net.ipv4.tcp_tw_reuse = 0" > /etc/sysctl.d/zz.conf'],
    ['our own drop-in', `echo "net.ipv4.tcp_tw_reuse = 0" > ${DROPIN}`],
    ['a link in place of our own drop-in', `ln -s /nowhere ${DROPIN}`],
    ['an rc.local that may run now', 'chmod +x /etc/rc.local'],
  ])('where only the running value is set, %s written since the plan is drift, and no proof', (_, drift) => {
    const on = host({
      '/etc/sysctl.d/50-mine.conf': 'net.ipv4.tcp_tw_reuse = 1\n',
      '/etc/rc.local': `#!/bin/sh\necho 0 > ${PATH}\n`,
    });
    const step = stepOf(plan(on));
    expect(step.effects).toEqual([{ kind: 'running', subject: KEY, from: '2', to: '1' }]);
    const said = run(on, step, `guard && apply && ${drift}; verify; echo "verify $?"; revert; guard; echo "guard $?"`);
    expect(said).toMatch(/changed meanwhile\.\nverify 1\nChanged since the plan: .+\nguard 1\n$/);
  });

  test('a line of rc.local behind exit 0 never runs and is left alone', () => {
    const rc = '#!/bin/sh\nexit 0\necho 0 > /proc/sys/net/ipv4/tcp_tw_reuse\n';
    const on = host({ '/etc/rc.local': rc });
    chmodSync(on.path('/etc/rc.local'), 0o755);
    expect(run(on, stepOf(plan(on)), `${FIX}${BOOTS}`)).toBe('fixed\nboot 1\nsystem 1\n');
    expect(readFileSync(on.path('/etc/rc.local'), 'utf8')).toBe(rc);
  });

  test('an rc.local stays a valid script when the only command of an if is taken out', () => {
    const on = host({ '/etc/rc.local': `#!/bin/sh\nif true; then\n  echo 0 > ${PATH}\nfi\nexit 0\n` });
    chmodSync(on.path('/etc/rc.local'), 0o755);
    expect(run(on, stepOf(plan(on)), `${FIX}; sh /etc/rc.local && cat ${PATH}`)).toBe('fixed\n1\n');
  });

  test.each([
    ['the running value', `echo 0 > ${PATH}`],
    ['a file', 'echo "# hello" >> /etc/sysctl.conf'],
    ['a new file', `echo "${KEY} = 0" > /etc/sysctl.d/zzz.conf`],
    ['our own drop-in', `echo x > ${DROPIN}`],
    ['rc.local', 'printf "#!/bin/sh\\n" > /etc/rc.local'],
  ])('refuses when %s changed since the plan, and changes nothing', (_, drift) => {
    const on = host({ '/etc/sysctl.conf': CONF });
    const step = stepOf(plan(on));
    const said = run(
      on,
      step,
      `${drift}; find /etc -type f | sort | xargs sha256sum > /tmp/before; guard; echo "guard $?"
find /etc -type f | sort | xargs sha256sum | cmp - /tmp/before && echo same`,
    );
    expect(said).toMatch(/(?:the plan saw 2|Changed since the plan).*\nguard 1\nsame\n$/);
  });

  test.each([
    ['the drop-in', `echo "# by hand" >> ${DROPIN}`, /99-zz-runbolt.conf was changed by somebody else/],
    ['sysctl.conf', 'echo "# by hand" >> /etc/sysctl.conf', /sysctl.conf was changed by somebody else/],
    ['the running value', `echo 0 > ${PATH}`, /\(now 0\) was changed by somebody else/],
  ])('does not revert over somebody else’s change of %s', (_, hand, says) => {
    const on = host({ '/etc/sysctl.conf': CONF });
    const step = stepOf(plan(on));
    const said = run(
      on,
      step,
      `${FIX}; ${hand}; cat /etc/sysctl.conf ${DROPIN} ${PATH} > /tmp/before
revert; echo "revert $?"; cat /etc/sysctl.conf ${DROPIN} ${PATH} | cmp - /tmp/before && echo same`,
    );
    expect(said).toMatch(says);
    expect(said).toMatch(/revert 1\nsame\n$/);
  });

  for (const [name, shell] of Object.entries(SHELLS))
    test(`${name}: a full disk leaves every file and the running value as they were`, () => {
      const filler = '# filler\n'.repeat(600);
      const on = host({ '/etc/sysctl.conf': `${filler}${CONF}` });
      const step = stepOf(plan(on));
      const said = run(
        on,
        step,
        `mount -t tmpfs -o size=32k small /tmp && cp -a /etc/sysctl.conf /etc/sysctl.d /tmp/ && mount --move /tmp /etc || exit 9
dd if=/dev/zero of=/etc/fill bs=4096 >/dev/null 2>&1
sha256sum /etc/sysctl.conf > /var/before; ls -A /etc /etc/sysctl.d > /var/names
guard && echo guarded
apply; echo "apply $?"
sha256sum /etc/sysctl.conf | cmp - /var/before && ls -A /etc /etc/sysctl.d | cmp - /var/names && echo same
revert; echo "revert $?"; cat ${PATH}`,
        shell,
      );
      expect(said).toMatch(/guarded\n.*disk full.*\napply 1\nsame\nrevert 0\n2\n/s);
    });

  test('a full disk under the backup changes nothing either', () => {
    const on = host({ '/etc/sysctl.conf': CONF });
    const before = tree(on);
    const said = run(
      on,
      stepOf(plan(on)),
      `mount -t tmpfs -o size=4k,nr_inodes=4 small $BACKUP; dd if=/dev/zero of=$BACKUP/fill bs=4096 >/dev/null 2>&1
apply; echo "apply $?"; revert; echo "revert $?"; cat ${PATH}`,
    );
    expect(said).toMatch(/apply 1\nrevert 0\n2\n/);
    expect(tree(on)).toEqual(before);
  });

  test('reverts after an apply that was killed between two renames', () => {
    const on = host({ '/etc/sysctl.conf': CONF });
    const before = tree(on);
    const step = stepOf(plan(on));
    const said = run(
      on,
      step,
      `( mv() { case $3 in *sysctl.conf) exit 1 ;; esac; command mv "$@"; }; apply ); [ -f ${DROPIN} ] && echo half-done
revert; echo "revert $?"; cat ${PATH}`,
    );
    expect(said).toMatch(/half-done\nrevert 0\n2\n/);
    expect(tree(on)).toEqual(before);
  });

  test('refuses where /etc is read-only', () => {
    const on = host();
    expect(plan(on, 'mount -o remount,bind,ro /etc')).toEqual({
      kind: 'refused',
      reason: expect.stringContaining('/etc cannot be written'),
    });
    expect(run(on, stepOf(plan(on)), 'mount -o remount,bind,ro /etc; guard; echo $?')).toMatch(
      /cannot be written.*\n1\n/,
    );
  });

  test('refuses where /proc/sys is read-only, as in a container', () => {
    const lock = 'mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys';
    expect(plan(host(), lock)).toEqual({ kind: 'refused', reason: expect.stringContaining('read-only') });
  });

  test.each([
    ['a later drop-in', '/etc/sysctl.d/zz-late.conf', `${KEY} = 0\n`, '/etc/sysctl.d/zz-late.conf:1'],
    ['a cron job', '/etc/crontab', `@reboot root sysctl -w ${KEY}=0\n`, '/etc/crontab:1'],
  ])('refuses and names %s that would undo it', (_, path, text, named) => {
    expect(plan(host({ [path]: text }))).toEqual({ kind: 'refused', reason: expect.stringContaining(named) });
  });
});
