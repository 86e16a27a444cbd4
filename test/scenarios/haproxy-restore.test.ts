import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { haproxyBackends } from '../../src/changes/haproxy-backends/haproxy-backends.js';
import { exports } from '../../src/core/script.js';
import { thisMachine } from '../../src/demo/machine.js';
import { HTTP_SERVERS } from '../rig/http-load.js';
import type { Scenario } from '../rig/scenario/scenario.js';
import { ScenarioHost } from '../rig/scenario/scenario-host.js';
import { ScenarioRun } from '../rig/scenario/scenario-run.js';
import { until } from '../rig/slack/index.js';
import { cannotIsolate, titled } from './namespace.js';

const SHELLS = ['dash', 'bash --posix', 'busybox sh'];
const FILE = '/etc/haproxy/haproxy.cfg';
/** Checks soon, and takes a server for DOWN after 10 s only: a busy machine may answer a check too late. */
const CHECK = 'check inter 200ms fall 50';
const TREE = "find /etc/haproxy -printf '%y %m %u:%g %p\\n' | sort; sha256sum /etc/haproxy/*";
const WORKER = `perl -MIO::Socket::UNIX -e '$s = IO::Socket::UNIX->new(Peer => "/run/haproxy.sock") or exit 1; print $s "$ARGV[0]\\n"; print while <$s>'`;

const scenario = (fleet: readonly number[], params: Scenario['params']): Scenario => ({
  ...{
    name: 'haproxy/restore',
    about: '',
    runbook: 'haproxy',
    fault: true,
    labels: {},
    verdicts: {},
    says: {},
    boots: {},
  },
  ...{ setup: '', state: '', fix: false, returns: true, host: { without: [], busybox: false } },
  params: { backend: 'app', options: CHECK, ...params },
  fleet: fleet.map((n) => ({ name: `web-${n}`, host: `10.0.9.1${n}`, labels: { role: 'web' } })),
});

const setup = (lines: string, check: string): string => `for n in 1 2 3 4 5 6; do ip addr add 10.0.9.1$n/32 dev lo; done
cat > /tmp/servers.cjs <<'END'
${HTTP_SERVERS}
END
mkdir -p /etc/haproxy
cat > ${FILE} <<'END'
global
  stats socket /run/haproxy.sock mode 600 level admin
defaults
  mode http
  timeout connect 5s
  timeout client 5m
  timeout server 5m
frontend web
  bind 127.0.0.1:80
  http-request return status 404 if { path /missing }
  default_backend app
backend app
${lines}  server web-1 10.0.9.11:8080 ${check}
  server web-2 10.0.9.12:8080 ${check}
  server web-3 10.0.9.13:8080 ${check}
  server web-4 10.0.9.14:8080 ${check}
backend other
  server s1 127.0.0.1:9 disabled
END
chmod 640 ${FILE}
${thisMachine().node} /tmp/servers.cjs 10.0.9.11 10.0.9.12 10.0.9.13 10.0.9.14 10.0.9.15 < /dev/null > /var/log/servers.log 2>&1 &
perl -MIO::Socket::INET -e '$l = IO::Socket::INET->new(LocalAddr => "10.0.9.16", LocalPort => 8080, Listen => 64) or die; while ($c = $l->accept) { sysread $c, $b, 4096; print $c "HTTP/1.0 400 Bad Request\\r\\n\\r\\n"; close $c }' < /dev/null > /dev/null 2>&1 &
haproxy -W -f ${FILE} -S /run/haproxy-master.sock < /dev/null > /var/log/haproxy.log 2>&1 &
`;

const started = async (lines: string, check = CHECK): Promise<ScenarioHost> => {
  const host = await ScenarioHost.start('restore');
  expect(host.run(setup(lines, check))).toMatchObject({ code: 0 });
  const up = () => servers(host).filter((line) => line.endsWith(' 2 0')).length === 4;
  await until('haproxy answers', () => host.run('curl -fs http://127.0.0.1/').code === 0 && up(), 10_000);
  return host;
};

const servers = (host: ScenarioHost): readonly string[] =>
  host
    .run(`${WORKER} "show servers state app"`)
    .out.split('\n')
    .flatMap((line) => (line.includes(' app ') ? [line.split(' ').slice(3, 7).join(' ')] : []));

