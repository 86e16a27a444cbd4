import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { type ServerProcess, startProcess, untilReady } from './server-process.js';

const BIN = ['/usr/bin/redis-server', '/usr/local/bin/redis-server'].find((path) => existsSync(path));

/** Why no real Redis can be started here; `undefined` when one can. */
export const noRedis: string | undefined = BIN === undefined ? 'redis-server is not installed' : undefined;

export interface RealRedis {
  readonly url: string;
  readonly port: number;
  /** Ends the server; what it wrote down stays. */
  goAway(): Promise<void>;
  /** Starts it again on the same port, with what it wrote down. */
  comeBack(): Promise<void>;
  stop(): Promise<void>;
}

/** A real redis-server of its own on a free loopback port; `password` protects it, `persistent` keeps every write on disk. */
export const startRedis = async (password?: string, persistent = false): Promise<RealRedis> => {
  if (BIN === undefined) throw new Error(noRedis);
  const dir = mkdtempSync(join(tmpdir(), 'runbolt-redis-'));
  const port = await freePort();
  const program = BIN;
  const args = [
    ...['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', ''],
    ...(persistent ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no']),
    ...(password === undefined ? [] : ['--requirepass', password]),
  ];
  const start = async (): Promise<ServerProcess> => {
    const started = startProcess(program, args, 'SIGTERM');
    await untilReady(started, () => answersPing(port));
    return started;
  };
  let server = await start();
  return {
    url: `redis://${password === undefined ? '' : `:${password}@`}127.0.0.1:${port}`,
    port,
    goAway: () => server.stop(),
    async comeBack() {
      server = await start();
    },
    async stop() {
      await server.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
};

/** A Redis that wants a password answers too, with NOAUTH. */
const answersPing = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.setTimeout(1_000, () => socket.destroy());
    socket.once('data', (chunk) => {
      resolve(/^(?:\+PONG|-NOAUTH)/.test(chunk.toString()));
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
