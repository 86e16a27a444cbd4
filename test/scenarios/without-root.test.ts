import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { FactValue, Reading } from '../../src/core/fact-type.js';
import { environment } from '../../src/core/shared-section.js';
import { portUsage } from '../../src/facts/port-usage/port-usage.js';
import { sysctl } from '../../src/facts/sysctl/sysctl.js';
import { cannotIsolate, inNamespace, type Machine, machine, titled } from './namespace.js';

const KEY = 'net.ipv4.tcp_tw_reuse';
const SETS = 'echo 0 > /proc/sys/net/ipv4/tcp_tw_reuse\n';
const NOBODY = 'setpriv --reuid 65534 --regid 65534 --clear-groups';

const machines: Machine[] = [];
afterEach(() => {
  for (const one of machines.splice(0)) one.remove();
});

/** Files by path: mode, then what is in it; a directory when that is left out. */
type Files = Readonly<Record<string, readonly [mode: number, text?: string]>>;

const host = (files: Files): Machine => {
  const on = machine();
  machines.push(on);
  for (const [path, [mode, text]] of Object.entries(files)) {
    mkdirSync(text === undefined ? on.path(path) : dirname(on.path(path)), { recursive: true });
    if (text !== undefined) writeFileSync(on.path(path), text);
    chmodSync(on.path(path), mode);
  }
  return on;
};

const BOX =
  'mkdir -m 755 /tmp/box; for n in sh awk cat cut grep head id ls readlink sed sha256sum sort stat tr uname wc; do ln -s "$(command -v busybox)" /tmp/box/$n; done';

/** The sysctl as this user reads it there. */
const read = (on: Machine, as: 'root' | 'nobody', busybox = false): Reading => {
  const probe = sysctl.probe(KEY);
  const shell = busybox ? 'env PATH=/tmp/box /tmp/box/sh' : 'sh';
  const how = as === 'nobody' ? `${NOBODY} ${shell}` : shell;
  const ran = inNamespace(on, `${busybox ? BOX : ''}\n${how} -c "$PROBE"`, {
    ...environment([probe]),
    PROBE: probe.script,
  });
  return sysctl.parse(ran.stdout, KEY);
};

const readValue = (reading: Reading): FactValue => {
  if (reading.status !== 'read') throw new Error(JSON.stringify(reading));
  return reading.value;
};