const worker = (host: ScenarioHost) => /^Pid: (\d+)/m.exec(host.run(`${WORKER} "show info"`).out)?.[1];

/** Plans, does what happens meanwhile, applies, and compares everything with before. */
const attempt = async (host: ScenarioHost, fleet: readonly number[], params: Scenario['params'], meanwhile = ':') => {
  const run = await ScenarioRun.on(host, scenario(fleet, params));
  const seen = await run.observe();
  expect(seen.steps, JSON.stringify(seen.refusals)).toHaveLength(1);
  expect(host.run(meanwhile)).toMatchObject({ code: 0 });
  const before = { tree: host.run(TREE).out, servers: servers(host) };
  const { application } = await run.apply(seen);
  return { application, before, after: { tree: host.run(TREE).out, servers: servers(host) } };
};

describe.skipIf(cannotIsolate !== '').each([
  { way: 'by the runtime API', lines: '' },
  { way: 'by a reload', lines: '  default-server maxconn 500\n' },
])(titled('a resync $way that fails'), ({ lines }) => {
  let host: ScenarioHost;
  beforeAll(async () => {
    host = await started(lines);
  }, 30_000);
  afterAll(() => host?.stop());

  test.each([
    ['a new server takes no connection', [1, 2, 3, 4, 9], {}, 'web-9 takes no connection at 10.0.9.19:8080'],
    [
      'haproxy -c refuses the new file',
      [1, 2, 3, 4, 5],
      { options: 'check bogus' },
      "haproxy -c refuses the new file: .*unknown keyword 'bogus'",
    ],
    [
      'a request through it is answered by 404',
      [1, 2, 3, 5],
      { health_url: 'http://127.0.0.1/missing' },
      'answered by: HTTP/1.1 404',
    ],
    [
      'a new server is UP and answers every request by 400',
      [1, 2, 3, 4, 6],
      { health_url: 'http://127.0.0.1/' },
      'Request \\d+ of 10 for http://127.0.0.1/ was answered by: HTTP/1.\\d 400',
    ],
    [
      'a new server fails its check',
      [1, 2, 3, 4, 5],
      { options: 'check inter 2s addr 127.0.0.1 port 9' },
      'Not UP after 10 s: web-5',
    ],
  ])('%s: file, servers and states are as before', { timeout: 180_000 }, async (_, fleet, params, says) => {
    const { application, before, after } = await attempt(host, fleet, params);
    expect(application).toMatchObject({ outcome: 'failed', reverted: true, reason: expect.stringMatching(says) });
    expect(after.tree).toEqual(before.tree);
    expect([...after.servers].sort()).toEqual([...before.servers].sort());
    expect(host.run(`haproxy -c -q -f ${FILE} && curl -fs http://127.0.0.1/`).code).toBe(0);
  });

  test.each([
    ['the file', `printf '# by hand\\n' >> ${FILE}`, 'Changed since the plan: /etc/haproxy/haproxy.cfg'],
    ['a server at run time', `${WORKER} "add server app/web-8 10.0.9.18:8080"`, 'not those of the plan'],
  ])('%s changed since the plan: nothing is touched', async (_, meanwhile, says) => {
    const copy = host.run(`cp -p ${FILE} /root/copy`);
    expect(copy.code).toBe(0);
    const { application, before, after } = await attempt(host, [1, 2, 3, 4, 5], {}, meanwhile);
    host.run(`cat /root/copy > ${FILE}; ${WORKER} "del server app/web-8"`);
    expect(application).toMatchObject({ outcome: 'drifted', reason: expect.stringContaining(says) });
    expect(after).toEqual(before);
  });
});

