import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { type KeyKind, type KeyPair, makeKey } from './keys.js';

/** One address of the rig: a target to whoever dials it. */
export interface Listener {
  readonly host: string;
  readonly port: number;
}

export interface Sshd {
  /** As many as were asked for; addresses 127.0.1.1, 127.0.1.2, ..., each with a free port. */
  readonly listeners: readonly Listener[];
  /** The client's key, which every allowed user accepts. */
  readonly identity: KeyPair;
  readonly hostKeys: readonly KeyPair[];
  /** A known_hosts file that knows all listeners. */
  readonly knownHosts: string;
  readonly directory: string;
  readonly user: string;
  stop(): Promise<void>;
}

export interface SshdOptions {
  /** How many addresses it serves; 1 when absent. */
  readonly targets?: number;
  readonly hostKeys?: readonly KeyKind[];
  /** Further lines of sshd_config. */
  readonly config?: readonly string[];
}

const SSHD = '/usr/sbin/sshd';
/** sshd refuses more listening sockets (MAX_LISTEN_SOCKS). */
const SOCKETS = 16;

/** Why the real sshd cannot run here, or nothing. */
export const sshdMissing = (): string | undefined => {
  if (!existsSync(SSHD)) return 'openssh-server is not installed';
  if (process.getuid?.() !== 0) return 'not root';
  return undefined;
};

/** A real OpenSSH sshd on loopback, with keys, configuration and files of its own. One process serves up to 16 of its targets. */
export const startSshd = async (options: SshdOptions = {}): Promise<Sshd> => {
  const directory = mkdtempSync(join(tmpdir(), 'runbolt-sshd-'));
  chmodSync(directory, 0o711);
  mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const identity = makeKey(directory, 'identity');
  const hostKeys = (options.hostKeys ?? ['ed25519']).map((kind) => makeKey(directory, `host_${kind}`, kind));
  const authorized = join(directory, 'authorized_keys');
  writeFileSync(authorized, `${identity.publicLine}\n`, { mode: 0o644 });
  const listeners = await freeListeners(options.targets ?? 1);
  const knownHosts = join(directory, 'known_hosts');
  writeFileSync(knownHosts, listeners.flatMap((at) => hostKeys.map((key) => knownLine(at, key))).join(''));
  const children = await Promise.all(
    chunks(listeners, SOCKETS).map((some, index) => {
      const config = join(directory, `sshd_config_${index}`);
      writeFileSync(config, configText(some, hostKeys, authorized, directory, options.config ?? []));
      return serve(config, some);
    }),
  );
  const { username } = userInfo();
  return {
    ...{ listeners, identity, hostKeys, knownHosts, directory, user: username },
    stop: async () => {
      await Promise.all(children.map(ended));
      rmSync(directory, { recursive: true, force: true });
    },
  };
};

export const knownLine = ({ host, port }: Listener, key: KeyPair): string =>
  `${port === 22 ? host : `[${host}]:${port}`} ${key.publicLine}\n`;

const serve = async (config: string, listeners: readonly Listener[]): Promise<ChildProcess> => {
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', SSHD, '-D', '-e', '-f', config], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const said: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
  await Promise.all(listeners.map((listener) => listening(listener, child, said)));
  return child;
};

const chunks = <T>(all: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, index) => all.slice(index * size, (index + 1) * size));

const configText = (
  listeners: readonly Listener[],
  hostKeys: readonly KeyPair[],
  authorized: string,
  home: string,
  more: readonly string[],
): string =>
  [
    ...more,
    ...listeners.map(({ host, port }) => `ListenAddress ${host}:${port}`),
    ...hostKeys.map(({ path }) => `HostKey ${path}`),
    `AuthorizedKeysFile ${authorized}`,
    // Not the real home: its shell start-up files are this machine's, and slow on some.
    `SetEnv HOME=${home}`,
    'PidFile none',
    'StrictModes no',
    'UsePAM no',
    'UseDNS no',
    'PasswordAuthentication no',
    'PermitRootLogin prohibit-password',
    'PrintMotd no',
    'MaxStartups 1000',
    'LogLevel ERROR',
    '',
  ].join('\n');

const freeListeners = async (count: number): Promise<Listener[]> => {
  const held = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const host = `127.0.${1 + Math.floor(index / 250)}.${(index % 250) + 1}`;
      const server = createServer();
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(0, host, resolve);
      });
      const address = server.address();
      return { server, host, port: typeof address === 'object' && address ? address.port : 0 };
    }),
  );
  await Promise.all(held.map(({ server }) => new Promise((resolve) => server.close(resolve))));
  return held.map(({ host, port }) => ({ host, port }));
};

const listening = async ({ host, port }: Listener, child: ChildProcess, said: readonly Buffer[]): Promise<void> => {
  for (let tries = 0; tries < 200; tries += 1) {
    if (child.exitCode !== null) throw new Error(`sshd ended: ${Buffer.concat(said).toString()}`);
    const answered = await new Promise<boolean>((resolve) => {
      const socket = connect({ host, port });
      socket.once('error', () => resolve(false));
      socket.once('data', () => {
        socket.destroy();
        resolve(true);
      });
    });
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`sshd does not listen on ${host}:${port}: ${Buffer.concat(said).toString()}`);
};

const ended = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await exit;
};
