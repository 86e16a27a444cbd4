import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { stringify } from 'yaml';
import { sshTransport } from '../../../src/adapters/ssh/index.js';
import { type Fleet, startFleet } from '../../../src/demo/fleet.js';
import type { HostSpec } from '../../../src/demo/hosts/spec.js';
import type { Transport } from '../../../src/engine/ports.js';
import { realClock } from '../slack/wait.js';

/** Hosts whose value is right now and wrong after a reboot: a fix has files to edit there, and no traffic is needed. */
const forgetful = (name: string, n: number): HostSpec => ({
  name,
  address: `10.0.2.${n}`,
  labels: { env: 'prod', role: 'web' },
  sysctls: { tcp_tw_reuse: '1', tcp_timestamps: '1' },
  files: [{ path: '/etc/sysctl.conf', text: '# own\nnet.ipv4.tcp_tw_reuse = 2\n' }],
  door: 'answers',
});

/** A few real hosts with a fault that can be fixed, a configuration for them, and a way to put them back. */
export interface SmallFleet {
  readonly directory: string;
  readonly config: string;
  /** What stands in `config`. */
  readonly text: string;
  readonly fleet: Fleet;
  readonly names: readonly string[];
  /** Runs a script on a host as root and answers with its standard output. */
  on(name: string, script: string): Promise<string>;
  /** Puts every host back as it was made, attempts included. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

export const startSmallFleet = async (
  names: readonly string[],
  more: Readonly<Record<string, unknown>>,
): Promise<SmallFleet> => {
  const directory = mkdtempSync(join(tmpdir(), 'runbolt-small-'));
  const ending = new AbortController();
  const started = await startFleet({
    signal: ending.signal,
    runtimeDir: join(directory, 'fleet'),
    logger: pino({ level: 'silent' }),
    specs: names.map((name, i) => forgetful(name, i + 1)),
  });
  if (!started.ok) throw new Error(started.fault.message);
  const fleet = started.value;
  const config = join(directory, 'runbolt.yaml');
  const targets = Object.fromEntries(
    fleet.targets.map(({ name, host, port, user, identity, labels }) => [name, { host, port, user, identity, labels }]),
  );
  const text = stringify({ targets, ssh: { known_hosts: fleet.knownHosts }, ...more });
  writeFileSync(config, text);
  const transport: Transport = sshTransport({ knownHosts: [fleet.knownHosts], clock: realClock });
  const on = async (name: string, script: string): Promise<string> => {
    const target = fleet.targets.find((t) => t.name === name);
    if (!target) throw new Error(`no host ${name}`);
    const bounds = { limitMs: 20_000, maxBytes: 100_000, become: 'none' as const };
    const done = await transport.execute(target, { text: script, ...bounds }, ending.signal);
    if (done.kind !== 'exited') throw new Error(`${name}: ${JSON.stringify(done)}`);
    return done.output.stdout.toString();
  };
  const again = `rm -rf /etc/sysctl.d/99-zz-runbolt.conf /var/lib/runbolt
printf '# own\\nnet.ipv4.tcp_tw_reuse = 2\\n' > /etc/sysctl.conf; echo 1 > /proc/sys/net/ipv4/tcp_tw_reuse`;
  return {
    directory,
    config,
    text,
    fleet,
    names,
    on,
    reset: async () => {
      await Promise.all(names.map((name) => on(name, again)));
    },
    stop: async () => {
      await transport.close();
      await fleet.stop();
      ending.abort();
    },
  };
};
