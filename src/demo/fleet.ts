import { setMaxListeners } from 'node:events';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { failure, ok, type Result } from '../core/fault.js';
import type { Target } from '../core/target.js';
import type { LocalHost } from './aws/hosts.js';
import { FLEET } from './hosts/fleet-specs.js';
import { hostScript } from './hosts/init-script.js';
import { DEMO_REGION, instanceOf } from './hosts/instance.js';
import type { HostSpec } from './hosts/spec.js';
import { type Machine, thisMachine, whereIs } from './machine.js';
import { namespaceMode } from './namespaces/ability.js';
import { type Rooms, startRooms } from './namespaces/rooms.js';
import { makeKeyPair } from './sshd/keys.js';
import { type SshServer, startSshServer } from './sshd/server.js';

/** The demo hosts, up, with their faults in place, reachable by SSH on loopback, or through an AWS of the demo's own. */
export interface Fleet {
  readonly targets: readonly Target[];
  /** Path of a known_hosts file with every host's key. */
  readonly knownHosts: string;
  /** Hosts that are not there, and the program that they would need on this machine. */
  readonly leftOut: readonly { readonly name: string; readonly program: string }[];
  /** The hosts that are instances of that AWS. */
  readonly instances: readonly LocalHost[];
  /** Ends all hosts and servers and removes the files. */
  stop(): Promise<void>;
}

export interface FleetOptions {
  readonly signal: AbortSignal;
  /** A directory of the demo's own. Made 0700; the key and known_hosts in it are replaced at each start. */
  readonly runtimeDir: string;
  readonly logger: Pick<Logger, 'debug' | 'warn'>;
  readonly machine?: Machine;
  readonly specs?: readonly HostSpec[];
}

/**
 * Starts the fleet: 1 to 3 s and about 500 MB for the whole of it. Nothing of it outlives this process, by whatever it
 * ends, but the two files in `runtimeDir`, which the next start replaces. Faults: `demo_unavailable`.
 */
export const startFleet = async (options: FleetOptions): Promise<Result<Fleet>> => {
  const { runtimeDir, logger, machine = thisMachine() } = options;
  const mode = namespaceMode(machine);
  if (!mode.ok) return mode;
  const leftOut: { name: string; program: string }[] = [];
  const specs = (options.specs ?? FLEET).filter((spec) => {
    const missing = spec.services?.find(({ program }) => whereIs(machine, program) === undefined);
    if (missing) leftOut.push({ name: spec.name, program: missing.program });
    return missing === undefined;
  });
  const nsenter = whereIs(machine, 'nsenter') ?? 'nsenter';
  const end = new AbortController();
  const signal = AbortSignal.any([options.signal, end.signal]);
  setMaxListeners(0, signal);

  const clientKey = makeKeyPair('ed25519');
  const identity = join(runtimeDir, 'id_ed25519');
  const knownHosts = join(runtimeDir, 'known_hosts');
  const servers: SshServer[] = [];
  let rooms: Rooms | undefined;
  const endAll = async (): Promise<void> => {
    options.signal.removeEventListener('abort', onAbort);
    end.abort();
    await Promise.all([...servers.map((server) => server.stop()), rooms?.stop()]);
    await Promise.all([rm(identity, { force: true }), rm(knownHosts, { force: true })]);
  };
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= endAll();
    return stopping;
  };
  const onAbort = (): void => {
    stop().catch((error: unknown) => logger.warn({ error }, 'The demo fleet did not stop cleanly.'));
  };

  const hosts = specs.filter((spec) => spec.door !== 'refuses');
  const started = await startRooms({
    ...{ machine, mode: mode.value, signal },
    rooms: hosts.map((spec) => ({ name: spec.name, script: hostScript(spec, mode.value) })),
    onComplaint: (host, line) => logger.debug({ host, line }, 'demo host'),
  });
  if (!started.ok) {
    await stop();
    return started;
  }
  rooms = started.value;
  await rooms.hurry();
  if (options.signal.aborted) {
    await stop();
    return failure('demo_unavailable', 'The demo was stopped while it started.', 'Start it again.');
  }

  const knownHostLines: string[] = [];
  const ports = new Map<string, number>();
  const instances: LocalHost[] = [];
  for (const [index, spec] of hosts.entries()) {
    const room = rooms.places[index];
    if (!room) continue;
    if (spec.instance !== undefined) instances.push(instanceOf(spec, spec.instance, room, nsenter));
    if (spec.door === 'none') continue;
    const key = makeKeyPair(index % 3 === 2 ? 'ecdsa' : 'ed25519');
    const server = await startSshServer({
      room,
      nsenter,
      hostKey: key.privateKey,
      clientPublicKey: clientKey.publicKey,
      door: spec.door === 'hangs' ? 'hangs' : 'answers',
      onComplaint: (line) => logger.debug({ host: spec.name, line }, 'demo ssh server'),
    });
    servers.push(server);
    ports.set(spec.name, server.port);
    knownHostLines.push(`[127.0.0.1]:${server.port} ${key.publicKey}\n`);
  }
  for (const spec of specs) if (spec.door === 'refuses') ports.set(spec.name, await closedPort(ports));
  await mkdir(runtimeDir, { recursive: true, mode: 0o700 });
  await chmod(runtimeDir, 0o700);
  await rm(identity, { force: true });
  await writeFile(identity, clientKey.privateKey, { mode: 0o600 });
  await writeFile(knownHosts, knownHostLines.join(''), { mode: 0o600 });
  options.signal.addEventListener('abort', onAbort, { once: true });
  const targets = specs.map((spec) => targetOf(spec, ports.get(spec.name) ?? 0, identity));
  return ok({ targets, knownHosts, leftOut, instances, stop });
};

/** As an EC2 inventory of the demo's AWS finds them, those that are its instances. */
const targetOf = (spec: HostSpec, port: number, identity: string): Target => {
  const known = { name: spec.name, user: 'root', become: 'none', labels: spec.labels } as const;
  return spec.instance === undefined
    ? { ...known, transport: 'ssh', host: '127.0.0.1', port, identity }
    : {
        ...known,
        ...{ transport: 'ssm', host: spec.address, port: 22, labels: { region: DEMO_REGION, ...spec.labels } },
        aws: { instance: spec.instance, region: DEMO_REGION },
      };
};

/** A port below the ephemeral range, which nobody takes by chance, that refuses connections now. */
const closedPort = async (taken: ReadonlyMap<string, number>): Promise<number> => {
  for (let port = 2214; port < 2314; port += 1)
    if (![...taken.values()].includes(port) && (await refuses(port))) return port;
  return 1;
};

const refuses = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', () => resolve(true));
  });
