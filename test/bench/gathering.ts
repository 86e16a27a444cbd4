import { availableParallelism, loadavg } from 'node:os';
import { builtIn } from '../../src/composition/registry.js';
import { runbooksOf } from '../../src/composition/runbook-files.js';
import { bindArgs } from '../../src/core/args.js';
import type { Reading } from '../../src/core/fact-type.js';
import { gatherScript, readSections } from '../../src/core/script.js';
import { type NamedProbe, type SharedSection, sharedSections } from '../../src/core/shared-section.js';
import { ScenarioHost } from '../rig/scenario/scenario-host.js';

/**
 * CPU of one whole gathering on a host with 50,000 sockets: the cheapest of some, as other work on the machine only adds
 * to it. Where more runs than there are cores, all rounds share their caches and cores with it, and cost up to half more.
 */
export const SOCKETS = 50_000;
export const LIMIT_MS = { ss: 300, busybox: 500 };
export const LIMIT_KB = 32 * 1024;
export type Tools = keyof typeof LIMIT_MS;
const BUSY = 1.5;
const ROUNDS = 5;
/** Work that is always the same, measured between the rounds: what a gathering costs in units of it holds on any machine. */
const YARDSTICK = `python3 /tmp/measure.py mawk 'BEGIN { for (i = 0; i < 2000000; i++) s += i % 7; print s }'`;

/** So many TIME_WAITs to four destinations, which last 60 s. */
const timeWaits = (count: number): string => `echo "1024 65000" > /proc/sys/net/ipv4/ip_local_port_range
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
for my $i (1 .. ${count}) {
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

const SHELLS: Readonly<Record<Tools, string>> = {
  ss: 'python3 /tmp/measure.py sh /tmp/gather.sh',
  busybox: `[ -e /run/box/busybox ] || { mkdir -p /run/box && cp "$(command -v busybox)" /run/box/busybox; }
for applet in $(/run/box/busybox --list); do [ -e "/run/box/$applet" ] || ln -s busybox "/run/box/$applet"; done
python3 /tmp/measure.py unshare -m sh -c 'mount --bind /run/box /usr/sbin; mount --bind /run/box /usr/bin; exec /run/box/sh /tmp/gather.sh'`,
};

/** A host on which gatherings are measured. */
export class GatherHost {
  private constructor(readonly host: ScenarioHost) {}

  static async start(name: string): Promise<GatherHost> {
    const host = await ScenarioHost.start(name);
    host.run(`cat > /tmp/measure.py <<'END'\n${MEASURE}\nEND`);
    return new GatherHost(host);
  }

  stop(): Promise<void> {
    return this.host.stop();
  }

  /** Makes the sockets that SOCKETS lacks as TIME_WAITs, as long as fewer than `atLeast` are there. */
  fill(atLeast: number): void {
    const there = Number(this.host.run('ss -Htan | wc -l').out);
    if (there >= atLeast) return;
    const made = this.host.run(timeWaits(SOCKETS - there));
    if (made.code !== 0) throw new Error(made.out);
  }

  /** What `measure` does, of lb up to where it waits for its second look: a look of its own, which few hosts need. */
  async measureFirstLook(tools: Tools): Promise<Cost> {
    const whole = gatherScript((await gathering('lb')).sections);
    const first = whole.replace('\n  sleep 5\n', '\n  return 0\n');
    if (first === whole) throw new Error('the script of lb has no second look where one was');
    return this.gathered('first look of lb', tools, first);
  }

  /** Gathers all of a runbook some times, prints what it cost, and gives the cheapest with what the last one read. */
  async measure(runbook: string, tools: Tools): Promise<Measured> {
    const { sections, facts } = await gathering(runbook);
    const measured = this.gathered(runbook, tools, gatherScript(sections));
    const said = Buffer.from(this.host.run('cat /tmp/gathered').out);
    return { ...measured, readings: readingsOf(said, sections, facts) };
  }

  private gathered(runbook: string, tools: Tools, script: string): Cost {
    this.host.run(`cat > /tmp/gather.sh <<'c0ffee-end'\n${script}\nc0ffee-end`);
    const bare = this.cost('python3 /tmp/measure.py cat /proc/net/tcp');
    const both = Array.from({ length: ROUNDS }, () => ({
      yard: this.cost(YARDSTICK),
      round: this.cost(SHELLS[tools]),
    }));
    const rounds = both.map((one) => one.round);
    const yardstick = Math.min(...both.map((one) => one.yard.ms));
    const ms = Math.min(...rounds.map((one) => one.ms));
    const kilobytes = Math.max(...rounds.map((one) => one.kilobytes));
    const [load = 0] = loadavg();
    const limit = LIMIT_MS[tools] * (load > availableParallelism() ? BUSY : 1);
    console.log(
      `${runbook} by ${tools}: ${ms} ms CPU (limit ${limit}, load ${load.toFixed(1)}; all ${rounds.map((one) => one.ms).join(', ')}), largest process ${Math.round(kilobytes / 1024)} MB; cat /proc/net/tcp alone ${bare.ms} ms; ${(ms / yardstick).toFixed(2)} times a loop of 2,000,000 in mawk (${yardstick} ms)`,
    );
    return { ms, kilobytes, limit };
  }

  private cost(command: string): { readonly ms: number; readonly kilobytes: number } {
    const [seconds, kilobytes] = this.host.run(command).out.trim().split(' ').map(Number);
    return { ms: Math.round((seconds ?? Number.NaN) * 1000), kilobytes: kilobytes ?? Number.NaN };
  }
}

interface Cost {
  readonly ms: number;
  readonly kilobytes: number;
  /** What the milliseconds may be, with the machine as busy as it is. */
  readonly limit: number;
}

export interface Measured extends Cost {
  readonly readings: Readonly<Record<string, Reading | undefined>>;
}

interface Bound extends NamedProbe {
  readonly parse: (output: string) => Reading;
}

/** What a request without params gathers for a runbook. */
const gathering = async (command: string) => {
  const runbooks = await runbooksOf(undefined);
  const runbook = runbooks.ok ? runbooks.value.get(command) : undefined;
  if (!runbook) throw new Error(`there is no runbook ${command}`);
  const params = Object.fromEntries(Object.entries(runbook.params).map(([name, spec]) => [name, spec.default]));
  const facts = runbook.facts.flatMap(({ name, type, args }): Bound[] => {
    const kind = builtIn.facts.get(type);
    if (!kind || !('probe' in kind)) return [];
    const given = kind.args.parse(bindArgs(args, { params, secrets: {} }));
    return [{ name, probe: kind.probe(given), parse: (output) => kind.parse(output, given) }];
  });
  return { facts, sections: sharedSections(facts) };
};

const readingsOf = (said: Buffer, sections: readonly SharedSection[], facts: readonly Bound[]) => {
  const ids = sections.map((one) => one.id);
  const gathered = readSections(said, ids);
  return Object.fromEntries(
    facts.map(({ name, parse }) => {
      const home = sections.find((one) => one.facts.includes(name));
      const section = home && gathered.get(home.id);
      return [name, section?.kind === 'complete' && section.exit === 0 ? parse(section.text) : undefined];
    }),
  );
};