describe.skipIf(cannotIsolate !== '')(titled('a reload whose address was taken since the plan'), () => {
  let host: ScenarioHost;
  afterAll(() => host?.stop());

  test('is not begun', { timeout: 180_000 }, async () => {
    host = await started('  default-server maxconn 500\n');
    const first = worker(host);
    const thief = `perl -MIO::Socket::INET -e '$l = IO::Socket::INET->new(LocalAddr => "0.0.0.0", LocalPort => 80, Listen => 1, ReusePort => 1) or die; open F, ">/tmp/taken"; close F; sleep 60' < /dev/null > /dev/null 2>&1 &
for n in $(seq 100); do [ -e /tmp/taken ] && break; sleep 0.05; done; test -e /tmp/taken`;
    const { application, before, after } = await attempt(host, [1, 2, 3, 4, 5], {}, thief);
    expect(application).toMatchObject({
      outcome: 'failed',
      reverted: true,
      reason: expect.stringContaining('Port 80 is listened on by another process since the plan'),
    });
    expect(after).toEqual(before);
    expect(worker(host)).toBe(first);
  });
});

describe.skipIf(cannotIsolate !== '')(titled('where the runtime API refuses'), () => {
  let host: ScenarioHost;
  afterAll(() => host?.stop());

  test('an option it does not take is brought in by a reload', { timeout: 180_000 }, async () => {
    host = await started('  cookie SRV insert\n');
    const first = worker(host);
    const { application } = await attempt(host, [1, 2, 3, 4, 5], { options: `${CHECK} cookie {name}` });
    expect(application).toMatchObject({ outcome: 'changed', reason: '' });
    expect(host.run(`grep -c 'server web-5 10.0.9.15:8080 ${CHECK} cookie web-5$' ${FILE}`).out).toBe('1\n');
    expect(servers(host)).toHaveLength(5);
    expect(worker(host)).not.toBe(first);
  });

  test('a request that takes longer than a drain is finished by the old worker of a reload', {
    timeout: 300_000,
  }, async () => {
    const first = worker(host);
    host.run(
      'for n in 1 2 3 4 5; do curl -s -o /dev/null -w "%{http_code}\\n" http://127.0.0.1/slow >> /tmp/slow 2>&1 & done',
    );
    const { application } = await attempt(host, [1, 2, 3, 4], {});
    expect(application).toMatchObject({ outcome: 'changed', reason: '' });
    expect(worker(host)).not.toBe(first);
    expect(host.run('cat /tmp/slow; touch /tmp/answer').out).toBe('');
    await until('the slow requests have ended', () => host.run('grep -c . /tmp/slow').out === '5\n', 20_000);
    expect(host.run('sort -u /tmp/slow').out).toBe('200\n');
  });
});

describe.skipIf(cannotIsolate !== '')(titled('a resync of the running servers alone that fails'), () => {
  const FAILS = { health_url: 'http://127.0.0.1/missing' };
  const MAINT = `${WORKER} "set server app/web-4 state maint"; sleep 0.3; ${WORKER} "del server app/web-4"`;
  let host: ScenarioHost;
  beforeAll(async () => {
    host = await started('');
  }, 30_000);
  afterAll(() => host?.stop());

  test('a server it added is removed again', { timeout: 180_000 }, async () => {
    expect(host.run(MAINT).out).toContain('Server deleted.');
    const { application, before, after } = await attempt(host, [1, 2, 3, 4], FAILS);
    expect(before.servers).toHaveLength(3);
    expect(application).toMatchObject({ outcome: 'failed', reverted: true, reason: expect.stringContaining('404') });
    expect([...after.servers].sort()).toEqual([...before.servers].sort());
  });

  test('a server it removed had options that nobody knows: that is said, not hidden', {
    timeout: 180_000,
  }, async () => {
    host.run(`${WORKER} "add server app/web-8 10.0.9.15:8080"; ${WORKER} "enable server app/web-8"`);
    const { application } = await attempt(host, [1, 2, 3, 4], FAILS);
    expect(application).toMatchObject({ reverted: false });
    expect(JSON.stringify(application)).toContain('options that web-8 ran with stand in no file');
  });
});

