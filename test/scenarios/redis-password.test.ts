import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { redisConfig } from '../../src/changes/redis-config/redis-config.js';
import type { Reading } from '../../src/core/fact-type.js';
import { exports, quote } from '../../src/core/script.js';
import { redisServers } from '../../src/facts/redis/servers.js';
import { ScenarioHost } from '../rig/scenario/scenario-host.js';
import { cannotIsolate, titled } from './namespace.js';

const PASSWORD = 'Tr0ub4dor-and-3';

/** Every program that is started writes its arguments down before it runs. */
const SPIED = `mkdir -p /tmp/spy
for tool in redis-cli timeout awk tr head sed grep cat stat ls id cut sha256sum busybox bash nc perl openssl wc date readlink ss mv cp chown chmod sync touch sleep rm; do
  real=$(command -v $tool) || continue
  printf '#!/bin/dash\\nprintf "%%s\\\\n" "$0 $*" >> /tmp/argv\\nexec %s "$@"\\n' "$real" > /tmp/spy/$tool
done
chmod -R 755 /tmp/spy`;
const SPYING = 'PATH=/tmp/spy:/usr/sbin:/usr/bin:/sbin:/bin; export PATH\n';

const SETUP = `mkdir -p /etc/redis
printf 'port 6379\\ntcp-keepalive 0\\nsave ""\\ndaemonize yes\\nrequirepass ${PASSWORD}\\n' > /etc/redis/redis.conf
printf '%s\\n' '${PASSWORD}' > /etc/redis/password
redis-server /etc/redis/redis.conf
until redis-cli PING | grep -q NOAUTH; do sleep 0.1; done
${SPIED}`;

describe.skipIf(cannotIsolate !== '')(titled('a password of Redis'), () => {
  let host: ScenarioHost;
  beforeAll(async () => {
    host = await ScenarioHost.start('password');
    const made = host.run(SETUP);
    if (made.code !== 0) throw new Error(made.out);
  });
  afterAll(() => host?.stop());

  const gather = (given: unknown, before = ''): { out: string; reading: Reading } => {
    const args = redisServers.args.parse(given);
    const { script, env } = redisServers.probe(args);
    const { out } = host.run(`${before}\n${SPYING}${exports(env)}${script}`);
    return { out, reading: redisServers.parse(out, args) };
  };
  const argv = () => host.run('cat /tmp/argv; rm -f /tmp/argv').out;

  const NO_CLIENT =
    'rm /tmp/spy/redis-cli; mount --bind /tmp/spy/awk /usr/bin/redis-cli && chmod 644 /usr/bin/redis-cli';

  test.each<[string, unknown]>([
    ['from the server’s own file', {}],
    ['from a file', { password_file: '/etc/redis/password' }],
    ['from Runbolt’s secrets', { password: PASSWORD }],
    ['from Runbolt’s secrets, with an ACL user', { password: PASSWORD, user: 'default' }],
    ['that is wrong', { password: `${PASSWORD}-not` }],
  ])('%s opens the server and is in no argument, no output, no reading and no plan', (_, given) => {
    const { out, reading } = gather(given);
    expect(reading).toMatchObject({ status: 'read', value: { unread: [], instances: [{ keepalive: 0 }] } });
    const path: Reading = { status: 'read', value: { known: false, shortest_s: 0, first: '' }, evidence: [] };
    const planned = redisConfig.plan({ servers: 'redis', path: 'path', keepalive: 60 }, [reading, path]);
    const seen = argv();
    expect(seen).toContain('redis-cli');
    for (const text of [out, seen, JSON.stringify(reading), JSON.stringify(planned)])
      expect(text).not.toContain(PASSWORD);
  });

  test('a fix and its revert have it in no argument and no output', () => {
    const { reading } = gather({});
    const path: Reading = { status: 'read', value: { known: false, shortest_s: 0, first: '' }, evidence: [] };
    const planned = redisConfig.plan({ servers: 'redis', path: 'path', keepalive: 60 }, [reading, path]);
    const step = planned.kind === 'steps' ? planned.steps[0] : undefined;
    if (!step) throw new Error(JSON.stringify(planned));
    argv();
    const { guard, apply, verify, revert } = redisConfig.scripts;
    const all = [guard, apply, verify, revert].map((script) => `sh -c ${quote(script)} && echo held`).join('\n');
    const { out } = host.run(`${SPYING}${exports(step.env)}export BACKUP=/root/backup; mkdir -m 700 $BACKUP\n${all}`);
    expect(out).toBe('held\nheld\nheld\nheld\n');
    const seen = argv();
    expect(seen).toContain('redis-cli');
    expect(seen).not.toContain(PASSWORD);
  });

  test('nor over the plain protocol', () => {
    const hide = `unshare -m sh -s <<'END'`;
    const args = redisServers.args.parse({});
    const { script, env } = redisServers.probe(args);
    const { out } = host.run(`${hide}\n${NO_CLIENT}\n${SPYING}${exports(env)}${script}\nEND`);
    expect(redisServers.parse(out, args)).toMatchObject({ status: 'read', value: { instances: [{ keepalive: 0 }] } });
    const seen = argv();
    expect(seen).toContain('/bash');
    for (const text of [out, seen]) expect(text).not.toContain(PASSWORD);
  });
});
