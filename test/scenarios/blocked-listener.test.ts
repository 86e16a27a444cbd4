import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { fact, registry } from '../../src/core/registry.js';
import { loadRunbook } from '../../src/core/runbook-loader.js';
import { judge } from '../../src/engine/judge.js';
import { fillPhrase } from '../../src/engine/phrase.js';
import { blockedListener } from '../../src/facts/blocked-listener/blocked-listener.js';
import { kernel } from '../../src/facts/kernel.js';
import { listenerAnswer } from '../../src/facts/listener-answer/listener-answer.js';
import { kernelOf } from '../cases/kernel-of.js';
import { cannotIsolate, inNamespace, type Machine, machine, titled } from './namespace.js';

const file = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

/** The proxy as the runbook advises it for a single-threaded server on port 8080. */
const advised = (idleTimeout: number): string => {
  const loaded = loadRunbook(
    'lb.yaml',
    file('../../runbooks/lb.yaml'),
    registry([fact(blockedListener), fact(listenerAnswer), fact(kernel)], []),
  );
  if (!loaded.ok) throw new Error(loaded.fault.next);
  const recorded: { outputs: { listeners: readonly string[] } } = JSON.parse(file('../cases/lb/caught-fresh.json'));
  const listeners = blockedListener.parse(recorded.outputs.listeners.map((line) => `${line}\n`).join(''), {});
  const params = { idle_timeout: idleTimeout, port: 0, probe: false };
  const verdicts = judge(loaded.value, { listeners, kernel: kernelOf(recorded.outputs.listeners) }, params);
  const stopgap = verdicts.find((one) => one.check === 'blocked')?.advice?.stopgap;
  const [, ...lines] = (stopgap ? fillPhrase(stopgap) : '').split('\n');
  return `${lines.join('\n')}\n`;
};

const machines: Machine[] = [];
afterEach(() => {
  for (const one of machines.splice(0)) one.remove();
});

const inside = (script: string, env: Readonly<Record<string, string>> = {}) => {
  const on = machine();
  machines.push(on);
  return inNamespace(on, script, env);
};

const SERVER = `
use IO::Socket::INET;
use Time::HiRes 'time';
my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 8080, Listen => 5, ReuseAddr => 1) or die $!;
while (my $client = $listener->accept) {
  my $begun = time;
  my $request = sysread($client, my $text, 4096);
  printf STDERR "%s %.2f\\n", ($request ? 'asked' : 'idle'), time - $begun;
  print $client "HTTP/1.0 200 OK\\r\\nConnection: close\\r\\n\\r\\nhello\\n" if $request;
  close $client;
}`;

/** A single-threaded server on 8080, and shell functions that hold idle connections, once there is a listener, and ask. */
const PRELUDE = `
perl -e "$SERVER" >/dev/null 2>/tmp/served </dev/null & server=$!
idle() { perl -MIO::Socket::INET -e 'sub to { for (1 .. 200) { my $s = IO::Socket::INET->new("127.0.0.1:$ARGV[0]"); return $s if $s; select undef, undef, undef, 0.05 } die "nobody listens on $ARGV[0]\\n" } @held = map { to() } 1 .. 3; open my $up, ">", "/tmp/idle"; close $up; sleep 60' "$1" >/dev/null </dev/null & held=$!; until [ -e /tmp/idle ]; do kill -0 $held || exit 1; sleep 0.05; done; }
request() { perl -MIO::Socket::INET -e 'alarm($ARGV[1] || 2); $s = IO::Socket::INET->new("127.0.0.1:$ARGV[0]") or die; print $s "GET / HTTP/1.0\\r\\n\\r\\n"; $s->flush; print join("", <$s>) =~ /hello/ ? "answered\\n" : "not answered\\n"' "$1" "$2" || echo "not answered"; }
until ss -Hltn 'sport = :8080' | grep -q .; do kill -0 $server || exit 1; sleep 0.05; done
`;

const haproxy = spawnSync('haproxy', ['-v']).status === 0 ? '' : 'needs haproxy';