describe.skipIf(cannotIsolate !== '')(titled('a resync of a backend with a default-server'), () => {
  const FAILS = { health_url: 'http://127.0.0.1/missing' };
  let host: ScenarioHost;
  beforeAll(async () => {
    host = await started('  default-server check inter 200ms fall 50\n', '');
  }, 30_000);
  afterAll(() => host?.stop());
  /** Bits of `srv_check_state`: configured and enabled. */
  const checked = () =>
    host.run(`${WORKER} "show servers state app" | awk '/ web-/ { print $4, int($14 / 2) % 2, int($14 / 4) % 2 }'`).out;

  test('a server that was removed at run time comes back with its check', { timeout: 180_000 }, async () => {
    const before = checked();
    expect(before).toContain('web-4 1 1\n');
    const { application } = await attempt(host, [1, 2, 3], FAILS);
    expect(application).toMatchObject({ outcome: 'failed', reverted: true, reason: expect.stringContaining('404') });
    expect(checked()).toBe(before);
  });

  test('a reload that would lose what the runtime API was told of another backend is not begun', {
    timeout: 180_000,
  }, async () => {
    const elsewhere = () => host.run(`${WORKER} "show servers state other" | awk '/ s[19] / { print $4, $5 }'`).out;
    const first = worker(host);
    for (const [said, named] of [
      ['set server other/s1 addr 10.0.9.11', 'other/s1'],
      ['add server other/s9 10.0.9.12:8080', 'other/s9'],
    ]) {
      expect(host.run(`${WORKER} "${said}"`).code).toBe(0);
      const there = elsewhere();
      const { application, before, after } = await attempt(host, [1, 2, 3, 4, 5], {});
      expect(application).toMatchObject({
        outcome: 'failed',
        reverted: true,
        reason: expect.stringMatching(`would lose what the runtime API was told of ${named} .*nothing was reloaded`),
      });
      expect(after).toEqual(before);
      expect(elsewhere()).toBe(there);
      host.run(`${WORKER} "set server other/s1 addr 127.0.0.1"; ${WORKER} "del server other/s9"`);
    }
    expect(worker(host)).toBe(first);
  });

  test('a check that an operator stopped is stopped after a reload too', { timeout: 180_000 }, async () => {
    host.run(`${WORKER} "disable health app/web-2"`);
    const first = worker(host);
    const { application } = await attempt(host, [1, 2, 3, 4, 5], {});
    expect(application).toMatchObject({ outcome: 'changed', reason: '' });
    expect(worker(host)).not.toBe(first);
    expect(checked()).toContain('web-2 1 0\n');
    expect(checked()).toContain('web-5 1 1\n');
  });

  test('a server that stood in no file and went is not said to be back', { timeout: 180_000 }, async () => {
    host.run(`${WORKER} "add server app/web-8 10.0.9.16:8088"; ${WORKER} "enable server app/web-8"`);
    const { application } = await attempt(host, [1, 2, 3, 4, 5, 6], FAILS);
    expect(application).toMatchObject({ reverted: false });
    expect(JSON.stringify(application)).toContain('options that web-8 ran with stand in no file');
  });
});

describe.skipIf(cannotIsolate !== '').each(SHELLS)(titled('the scripts of a resync run by %s'), (shell) => {
  let host: ScenarioHost;
  afterAll(() => host?.stop());

  test('guard, apply, verify and revert', { timeout: 180_000 }, async () => {
    host = await started('');
    const run = await ScenarioRun.on(host, scenario([1, 2, 3, 5], {}));
    const [step] = (await run.observe()).steps;
    const before = { tree: host.run(TREE).out, servers: servers(host) };
    const files = Object.entries(haproxyBackends.scripts)
      .map(([name, text]) => `cat > /tmp/${name} <<'END-OF-SCRIPT'\n${text}\nEND-OF-SCRIPT`)
      .join('\n');
    const said = host.run(`${exports(step?.env ?? {})}${files}
export BACKUP=/root/backup; mkdir -m 700 $BACKUP
for s in guard apply verify; do ${shell} /tmp/$s && echo $s || exit 1; done`);
    expect(said).toEqual({ code: 0, out: 'guard\napply\nverify\n' });
    expect(servers(host).map((line) => line.split(' ')[0])).toEqual(['web-1', 'web-2', 'web-3', 'web-5']);
    const back = host.run(
      `${exports(step?.env ?? {})}export BACKUP=/root/backup; ${shell} /tmp/revert && echo reverted`,
    );
    expect(back).toEqual({ code: 0, out: 'reverted\n' });
    expect(host.run(TREE).out).toBe(before.tree);
    expect([...servers(host)].sort()).toEqual([...before.servers].sort());
  });
});
