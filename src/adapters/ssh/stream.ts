import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Client } from 'ssh2';
import type { OpenStream } from './dial.js';
import type { Endpoint } from './options.js';

/** A TCP connection of our own. */
export const direct: OpenStream = ({ host, port }, signal) =>
  new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    const onAbort = () => socket.destroy(new Error('aborted'));
    signal.addEventListener('abort', onAbort, { once: true });
    const settle = () => signal.removeEventListener('abort', onAbort);
    socket.once('connect', () => {
      settle();
      socket.off('error', reject);
      resolve(socket);
    });
    socket.once('error', (error) => {
      settle();
      reject(error);
    });
    if (signal.aborted) onAbort();
  });

/** A TCP connection that the bastion opens for us. */
export const forwarded = (bastion: Client, { host, port }: Endpoint): Promise<Duplex> =>
  new Promise((resolve, reject) => {
    bastion.forwardOut('127.0.0.1', 0, host, port, (error, channel) => {
      if (error) reject(error);
      else resolve(channel);
    });
  });

/** `host:port`, IPv6 addresses in brackets. No target can be named so: their names have no colon. */
export const addressOf = (host: string, port: number): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

/** Reads `user@host[:port]`; IPv6 addresses in brackets. */
export const parseHop = (text: string): Endpoint | undefined => {
  const found = /^([^@\s]+)@(?:\[([0-9a-fA-F:.%\w]+)\]|([^@:\s[\]]+))(?::(\d{1,5}))?$/.exec(text);
  if (!found) return undefined;
  const [, user = '', six, name = ''] = found;
  const host = six ?? name;
  const port = Number(found[4] ?? 22);
  if (port < 1 || port > 65535) return undefined;
  return { label: `bastion ${host}:${port}`, host, port, user, name: addressOf(host, port) };
};
