import { closeSync, constants, openSync } from 'node:fs';
import { chmod, mkdir, stat, unlink } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { failure, ok, type Result } from '../../core/fault.js';

/** Bytes of `sun_path` without its closing NUL (unix(7)). */
const MAX_PATH = 107;
const SOCKET = 'runbolt.sock';

/** The lock on a data directory, which is also a socket that others can dial while it is held. */
export interface DataLock {
  /** Listens already; connections are closed at once until somebody handles `connection`. */
  readonly server: net.Server;
  readonly socketPath: string;
  /** Stops listening, ends open connections and removes the socket. */
  release(): Promise<void>;
}

/** A path by which this process reaches the directory's socket. `done` ends its validity. */
export interface SocketAddress {
  readonly path: string;
  done(): void;
}

/** Where the socket of a data directory is dialled. A path too long for a socket is shortened through `/proc/self/fd`. */
export const socketAddress = (dir: string): SocketAddress => {
  const direct = join(dir, SOCKET);
  if (Buffer.byteLength(direct) <= MAX_PATH) return { path: direct, done: () => undefined };
  const fd = openSync(dir, constants.O_RDONLY | constants.O_DIRECTORY);
  return { path: `/proc/self/fd/${fd}/${SOCKET}`, done: () => closeSync(fd) };
};

/**
 * Takes a data directory for this process: creates it (0700) and listens on the socket in it (0600). A live process
 * answers there: `ledger_busy`. A socket left by a killed process refuses: it is removed and taken over. Starters take
 * turns by an abstract socket that the kernel frees when its holder dies, so that nobody removes a socket that another
 * has just made.
 */
export const lockDataDirectory = async (dir: string): Promise<Result<DataLock>> => {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const identity = await stat(dir, { bigint: true });
    const turn = await takeTurn(`\0runbolt-start-${identity.dev}-${identity.ino}`);
    if (!turn) return busy(dir);
    try {
      return await take(dir);
    } finally {
      await closed(turn);
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return failure(
      'ledger_unreachable',
      `The data directory ${dir} cannot be used: ${reason}.`,
      'Choose a directory that this user may write to.',
    );
  }
};

const busy = (dir: string) =>
  failure(
    'ledger_busy',
    `Another Runbolt process uses the data directory ${dir}.`,
    'Stop it, or let the command go through it.',
  );

const take = async (dir: string): Promise<Result<DataLock>> => {
  const address = socketAddress(dir);
  try {
    if (await answers(address.path)) {
      address.done();
      return busy(dir);
    }
    await unlink(address.path).catch(() => undefined);
    const server = net.createServer();
    const open = new Set<net.Socket>();
    server.on('connection', (socket) => {
      open.add(socket);
      socket.once('close', () => open.delete(socket));
      if (server.listenerCount('connection') === 1) socket.destroy();
    });
    await listening(server, address.path);
    await chmod(address.path, 0o600);
    const release = async () => {
      for (const socket of open) socket.destroy();
      await closed(server);
      address.done();
    };
    return ok({ server, socketPath: address.path, release });
  } catch (error) {
    address.done();
    throw error;
  }
};

/** Whether a process accepts connections there. `ECONNREFUSED` and `ENOENT` mean that none does. */
const answers = (path: string): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const socket = net.connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(false);
      else if (error.code === 'EAGAIN') resolve(true);
      else reject(error);
    });
  });

const takeTurn = async (name: string): Promise<net.Server | undefined> => {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const server = net.createServer((socket) => socket.destroy());
    try {
      await listening(server, name);
      return server;
    } catch {
      await delay(50);
    }
  }
  return undefined;
};

const listening = (server: net.Server, path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const umask = process.umask(0o177);
    try {
      server.once('error', reject);
      server.listen(path, () => {
        server.removeListener('error', reject);
        resolve();
      });
    } finally {
      process.umask(umask);
    }
  });

const closed = (server: net.Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