describe.skipIf(haproxy !== '')(titled('the proxy that lb advises', haproxy), () => {
  test.each([1, 60, 1000, 4000])(
    'is a configuration that haproxy takes without a warning (idle time-out %i s)',
    (s) => {
      const directory = mkdtempSync(join(tmpdir(), 'runbolt-proxy-'));
      const path = join(directory, 'haproxy.cfg');
      writeFileSync(path, advised(s));
      const ran = spawnSync('haproxy', ['-c', '-f', path]);
      rmSync(directory, { recursive: true });
      expect({ code: ran.status, said: `${ran.stdout}${ran.stderr}` }).toEqual({
        code: 0,
        said: expect.not.stringMatching(/WARNING|ALERT/),
      });
      expect(advised(s)).toContain(`timeout http-request ${s + 10}s`);
      expect(advised(s)).toContain('server app 127.0.0.1:8080 maxconn 1');
    },
  );

  test.skipIf(cannotIsolate !== '')(
    titled('answers while idle connections are open to it, as the server alone does not'),
    () => {
      const { stdout, stderr } = inside(
        `${PRELUDE}
printf '%s' "$PROXY" > /tmp/haproxy.cfg; haproxy -D -p /tmp/haproxy.pid -f /tmp/haproxy.cfg || exit 1
idle 8081; request 8081 15; kill $held; rm /tmp/idle
idle 8080; request 8080; kill $held
kill $server $(cat /tmp/haproxy.pid)`,
        { SERVER, PROXY: advised(60) },
      );
      expect(stdout, stderr).toBe('answered\nnot answered\n');
    },
  );
});

describe.skipIf(cannotIsolate !== '')(titled('a look at the listeners'), () => {
  test('waits for nobody where no request waits', () => {
    const { script, env } = blockedListener.probe({});
    // Without the processes of other tests beside it, whose requests may wait.
    const alone = 'unshare -p -f --mount-proc --kill-child sh -c "$LOOK"';
    const LOOK = `${PRELUDE}idle 8080\n${script}\nkill $server $held`;
    const { stdout } = inside(alone, { SERVER, LOOK, ...env });
    expect(stdout).toContain('\nend\t');
    expect(stdout).not.toContain('waited');
  });
});

describe.skipIf(cannotIsolate !== '')(titled('a listener asked with an idle connection open'), () => {
  const { script, env } = listenerAnswer.probe({ port: 8080, consent: true });
  const TOOLS = 'awk sh sed tr head wc sleep grep cat kill ss perl python3 bash busybox';

  test.each([
    ['perl', ''],
    ['python3', 'perl'],
    ['bash', 'perl python3'],
    ['busybox', 'perl python3 bash'],
  ])('by %s: a single-threaded server is found, and its connection held for at most 2 s', (tool, gone) => {
    const ran = inside(
      `${PRELUDE}
mkdir /tmp/tools; for name in ${TOOLS}; do ln -s "$(PATH=/usr/bin:/bin:/usr/sbin:/sbin command -v $name)" /tmp/tools/$name; done
for name in ${gone}; do rm /tmp/tools/$name; done
PATH=/tmp/tools sh -c "$PROBE" </dev/null
echo ---; cat /tmp/served; kill $server`,
      { SERVER, PROBE: script, ...env },
    );
    const [output = '', served = ''] = ran.stdout.split('---\n');
    expect(listenerAnswer.parse(output, { port: 8080, consent: true })).toMatchObject({
      status: 'read',
      value: { tool, address: '127.0.0.1', answered: false },
    });
    const idle = [...served.matchAll(/^idle (\S+)$/gm)].map(([, seconds]) => Number(seconds));
    expect(idle).toHaveLength(1);
    expect(idle[0]).toBeGreaterThan(0.9);
    expect(idle[0]).toBeLessThanOrEqual(2.1);
  });

  test('without consent or a port nothing is run on the host', () => {
    expect(listenerAnswer.probe({ port: 8080, consent: false })).toEqual({ script: ':', env: {} });
    expect(listenerAnswer.probe({ port: 0, consent: true })).toEqual({ script: ':', env: {} });
  });
});
