import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { thisMachine } from '../../src/demo/machine.js';
import { HTTP_LOAD, HTTP_SERVERS } from '../rig/http-load.js';
import type { Scenario } from '../rig/scenario/scenario.js';
import { ScenarioHost } from '../rig/scenario/scenario-host.js';
import { ScenarioRun } from '../rig/scenario/scenario-run.js';
import { until } from '../rig/slack/index.js';
import { cannotIsolate, titled } from './namespace.js';

const RESYNCS = 10;
const SLOWEST_MS = 500;
/** Last octets of the servers after each resync: one more, then one of the others less. */
const FLEETS = [
  [1, 2, 3, 4, 5],
  [2, 3, 4, 5],
  [2, 3, 4, 5, 6],
  [2, 3, 5, 6],
  [1, 2, 3, 5, 6],
  [1, 2, 3, 6],
  [1, 2, 3, 4, 6],
  [1, 2, 4, 6],
  [1, 2, 4, 5, 6],
  [1, 2, 4, 5],
] as const;

const figures = z.object({
  requests: z.number(),
  failed: z.array(z.string()),
  again: z.number(),
  slowestMs: z.number(),
  p99Ms: z.number(),
});
const loaded = z.object({ balanced: figures, kept: figures, direct: figures });

const server = (n: number) => ({ name: `web-${n}`, host: `10.0.9.1${n}`, labels: { role: 'web' } });

const scenario = (fleet: readonly number[]): Scenario => ({
  ...{
    name: 'haproxy/load',
    about: '',
    runbook: 'haproxy',
    fault: true,
    labels: {},
    verdicts: {},
    says: {},
    boots: {},
  },
  ...{ setup: '', state: '', fix: false, returns: true, host: { without: [], busybox: false } },
  params: { options: 'check inter 200ms', health_url: 'http://127.0.0.1/' },
  fleet: fleet.map(server),
});

const setup = (level: string, options: string): string => {
  const { node } = thisMachine();
  return `for n in 1 2 3 4 5 6; do ip addr add 10.0.9.1$n/32 dev lo; done
cat > /tmp/servers.cjs <<'END'
${HTTP_SERVERS}
END
cat > /tmp/load.cjs <<'END'
${HTTP_LOAD}
END
mkdir -p /etc/haproxy
cat > /etc/haproxy/haproxy.cfg <<'END'
global
  stats socket /run/haproxy.sock mode 600 level ${level}
defaults
  mode http
  option idle-close-on-response
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend web
  bind 127.0.0.1:80
  default_backend app
backend app
  balance roundrobin
  server web-1 10.0.9.11:8080 check inter 200ms
  server web-2 10.0.9.12:8080 check inter 200ms
  server web-3 10.0.9.13:8080 check inter 200ms
  server web-4 10.0.9.14:8080 check inter 200ms
END
${node} /tmp/servers.cjs 10.0.9.11 10.0.9.12 10.0.9.13 10.0.9.14 10.0.9.15 10.0.9.16 < /dev/null > /var/log/servers.log 2>&1 &
haproxy -W -f /etc/haproxy/haproxy.cfg ${options} < /dev/null > /var/log/haproxy.log 2>&1 &
`;
};

const WORKER = `perl -MIO::Socket::UNIX -e '$s = IO::Socket::UNIX->new(Peer => "/run/haproxy.sock") or exit 1; print $s "show info\n"; print while <$s>' | sed -n 's/^Pid: //p'`;

describe.skipIf(cannotIsolate !== '').each([
  { way: 'the runtime API', level: 'admin', options: '-S /run/haproxy-master.sock', workers: 1 },
  { way: 'a reload of the master', level: 'operator', options: '', workers: RESYNCS + 1 },
])(titled(`${RESYNCS} resyncs by $way under load`), ({ way, level, options, workers }) => {
  let host: ScenarioHost;
  beforeAll(async () => {
    host = await ScenarioHost.start('load');
    expect(host.run(setup(level, options))).toMatchObject({ code: 0 });
    await until('haproxy answers', () => host.run('curl -fs http://127.0.0.1/').code === 0, 10_000);
  }, 30_000);
  afterAll(() => host?.stop());

  test(`lose no request, and make none slower than ${SLOWEST_MS} ms`, { timeout: 300_000 }, async () => {
    const { node } = thisMachine();
    host.run(
      `${node} /tmp/load.cjs http://127.0.0.1/ http://10.0.9.11:8080/ /tmp/stop < /dev/null > /tmp/figures 2>&1 &`,
    );
    const seenWorkers = new Set([host.run(WORKER).out]);
    for (const fleet of FLEETS) {
      const run = await ScenarioRun.on(host, scenario(fleet));
      const seen = await run.observe();
      expect(seen.steps, JSON.stringify(seen.refusals)).toHaveLength(1);
      expect((await run.apply(seen)).application).toMatchObject({ outcome: 'changed', reason: '' });
      seenWorkers.add(host.run(WORKER).out);
    }
    host.run(': > /tmp/stop');
    await until('the load has ended', () => host.run('grep -q balanced /tmp/figures').code === 0, 10_000);
    const { balanced, kept, direct } = loaded.parse(JSON.parse(host.run('cat /tmp/figures').out));
    expect(seenWorkers.size).toBe(workers);
    const said = (name: string, f: z.output<typeof figures>) =>
      `${name}: ${f.requests} requests, ${f.failed.length} failed, ${f.again} asked again, slowest ${f.slowestMs} ms, 99 % within ${f.p99Ms} ms`;
    process.stdout.write(
      `${RESYNCS} resyncs by ${way}\n  ${said('new connections', balanced)}\n  ${said('kept connections', kept)}\n  ${said('without the balancer', direct)}\n`,
    );
    expect([balanced.failed, kept.failed]).toEqual([[], []]);
    expect(balanced.requests).toBeGreaterThan(1_000);
    expect(kept.requests).toBeGreaterThan(1_000);
    // What the same machine takes without the balancer is not the resync's.
    expect(Math.max(balanced.slowestMs, kept.slowestMs) - direct.slowestMs).toBeLessThan(SLOWEST_MS);
  });
});
