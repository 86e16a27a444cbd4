import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cannotIsolate, titled } from '../scenarios/namespace.js';
import { GatherHost, LIMIT_KB, SOCKETS } from './gathering.js';

const TITLE = `gathering on a host with ${SOCKETS.toLocaleString('en')} sockets`;
const TOOLS = [['ss'], ['busybox']] as const;

describe.skipIf(cannotIsolate !== '')(titled(TITLE), () => {
  let host: GatherHost;
  beforeAll(async () => {
    host = await GatherHost.start('gather-cost');
  });
  afterAll(() => host?.stop());

  test.each([
    ['tcp', 'ss'],
    ['tcp', 'busybox'],
    ['ports', 'ss'],
    ['ports', 'busybox'],
  ] as const)(
    '%s by %s',
    async (runbook, tools) => {
      host.fill(SOCKETS);
      const { ms, kilobytes, limit, readings } = await host.measure(runbook, tools);
      expect(readings.ports).toMatchObject({ value: { sockets: SOCKETS, tuples: 4 } });
      expect(ms).toBeLessThan(limit);
      expect(kilobytes).toBeLessThan(LIMIT_KB);
    },
    90_000,
  );
});

/** Opens so many idle connections to a port, every second one with SO_KEEPALIVE, and says when they are there. */
const idle = (port: number, count: number) => `ulimit -n 20000
python3 -c '
import socket, time
held = []
for i in range(${count}):
    s = socket.create_connection(("10.0.9.1", ${port}))
    s.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, i % 2)
    held.append(s)
open("/tmp/held-${port}", "w").close()
time.sleep(3600)' >/dev/null 2>&1 </dev/null &
n=0; until [ -e /tmp/held-${port} ]; do n=$((n + 1)); [ $n -lt 600 ] || exit 1; sleep 0.1; done
`;

const IDLE = 7_000;

describe.skipIf(cannotIsolate !== '')(titled(`${TITLE}, 14,000 of them of Redis`), () => {
  let host: GatherHost;
  beforeAll(async () => {
    host = await GatherHost.start('gather-cost-redis');
    const made = host.host.run(`ulimit -n 20000
mkdir -p /etc/redis
printf 'bind 10.0.9.1\nport 6379\nprotected-mode no\ntcp-keepalive 0\nmaxclients 10000\nsave ""\ndaemonize yes\n' > /etc/redis/redis.conf
redis-server /etc/redis/redis.conf >/dev/null
n=0; until redis-cli -h 10.0.9.1 PING 2>&1 | grep -q PONG; do n=$((n + 1)); test $n -lt 100 || exit 1; sleep 0.1; done
${idle(6379, IDLE)}`);
    expect(made.code, made.out).toBe(0);
  });
  afterAll(() => host?.stop());

  test.each(TOOLS)(
    'redis by %s',
    async (tools) => {
      host.fill(SOCKETS - 2_000);
      const { ms, kilobytes, limit, readings } = await host.measure('redis', tools);
      expect(readings.redis).toMatchObject({ value: { instances: [{ connections: IDLE, unprotected: IDLE }] } });
      expect(readings.clients).toMatchObject({ value: { remote: IDLE, with_keepalive: IDLE / 2 } });
      expect(ms).toBeLessThan(limit);
      expect(kilobytes).toBeLessThan(LIMIT_KB);
    },
    90_000,
  );
});
