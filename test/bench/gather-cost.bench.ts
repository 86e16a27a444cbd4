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

/** sh: so many idle connections to a port, every second one with SO_KEEPALIVE; it ends when they are there. */
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
      expect(readings.redis).toMatchObject({ value: { instances: [{ connections: IDLE, unprotected: 0 }] } });
      expect(readings.clients).toMatchObject({ value: { remote: IDLE, with_keepalive: IDLE / 2 } });
      expect(ms).toBeLessThan(limit);
      expect(kilobytes).toBeLessThan(LIMIT_KB);
    },
    90_000,
  );
});

describe.skipIf(cannotIsolate !== '')(titled(`${TITLE}, 6,000 of them of HAProxy`), () => {
  let host: GatherHost;
  beforeAll(async () => {
    host = await GatherHost.start('gather-cost-haproxy');
    const made = host.host.run(`ulimit -n 20000
mkdir -p /etc/haproxy
cat > /etc/haproxy/haproxy.cfg <<'END'
global
  stats socket /run/haproxy.sock mode 600 level admin
  maxconn 5000
defaults
  mode http
  timeout connect 2s
  timeout client 1h
  timeout server 10s
frontend web
  bind 10.0.9.1:8000
  default_backend app
backend app
  server web-1 10.0.9.11:8080 check inter 5s
  server web-2 10.0.9.12:8080 check inter 5s
END
haproxy -W -f /etc/haproxy/haproxy.cfg -S /run/haproxy-master.sock < /dev/null > /dev/null 2>&1 &
n=0; until ss -Hltn 'sport = :8000' | grep -q .; do n=$((n + 1)); [ $n -lt 100 ] || exit 1; sleep 0.1; done
${idle(8000, 3_000)}`);
    expect(made.code, made.out).toBe(0);
  });
  afterAll(() => host?.stop());

  test.each(TOOLS)(
    'haproxy by %s',
    async (tools) => {
      host.fill(SOCKETS - 2_000);
      const { ms, kilobytes, limit, readings } = await host.measure('haproxy', tools);
      expect(readings.haproxy).toMatchObject({ value: { running: true, names: ['web-1', 'web-2'] } });
      expect(readings.reload).toMatchObject({ value: { valid: true, taken: [] } });
      expect(ms).toBeLessThan(limit);
      expect(kilobytes).toBeLessThan(LIMIT_KB);
    },
    90_000,
  );
});

describe.skipIf(cannotIsolate !== '')(titled(`${TITLE}, 6,000 of them of a server, and another server blocked`), () => {
  let host: GatherHost;
  beforeAll(async () => {
    host = await GatherHost.start('gather-cost-lb');
    const made = host.host.run(`ulimit -n 20000
python3 -c '
import asyncio
async def serve(reader, writer): await reader.read()
async def main():
    server = await asyncio.start_server(serve, "10.0.9.1", 8080, backlog=512)
    await server.serve_forever()
asyncio.run(main())' >/dev/null 2>&1 </dev/null &
perl -MIO::Socket::INET -e '
  $l = IO::Socket::INET->new(LocalAddr => "10.0.9.1", LocalPort => 8081, Listen => 5, ReuseAddr => 1) or die;
  while ($c = $l->accept) { <$c>; close $c }' >/dev/null 2>&1 </dev/null &
n=0; until [ "$(ss -Hltn 'sport = :8080 or sport = :8081' | wc -l)" = 2 ]; do n=$((n + 1)); [ $n -lt 100 ] || exit 1; sleep 0.1; done
perl -MIO::Socket::INET -e '
  $a = IO::Socket::INET->new("10.0.9.1:8081") or die; select undef, undef, undef, 0.3;
  $b = IO::Socket::INET->new("10.0.9.1:8081") or die; $b->autoflush; print $b "GET / HTTP/1.0\r\n\r\n"; sleep 3600' >/dev/null 2>&1 </dev/null &
${idle(8080, 3_000)}`);
    expect(made.code, made.out).toBe(0);
  });
  afterAll(() => host?.stop());

  test.each(TOOLS)(
    'lb by %s',
    async (tools) => {
      host.fill(SOCKETS - 2_000);
      const { ms, limit } = await host.measureFirstLook(tools);
      const { kilobytes, readings } = await host.measure('lb', tools);
      expect(readings.listeners).toMatchObject({
        value: { listeners: expect.arrayContaining([expect.objectContaining({ port: 8081, verdict: 'blocked' })]) },
      });
      expect(ms).toBeLessThan(limit);
      expect(kilobytes).toBeLessThan(LIMIT_KB);
    },
    90_000,
  );
});
