import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { REDIS_CONFIG_SCRIPTS } from '../../src/changes/redis-config/scripts.js';
import { exports } from '../../src/core/script.js';
import { redisServers } from '../../src/facts/redis/servers.js';
import { ScenarioHost } from '../rig/scenario/scenario-host.js';
import { cannotIsolate, titled } from './namespace.js';

/** What the titles would make busybox nc, nc or perl run if they were taken for options. */
const SETUP = `printf '#!/bin/sh\\ntouch /tmp/ran\\n' > /tmp/x; chmod 755 /tmp/x`;

const TITLES = [
  '--le/tmp/x:2130706433',
  '--le/tmp/x:7000',
  '127.0.0.1:70000',
  '$(/tmp/x):7001',
  '127.0.0.1;/tmp/x:7002',
];

/** perl sets argv and comm at once by its $0. */
const PROCESSES = TITLES.map(
  (title) =>
    `perl -e '$< = $> = 65534; $0 = "redis-server " . $ARGV[0]; sleep 1000' -- '${title}' </dev/null >/dev/null 2>&1 &`,
).join('\n');

/** All clients but one are spies that write their arguments down. */
const SPIED = `mkdir -p /tmp/spy
for tool in bash busybox nc perl redis-cli; do
  printf '#!/bin/dash\\nprintf "%%s\\\\n" "$0 $*" >> /tmp/argv\\nexit 0\\n' > /tmp/spy/$tool
done
chmod -R 755 /tmp/spy
: > /tmp/argv; chmod 666 /tmp/argv`;

const WAIT = `until [ "$(grep -lsE '^redis-server' /proc/[0-9]*/comm | wc -l)" = ${TITLES.length} ]; do sleep 0.05; done`;

describe.skipIf(cannotIsolate !== '')(titled('a process title as its owner likes it'), () => {
  let host: ScenarioHost;
  beforeAll(async () => {
    host = await ScenarioHost.start('hostile');
    const made = host.run(`${SETUP}\n${PROCESSES}\n${SPIED}\n${WAIT}`);
    if (made.code !== 0) throw new Error(made.out);
  });
  afterAll(() => host?.stop());

  test.each(['redis-cli', 'bash', 'busybox', 'nc', 'perl'])(
    'is no argument of %s, and the server is unread',
    (tool) => {
      const args = redisServers.args.parse({});
      const { script, env } = redisServers.probe(args);
      const others = ['redis-cli', 'bash', 'busybox', 'nc', 'perl'].filter((name) => name !== tool);
      const hide = `has_tool() { case $1 in ${others.join('|')}|valkey-cli) return 1 ;; esac; at=$(command -v "$1" 2>/dev/null) && [ -x "$at" ]; }`;
      const only = script.replace(/^has_tool\(\).*$/m, hide);
      expect(only).not.toBe(script);
      const { out } = host.run(`PATH=/tmp/spy:$PATH; export PATH\n${exports(env)}${only}`);
      const reading = redisServers.parse(out, args);
      expect(reading).toMatchObject({ status: 'read', value: { instances: [], count: TITLES.length } });
      expect(JSON.stringify(reading).match(/no address and port/g)).toHaveLength(TITLES.length);
      expect(host.run('cat /tmp/argv; ls /tmp/ran 2>/dev/null; : > /tmp/argv').out).not.toMatch(/tmp\/x|7000|ran$/m);
    },
  );

  test('and a crowd of them is counted, not cut in silence', () => {
    const crowd = Array.from({ length: 64 }, () => `${PROCESSES.split('\n')[0]}`).join('\n');
    const wait = WAIT.replace(`= ${TITLES.length} ]`, `= ${TITLES.length + 64} ]`);
    host.run(`${crowd}\n${wait}`);
    const args = redisServers.args.parse({});
    const { script, env } = redisServers.probe(args);
    const { out } = host.run(`${exports(env)}${script}`);
    expect(out).toContain(`beyond\t${TITLES.length}\n`);
    expect(JSON.stringify(redisServers.parse(out, args))).toContain(`${TITLES.length} more Redis processes`);
  });

  test('in a plan is refused by the scripts of the change', () => {
    const env = { PID: '1', HOST: '-le/tmp/x', PORT: '7000', TLS: '0', CERT: '', KEY: '', CONF: '', PASSWORD_FILE: '' };
    const { out } = host.run(
      `PATH=/tmp/spy:$PATH; export PATH\n${exports({ ...env, NAME: '', RUNNING: '0', VALUE: '60', FILE: '', EDIT: '0' })}export BACKUP=/tmp\n${REDIS_CONFIG_SCRIPTS.verify}`,
    );
    expect(out).toContain('not to be read');
    expect(host.run('cat /tmp/argv').out).not.toContain('tmp/x');
  });
});
