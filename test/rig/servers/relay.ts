import net from 'node:net';

/** Stands between a client and a server on loopback. */
export interface Relay {
  readonly port: number;
  /** The connections that stand carry nothing any more, and nobody is told; new ones are carried. */
  goSilent(): void;
  stop(): Promise<void>;
}

/** As a router does that forgets connections, or a failover that takes an address away: no FIN, no RST. */
export const startRelay = async (to: number): Promise<Relay> => {
  const standing = new Set<net.Socket>();
  const server = net.createServer((client) => {
    const upstream = net.connect(to, '127.0.0.1');
    for (const [from, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      standing.add(from);
      from.pipe(other);
      from.on('error', () => other.destroy());
      from.on('close', () => standing.delete(from));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: address !== null && typeof address === 'object' ? address.port : 0,
    goSilent() {
      for (const socket of standing) {
        socket.unpipe();
        socket.resume();
      }
    },
    async stop() {
      for (const socket of standing) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
