import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import ssh2, { type Connection, type ServerChannel } from 'ssh2';
import { type KeyPair, makeKey } from './keys.js';
import { knownLine, type Listener } from './sshd.js';

/** What the server does wrong. All absent: it behaves as sshd does. */
export interface Misbehaviour {
  /** Accepts TCP and says nothing. */
  readonly silent?: boolean;
  /** Closes so many connections before the handshake, as sshd does above MaxStartups. */
  readonly dropDials?: number;
  /** Passes so many bytes of standard input to the shell, then cuts the connection. */
  readonly cutInputAt?: number;
  /** Passes so many bytes of standard input, then ends it, while the connection stays. */
  readonly endInputAt?: number;
  /** Cuts the connection when the command has ended, before its exit status. */
  readonly cutBeforeExit?: boolean;
  /** Closes the channel without an exit status. */
  readonly forgetExit?: boolean;
  /** Said on both streams before the command begins. */
  readonly noise?: string;
  /** Never answers the request to run a command. */
  readonly ignoreExec?: boolean;
  /** Channels a connection. */
  readonly maxSessions?: number;
  /** The shell of the user; `sh` when absent. */
  readonly shell?: readonly string[];
}

interface State {
  how: Misbehaviour;
  logins: number;
  dials: number;
  received: number;
  dropped: number;
}

export interface SshDouble {
  readonly listener: Listener;
  readonly identity: KeyPair;
  readonly hostKey: KeyPair;
  readonly knownHosts: string;
  readonly directory: string;
  readonly user: string;
  /** Changes what it does from the next event on. */
  misbehave(how: Misbehaviour): void;
  /** Logins so far. */
  logins(): number;
  /** TCP connections so far. */
  dials(): number;
  /** Bytes of standard input it was sent so far. */
  received(): number;
  /** Cuts every connection now. */
  cut(): void;
  stop(): Promise<void>;
}

/** A server by ssh2 with sshd's face, which runs commands on this machine and can misbehave on command. */
export const startDouble = async (): Promise<SshDouble> => {
  const directory = mkdtempSync(join(tmpdir(), 'runbolt-ssh2-'));
  const identity = makeKey(directory, 'identity');
  const hostKey = makeKey(directory, 'host');
  const allowed = ssh2.utils.parseKey(identity.publicLine);
  if (allowed instanceof Error) throw allowed;
  const state: State = { how: {}, logins: 0, dials: 0, received: 0, dropped: 0 };
  const connections = new Set<Connection>();
  const sockets = new Set<Socket>();
  const children = new Set<ChildProcess>();

  const server = new ssh2.Server({ hostKeys: [readFileSync(hostKey.path)] }, (connection) => {
    connections.add(connection);
    let sessions = 0;
    connection.on('close', () => connections.delete(connection));
    connection.on('error', () => {});
    connection.on('authentication', (context) => {
      if (context.method !== 'publickey' || !context.key.data.equals(allowed.getPublicSSH()))
        return context.reject(['publickey']);
      if (!context.signature) return context.accept();
      if (allowed.verify(context.blob ?? Buffer.alloc(0), context.signature, context.hashAlgo) !== true)
        return context.reject();
      state.logins += 1;
      context.accept();
    });
    connection.on('ready', () => {
      connection.on('session', (accept, reject) => {
        if (sessions >= (state.how.maxSessions ?? 10)) return reject();
        sessions += 1;
        const session = accept();
        session.on('close', () => {
          sessions -= 1;
        });
        session.on('exec', (acceptExec, _reject, { command }) => {
          if (state.how.ignoreExec) return;
          serve(acceptExec(), command, () => connection.end());
        });
      });
    });
  });

  const serve = (channel: ServerChannel, command: string, cut: () => void): void => {
    const { noise, cutInputAt, endInputAt, cutBeforeExit, forgetExit, shell = ['sh'] } = state.how;
    if (noise !== undefined) {
      channel.write(noise);
      channel.stderr.write(noise);
    }
    const [program = 'sh', ...rest] = shell;
    const child = spawn(program, [...rest, '-c', command], { detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    children.add(child);
    child.stdin.on('error', () => {});
    channel.on('error', () => {});
    let seen = 0;
    const most = cutInputAt ?? endInputAt ?? Number.POSITIVE_INFINITY;
    channel.on('data', (chunk: Buffer) => {
      const part = chunk.subarray(0, Math.max(0, most - seen));
      seen += chunk.length;
      state.received += chunk.length;
      child.stdin.write(part);
      if (seen < most) return;
      child.stdin.end();
      if (cutInputAt !== undefined) cut();
    });
    channel.on('end', () => child.stdin.end());
    const pumped = pump(child, channel);
    child.on('exit', (code, signal) => {
      children.delete(child);
      if (cutBeforeExit || forgetExit) return;
      if (code === null) channel.exit((signal ?? 'SIGKILL').replace('SIG', ''), false, '');
      else channel.exit(code);
    });
    child.on('close', () => {
      if (cutBeforeExit) return cut();
      void pumped.then(() => channel.end());
    });
  };

  const front = createServer((socket) => {
    state.dials += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    if (state.how.silent) return;
    if (state.dropped < (state.how.dropDials ?? 0)) {
      state.dropped += 1;
      socket.end();
      return;
    }
    server.injectSocket(socket);
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  const address = front.address();
  const listener = { host: '127.0.0.1', port: typeof address === 'object' && address ? address.port : 0 };
  const knownHosts = join(directory, 'known_hosts');
  writeFileSync(knownHosts, knownLine(listener, hostKey));
  return {
    ...{ listener, identity, hostKey, knownHosts, directory, user: 'rig' },
    misbehave: (how) => {
      state.how = how;
      state.dropped = 0;
    },
    logins: () => state.logins,
    dials: () => state.dials,
    received: () => state.received,
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      for (const child of children) child.kill('SIGKILL');
      await new Promise((resolve) => front.close(resolve));
      rmSync(directory, { recursive: true, force: true });
    },
  };
};

/**
 * Both streams one chunk at a time. ssh2 1.17's server keeps the last chunk that waited for the window of one stream and
 * sends it again when the other one waits: it stalls or closes the channel unless that chunk is forgotten in time.
 */
const pump = async (child: ChildProcess, channel: ServerChannel): Promise<void> => {
  let last: Promise<void> = Promise.resolve();
  let gone = false;
  const closed = new Promise<void>((resolve) => {
    channel.once('close', () => {
      gone = true;
      resolve();
    });
  });
  const relay = (from: Readable, to: Writable) => {
    const write = (chunk: Buffer) =>
      gone ? undefined : new Promise<void>((resolve) => to.write(chunk, () => resolve()));
    to.on('error', () => {});
    from.on('data', (chunk: Buffer) => {
      from.pause();
      last = last
        .then(() => Promise.race([write(chunk), closed]))
        .then(() => {
          Object.assign(channel, {
            _chunk: undefined,
            _chunkcb: undefined,
            _chunkErr: undefined,
            _chunkcbErr: undefined,
          });
          from.resume();
        });
    });
    return new Promise((resolve) => from.once('close', resolve));
  };
  if (!child.stdout || !child.stderr) return;
  await Promise.all([relay(child.stdout, channel), relay(child.stderr, channel.stderr)]);
  await last;
};