describe.skipIf(cannotIsolate !== '')(titled('a sysctl read without root'), () => {
  test.each([false, true])(
    'an rc.local that only root may read and run is not taken for one that never runs (busybox %s)',
    (box) => {
      const on = host({ '/etc/rc.local': [0o700, `#!/bin/sh\n${SETS}`] });
      expect(readValue(read(on, 'root', box))).toMatchObject({ after_boot: '0', after_boot_known: true, lasts: false });
      expect(readValue(read(on, 'nobody', box))).toMatchObject({
        after_boot_known: false,
        lasts: false,
        unread: ['/etc/rc.local'],
        after_boot_unclear: '/etc/rc.local could not be read without root',
      });
    },
  );

  test.each([false, true])('an rc.local that only root may run is read as one that runs (busybox %s)', (box) => {
    const on = host({ '/etc/rc.local': [0o744, `#!/bin/sh\n${SETS}`] });
    expect(readValue(read(on, 'nobody', box))).toMatchObject({ after_boot: '0', lasts: false, unread: [] });
  });

  test('an rc.local that nobody may run never runs, readable or not', () => {
    const on = host({ '/etc/rc.local': [0o600, `#!/bin/sh\n${SETS}`] });
    expect(readValue(read(on, 'nobody'))).toMatchObject({ after_boot: '2', after_boot_known: true, unread: [] });
  });

  test.each<[string, Files]>([
    ['/etc/crontab', { '/etc/crontab': [0o600, ''] }],
    ['/etc/cron.d', { '/etc/cron.d': [0o700] }],
    ['/etc/cron.d/job', { '/etc/cron.d/job': [0o640, ''] }],
    ['/var/spool/cron', { '/var/spool/cron': [0o700] }],
    ['/var/spool/cron/crontabs', { '/var/spool/cron/crontabs': [0o1730] }],
    ['/etc/systemd/system/x.service', { '/etc/systemd/system/x.service': [0o600, ''] }],
    ['/etc/systemd/system/x.service.d', { '/etc/systemd/system/x.service.d': [0o700] }],
    ['/etc/rc.d/rc.local', { '/etc/rc.d': [0o700] }],
    ['/etc/ufw/ufw.conf', { '/etc/ufw': [0o700] }],
    ['/etc/tuned/active_profile', { '/etc/tuned/active_profile': [0o600, ''] }],
    ['/etc/init.d/tune', { '/etc/init.d/tune': [0o700, ''] }],
  ])('%s that root alone may read leaves the value after a reboot untold', (path, files) => {
    const on = host(files);
    for (const busybox of [false, true]) {
      const value = readValue(read(on, 'nobody', busybox));
      expect(value).toMatchObject({ after_boot_known: false, lasts: false });
      expect(value.unread).toContain(path);
    }
    expect(readValue(read(on, 'root'))).toMatchObject({ after_boot: '2', unread: [] });
  });

  test('a unit that is a link into a place that root alone may enter is unread too', () => {
    const on = host({ '/etc/systemd/system': [0o755], '/var/private': [0o700] });
    symlinkSync('/var/private/x.service', on.path('/etc/systemd/system/x.service'));
    symlinkSync('/nowhere/y.service', on.path('/etc/systemd/system/y.service'));
    expect(readValue(read(on, 'nobody')).unread).toEqual(['/etc/systemd/system/x.service']);
  });

  test.each<[string, Files]>([
    ['file', { '/etc/sysctl.d/50-x.conf': [0o600, `${KEY} = 0\n`] }],
    ['directory', { '/etc/sysctl.d': [0o700] }],
  ])('a %s of the loaders that cannot be read is an error', (_, files) => {
    const [path = ''] = Object.keys(files);
    expect(read(host(files), 'nobody')).toEqual({ status: 'error', reason: `${path} could not be read without root.` });
  });

  test('a link of the loaders into a place that root alone may enter is an error, and no dangling one', () => {
    const on = host({ '/var/private/x.conf': [0o600, `${KEY} = 0\n`], '/var/private': [0o700] });
    symlinkSync('/var/private/x.conf', on.path('/etc/sysctl.d/50-x.conf'));
    expect(read(on, 'nobody')).toMatchObject({ status: 'error' });
  });

  test('where everybody may read all of it, it reads the same as root does', () => {
    const on = host({
      '/etc/sysctl.conf': [0o644, `${KEY} = 1\n`],
      '/etc/rc.local': [0o755, `#!/bin/sh\nexit 0\n${SETS}`],
      '/etc/cron.d/job': [0o644, '@daily root true\n'],
      '/etc/systemd/system/x.service': [0o644, '[Service]\nExecStart=/bin/true\n'],
      '/etc/ufw/ufw.conf': [0o644, 'ENABLED=no\n'],
      '/var/spool/cron': [0o755],
    });
    const byRoot = readValue(read(on, 'root'));
    expect(byRoot).toMatchObject({ after_boot_known: true, unread: [] });
    expect(readValue(read(on, 'nobody'))).toEqual({ ...byRoot, root: false });
  });

  test('a name that cannot be judged is told, by root too', () => {
    const on = host({ '/etc/cron.d/a\tb': [0o644, `@reboot root ${SETS}`] });
    expect(readValue(read(on, 'root'))).toMatchObject({ after_boot_known: false, unread: ['/etc/cron.d/a?b'] });
  });
});

describe.skipIf(cannotIsolate !== '')(titled('network namespaces read without root'), () => {
  /** In a process namespace of its own, whose init, the reader and one more process each have a network of their own. */
  const ports = (as: 'root' | 'nobody', before = ''): FactValue => {
    const how = as === 'nobody' ? `${NOBODY} sh` : 'sh';
    const inside = `${before}
unshare -n sleep 60 &
until [ "$(readlink "/proc/$!/ns/net")" != "$(readlink /proc/self/ns/net)" ]; do :; done
unshare -n ${how} -c "$PROBE"`;
    const ran = inNamespace(host({}), 'exec unshare -p -f --kill-child --mount-proc sh -c "$INSIDE"', {
      INSIDE: inside,
      PROBE: portUsage.probe({}).script,
    });
    return readValue(portUsage.parse(ran.stdout, {}));
  };

  test('other people’s namespaces are counted all the same', () => {
    const seen = { other_namespaces: 2, other_namespaces_read: true, in_host_namespace: false };
    expect(ports('root')).toMatchObject(seen);
    expect(ports('nobody')).toMatchObject(seen);
  });

  test.each([1, 2])(
    'where /proc hides other people’s processes (hidepid=%i), that is told and not counted as none',
    (level) => {
      const hide = `mount -t proc -o hidepid=${level} proc /proc || exit 9`;
      expect(ports('nobody', hide)).toMatchObject({
        other_namespaces_read: false,
        other_namespaces_note: expect.stringContaining('could not be read without root'),
      });
      expect(ports('root', hide)).toMatchObject({ other_namespaces_read: true });
    },
  );
});
