import { availableParallelism, loadavg } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtIn } from '../../src/composition/registry.js';
import { runbooksOf } from '../../src/composition/runbook-files.js';
import { bindArgs } from '../../src/core/args.js';
import { gatherScript, readSections, type Section } from '../../src/core/script.js';
import { ScenarioHost } from '../rig/scenario/scenario-host.js';
import { cannotIsolate, titled } from '../scenarios/namespace.js';

/**
 * CPU of one whole gathering on a host with 50,000 sockets: the cheapest of some, as other work on the machine only adds
 * to it. Where more runs than there are cores, all rounds share their caches and cores with it, and cost up to half more.
 */
const SOCKETS = 50_000;
const LIMIT_MS = { ss: 300, busybox: 500 };
const LIMIT_KB = 32 * 1024;
const BUSY = 1.5;
const ROUNDS = 5;
/** Work that is always the same, measured between the rounds: what a gathering costs in units of it holds on any machine. */
const YARDSTICK = `python3 /tmp/measure.py mawk 'BEGIN { for (i = 0; i < 2000000; i++) s += i % 7; print s }'`;

/** TIME_WAITs to four destinations, which last 60 s. */
const MAKE = `echo "1024 65000" > /proc/sys/net/ipv4/ip_local_port_range
echo 200000 > /proc/sys/net/ipv4/tcp_max_tw_buckets
perl -e '
use Socket;
my @servers;
for my $port (80 .. 83) {
  socket(my $server, PF_INET, SOCK_STREAM, 0);
  setsockopt($server, SOL_SOCKET, SO_REUSEADDR, 1);
  bind($server, sockaddr_in($port, inet_aton("10.0.9.1"))) or die;
  listen($server, 512);
  push @servers, $server;
}
for my $i (1 .. ${SOCKETS}) {
  socket(my $client, PF_INET, SOCK_STREAM, 0);
  connect($client, sockaddr_in(80 + $i % 4, inet_aton("10.0.9.1"))) or die "connect: $!";
  accept(my $end, $servers[$i % 4]);
  close $client;
  close $end;
}'`;

/** Runs /tmp/gather.sh and prints user and system seconds of all its processes, and the size of the largest in KB. */
const MEASURE = `import resource, subprocess, sys
out = open('/tmp/gathered', 'wb')
subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss)`;

const SHELLS = {
  ss: 'python3 /tmp/measure.py sh /tmp/gather.sh',
  busybox: `mkdir -p /run/box && cp "$(command -v busybox)" /run/box/busybox
for applet in $(/run/box/busybox --list); do [ -e "/run/box/$applet" ] || ln -s busybox "/run/box/$applet"; done
python3 /tmp/measure.py unshare -m sh -c 'mount --bind /run/box /usr/sbin; mount --bind /run/box /usr/bin; exec /run/box/sh /tmp/gather.sh'`,
};

describe.skipIf(cannotIsolate !== '')(
  titled(`gathering on a host with ${SOCKETS.toLocaleString('en')} sockets`),
  () => {
    let host: ScenarioHost;
    beforeAll(async () => {
      host = await ScenarioHost.start('gather-cost');
      host.run(`cat > /tmp/measure.py <<'END'\n${MEASURE}\nEND`);
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
        const sections = await sectionsOf(runbook);
        host.run(`cat > /tmp/gather.sh <<'c0ffee-end'\n${gatherScript(sections)}\nc0ffee-end`);
        if (Number(host.run('ss -Htan state time-wait | wc -l').out) < SOCKETS) {
          const made = host.run(MAKE);
          expect(made.code, made.out).toBe(0);
        }
        const measured = (command: string) => {
          const [seconds, kilobytes] = host.run(command).out.trim().split(' ').map(Number);
          return { ms: Math.round((seconds ?? Number.NaN) * 1000), kilobytes: kilobytes ?? Number.NaN };
        };
        const bare = measured('python3 /tmp/measure.py cat /proc/net/tcp');
        const both = Array.from({ length: ROUNDS }, () => ({
          yard: measured(YARDSTICK),
          round: measured(SHELLS[tools]),
        }));
        const rounds = both.map((one) => one.round);
        const yardstick = Math.min(...both.map((one) => one.yard.ms));
        const gathered = readSections(Buffer.from(host.run('cat /tmp/gathered').out), ['ports']).get('ports');
        expect(gathered).toMatchObject({ kind: 'complete', exit: 0 });
        const kind = builtIn.facts.get('port_usage');
        const reading =
          kind && 'parse' in kind && gathered?.kind === 'complete' ? kind.parse(gathered.text, {}) : undefined;
        expect(reading).toMatchObject({ value: { sockets: SOCKETS, tuples: 4 } });
        const ms = Math.min(...rounds.map((one) => one.ms));
        const largest = Math.max(...rounds.map((one) => one.kilobytes));
        console.log(
          `${runbook} by ${tools}: ${ms} ms CPU (limit ${LIMIT_MS[tools]}; all ${rounds.map((one) => one.ms).join(', ')}), largest process ${Math.round(largest / 1024)} MB; cat /proc/net/tcp alone ${bare.ms} ms; ${(ms / yardstick).toFixed(2)} times a loop of 2,000,000 in mawk (${yardstick} ms)`,
        );
        const busy = (loadavg()[0] ?? 0) > availableParallelism();
        expect(ms, busy ? 'on a busy machine' : 'on a quiet machine').toBeLessThan(LIMIT_MS[tools] * (busy ? BUSY : 1));
        expect(largest).toBeLessThan(LIMIT_KB);
      },
      90_000,
    );
  },
);

/** A runbook's sections as a request without params gathers them. */
const sectionsOf = async (command: string): Promise<readonly Section[]> => {
  const runbooks = await runbooksOf(undefined);
  const runbook = runbooks.ok ? runbooks.value.get(command) : undefined;
  if (!runbook) throw new Error(`there is no runbook ${command}`);
  const params = Object.fromEntries(Object.entries(runbook.params).map(([name, spec]) => [name, spec.default]));
  return runbook.facts.flatMap(({ name, type, args }) => {
    const kind = builtIn.facts.get(type);
    if (!kind || !('probe' in kind)) return [];
    return [{ id: name, ...kind.probe(kind.args.parse(bindArgs(args, { params, secrets: {} }))) }];
  });
};
