import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from '../slack/index.js';
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
  /** Starts it again on the same port, with what it wrote down; `other` are further arguments, for this time only. */
  comeBack(other?: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

/** Arguments of a Redis that keeps every write on disk. */
export const ON_DISK: readonly string[] = ['--appendonly', 'yes', '--appendfsync', 'always'];

/** A real redis-server of its own on a free loopback port; `password` protects it, `more` are further arguments. */
export const startRedis = async (password?: string, more: readonly string[] = []): Promise<RealRedis> => {
  if (BIN === undefined) throw new Error(noRedis);
  const dir = mkdtempSync(join(tmpdir(), 'runbolt-redis-'));
  const port = await freePort();
  const program = BIN;
  const args = [
    ...['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', '', '--appendonly', 'no'],
    ...(password === undefined ? [] : ['--requirepass', password]),
    ...more,
  ];
  const start = async (other: readonly string[] = []): Promise<ServerProcess> => {
    const started = startProcess(program, [...args, ...other], 'SIGTERM');
    await untilReady(started, () => answersPing(port));
    return started;
  };
  let server = await start();
  return {
    url: `redis://${password === undefined ? '' : `:${password}@`}127.0.0.1:${port}`,
    port,
    goAway: () => server.stop(),
    async comeBack(other) {
      server = await start(other);
    },
    async stop() {
      await server.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
};

/** A redis-server that takes TLS only, with a certificate of its own CA for localhost and 127.0.0.1. */
export const startTlsRedis = async (): Promise<RealRedis & { readonly ca: string }> => {
  const dir = mkdtempSync(join(tmpdir(), 'runbolt-tls-'));
  const at = (name: string) => join(dir, name);
  const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { stdio: 'ignore' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  openssl('req', '-x509', ...key, '-keyout', at('ca.key'), '-out', at('ca.pem'), '-subj', '/CN=runbolt test');
  openssl(
    ...['req', '-x509', ...key, '-keyout', at('key.pem'), '-out', at('cert.pem'), '-subj', '/CN=localhost'],
    ...['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-addext', 'basicConstraints=CA:FALSE'],
    ...['-CA', at('ca.pem'), '-CAkey', at('ca.key')],
  );
  const port = await freePort();
  const redis = await startRedis(undefined, [
    ...['--tls-port', String(port), '--tls-cert-file', at('cert.pem'), '--tls-key-file', at('key.pem')],
    ...['--tls-ca-cert-file', at('ca.pem'), '--tls-auth-clients', 'no'],
  ]);
  return {
    ...redis,
    url: `rediss://127.0.0.1:${port}`,
    port,
    ca: at('ca.pem'),
    async stop() {
      await redis.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
};

/** A master, a replica and three Sentinels, which take the master for dead after 1 s. */
export interface SentinelRig {
  readonly url: string;
  /** The port of the master by what the Sentinels say now. */
  master(): Promise<number>;
  /** Makes the replica the master; the present master goes on as a replica. */
  failover(): Promise<void>;
  /** Ends the present master. */
  endMaster(): Promise<void>;
  stop(): Promise<void>;
}

export const startSentinels = async (): Promise<SentinelRig> => {
  if (BIN === undefined) throw new Error(noRedis);
  const dir = mkdtempSync(join(tmpdir(), 'runbolt-sentinel-'));
  const first = await startRedis();
  const second = await startRedis(undefined, ['--replicaof', '127.0.0.1', String(first.port)]);
  const sentinels = await Promise.all(
    [0, 1, 2].map(async (n) => {
      const port = await freePort();
      const file = join(dir, `sentinel-${n}.conf`);
      writeFileSync(
        file,
        [
          `port ${port}`,
          'bind 127.0.0.1',
          `sentinel monitor mymaster 127.0.0.1 ${first.port} 2`,
          'sentinel down-after-milliseconds mymaster 1000',
          'sentinel failover-timeout mymaster 5000',
          '',
        ].join('\n'),
      );
      const server = startProcess(BIN, [file, '--sentinel'], 'SIGTERM');
      await untilReady(server, () => answersPing(port));
      return { port, server };
    }),
  );
  const ports = sentinels.map((s) => s.port);
  const said = async (port: number | undefined, ...words: readonly string[]): Promise<readonly string[]> => {
    const cli = promisify(execFile);
    const { stdout } = await cli('redis-cli', ['-p', String(port), 'sentinel', ...words]);
    return stdout.split('\n');
  };
  const master = async () => Number((await said(ports[0], 'get-master-addr-by-name', 'mymaster'))[1]);
  /** Whether each Sentinel knows the others, and a replica that follows the master and may take its place. */
  const complete = async (): Promise<boolean> => {
    const now = await master();
    const each = ports.map(async (port) => {
      const lines = [...(await said(port, 'master', 'mymaster')), ...(await said(port, 'replicas', 'mymaster'))];
      const says = (name: string, value: string) => lines.some((line, i) => line === name && lines[i + 1] === value);
      return (
        says('num-other-sentinels', '2') &&
        says('master-port', String(now)) &&
        says('master-link-status', 'ok') &&
        says('flags', 'slave')
      );
    });
    return (await Promise.all(each)).every(Boolean);
  };
  const ready = () => until('the Sentinels know a replica that follows', complete, 60_000);
  await ready();
  return {
    url: `redis+sentinel://${ports.map((port) => `127.0.0.1:${port}`).join(',')}/mymaster`,
    master,
    async failover() {
      await ready();
      await said(ports[0], 'failover', 'mymaster');
    },
    async endMaster() {
      await ready();
      await ((await master()) === first.port ? first : second).stop();
    },
    async stop() {
      await Promise.all(sentinels.map(({ server }) => server.stop()));
      await Promise.all([first.stop(), second.stop()]);
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
