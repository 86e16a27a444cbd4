import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { freePort } from './free-port.js';
import { type ServerProcess, startProcess, untilReady } from './server-process.js';

const BIN = ['/usr/lib/postgresql/15/bin', '/usr/lib/postgresql/16/bin', '/usr/lib/postgresql/17/bin'].find((dir) =>
  existsSync(join(dir, 'initdb')),
);

/** Why no real PostgreSQL can be started here; `undefined` when one can. It does not run as root, so it needs root. */
export const noPostgres: string | undefined =
  BIN === undefined
    ? 'PostgreSQL is not installed'
    : process.getuid?.() !== 0
      ? 'PostgreSQL needs root to be started as another user'
      : undefined;

export interface RealPostgres {
  /** URL of a new empty database on it. */
  database(): Promise<string>;
  readonly port: number;
  /** Directory of its Unix socket. */
  readonly socketDir: string;
  /** Ends the server; its data stay. */
  goAway(): Promise<void>;
  /** Starts it again on the same port and data. */
  comeBack(): Promise<void>;
  /** Files of a certificate of its own for 127.0.0.1, as the server may read them. */
  certificate(): { readonly cert: string; readonly key: string };
  stop(): Promise<void>;
}

/** A real PostgreSQL of its own: loopback TCP on a free port and a Unix socket, data in a new directory, no fsync. */
export const startPostgres = async (): Promise<RealPostgres> => {
  if (BIN === undefined || noPostgres !== undefined) throw new Error(noPostgres);
  const dir = mkdtempSync(join(tmpdir(), 'runbolt-pg-'));
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  const [uid, gid] = [id('-u'), id('-g')];
  chownSync(dir, uid, gid);
  const as = ['--reuid', String(uid), '--regid', String(gid), '--clear-groups'];
  const data = join(dir, 'data');
  execFileSync('setpriv', [
    ...as,
    join(BIN, 'initdb'),
    ...['-D', data, '-U', 'runbolt', '-A', 'trust', '-N', '-E', 'UTF8', '--locale', 'C'],
  ]);
  const port = await freePort();
  const settings = [
    'fsync=off',
    'dynamic_shared_memory_type=mmap',
    'full_page_writes=off',
    'max_connections=100',
    'listen_addresses=127.0.0.1',
  ];
  const run = [join(BIN, 'postgres'), '-D', data, '-p', String(port), '-k', dir];
  const args = [...as, '--pdeathsig', 'KILL', ...run, ...settings.flatMap((setting) => ['-c', setting])];
  const url = (name: string) => `postgres://runbolt@127.0.0.1:${port}/${name}`;
  const start = async (): Promise<ServerProcess> => {
    const started = startProcess('setpriv', args, 'SIGINT');
    await untilReady(started, async () => (await ask(url('postgres'), 'SELECT 1')) === undefined);
    return started;
  };
  let server = await start();
  let count = 0;
  return {
    port,
    socketDir: dir,
    async database() {
      count += 1;
      const name = `test${count}`;
      const error = await ask(url('postgres'), `CREATE DATABASE ${name}`);
      if (error) throw error;
      return url(name);
    },
    goAway: () => server.stop(),
    async comeBack() {
      server = await start();
    },
    certificate() {
      const [cert, key] = [join(dir, 'cert.pem'), join(dir, 'key.pem')];
      const of = ['-nodes', '-days', '2', '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
      execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-keyout', key, '-out', cert, ...of], {
        stdio: 'ignore',
      });
      chmodSync(key, 0o600);
      chownSync(key, uid, gid);
      return { cert, key };
    },
    async stop() {
      await server.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
};

const ask = async (connectionString: string, text: string): Promise<Error | undefined> => {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    await client.end().catch(() => undefined);
  }
};
