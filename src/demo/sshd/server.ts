import { once } from 'node:events';
import ssh2, { type Connection, type ServerChannel, type Session } from 'ssh2';
import type { Place } from '../namespaces/room.js';
import { keyCheck } from './keys.js';
import { type Command, runCommand } from './session.js';

/** An SSH server on loopback whose commands run inside one demo host. */
export interface SshServer {
  readonly port: number;
  stop(): Promise<void>;
}

export interface SshServerPlan {
  readonly room: Place;
  /** Path of the nsenter program. */
  readonly nsenter: string;
  readonly hostKey: string;
  readonly clientPublicKey: string;
  /** `hangs`: lets clients in and takes their commands, and never answers. */
  readonly door: 'answers' | 'hangs';
  readonly onComplaint: (line: string) => void;
}

/** As sshd's MaxSessions. */
const SESSIONS_A_CONNECTION = 10;
const CONNECTIONS = 64;
/** Commands in one host at a time, those included whose connection is gone. */
const COMMANDS = 200;

/** Listens on a free port of 127.0.0.1. */
export const startSshServer = async (plan: SshServerPlan): Promise<SshServer> => {
  const allowed = keyCheck(plan.clientPublicKey);
  const connections = new Set<Connection>();
  const commands = new Set<Command>();
  const server = new ssh2.Server({ hostKeys: [plan.hostKey], ident: 'runbolt-demo' }, (connection) => {
    connections.add(connection);
    connection.once('close', () => {
      connections.delete(connection);
    });
    connection.on('error', (error) => plan.onComplaint(error.message));
    connection.on('authentication', (attempt) => {
      if (allowed(attempt)) attempt.accept();
      else attempt.reject(['publickey']);
    });
    connection.once('ready', () => serve(connection));
  });

  const serve = (connection: Connection): void => {
    let sessions = 0;
    connection.on('session', (accept, reject) => {
      if (sessions >= SESSIONS_A_CONNECTION) return reject();
      sessions += 1;
      let counted = true;
      const release = (): void => {
        if (counted) sessions -= 1;
        counted = false;
      };
      const session = accept();
      session.once('close', release);
      listen(session, release);
    });
  };

  const listen = (session: Session, release: () => void): void => {
    let command: Command | undefined;
    const start = (accept: () => ServerChannel, reject: () => void, text: string): void => {
      if (commands.size >= COMMANDS) {
        reject();
        return;
      }
      const channel = accept();
      channel.once('close', release);
      if (plan.door === 'hangs') {
        channel.on('error', () => {});
        channel.resume();
        return;
      }
      const running = runCommand(plan.room, plan.nsenter, text, channel);
      command = running;
      commands.add(running);
      const forget = (): void => {
        commands.delete(running);
      };
      running.ended.then(forget, forget);
    };
    session.on('exec', (accept, reject, info) => start(accept, reject, info.command));
    session.on('shell', (accept, reject) => start(accept, reject, 'exec /bin/sh'));
    session.on('signal', (accept, _reject, info) => {
      command?.signal(info.name);
      if (typeof accept === 'function') accept();
    });
  };

  server.maxConnections = CONNECTIONS;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The SSH server has no port.');
  const stop = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    for (const connection of connections) connection.end();
    await closed;
  };
  return { port: address.port, stop };
};
