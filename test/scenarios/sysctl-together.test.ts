import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Reading } from '../../src/core/fact-type.js';
import { sharedSections } from '../../src/core/shared-section.js';
import { sysctl } from '../../src/facts/sysctl/sysctl.js';
import { cannotIsolate, inNamespace, type Machine, machine, titled } from './namespace.js';

const [REUSE, KEEPALIVE, RETRIES, ABSENT] = [
  'net.ipv4.tcp_tw_reuse',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_retries2',
  'net.ipv4.tcp_no_such_thing',
] as const;

const FILES: Readonly<Record<string, string>> = {
  '/etc/sysctl.conf': `${REUSE} = 0\n${KEEPALIVE}=600\nvm.swappiness = 10\n`,
  '/etc/sysctl.d/10-all.conf': 'net.ipv4.tcp_* = 1\n-net.ipv4.tcp_retries2\n',
  '/etc/sysctl.d/50-late.conf': `net/ipv4/tcp_retries2 = 8\n${ABSENT} = 1\n`,
  '/etc/rc.local': `#!/bin/sh\nsysctl -w ${RETRIES}=9\nexit 0\nsysctl -w ${REUSE}=1\n`,
  '/etc/cron.d/tune': `@reboot root echo 300 > /proc/sys/net/ipv4/tcp_keepalive_time # ${'x'.repeat(1000)}\n`,
};

const read = (on: Machine, shell: readonly string[], keys: readonly string[]): readonly Reading[] => {
  const sections = sharedSections(keys.map((key) => ({ name: key, probe: sysctl.probe(key) })));
  expect(sections).toHaveLength(1);
  const said = sections.map(({ script, env }) => inNamespace(on, script, env, { shell }).stdout);
  return keys.map((key) => sysctl.parse(said[0] ?? '', key));
};

const machines: Machine[] = [];
afterEach(() => {
  for (const one of machines.splice(0)) one.remove();
});

describe.skipIf(cannotIsolate !== '')(titled('sysctls that are read together'), () => {
  test.each([[['sh']], [['busybox', 'sh']]])('read each as it does alone, by %j', (shell) => {
    const on = machine();
    machines.push(on);
    for (const [path, text] of Object.entries(FILES)) {
      mkdirSync(dirname(on.path(path)), { recursive: true });
      writeFileSync(on.path(path), text);
    }
    chmodSync(on.path('/etc/rc.local'), 0o755);
    const keys = [REUSE, KEEPALIVE, RETRIES, ABSENT];
    const together = read(on, shell, keys);
    expect(together).toEqual(keys.flatMap((key) => read(on, shell, [key])));
    expect(together).toMatchObject([
      { status: 'read', value: { system: '0', after_boot_known: true } },
      { status: 'error', reason: expect.stringContaining('/etc/cron.d/tune:1 is longer') },
      { status: 'read', value: { boot: '8', after_boot_known: true } },
      { status: 'absent' },
    ]);
  });
});
