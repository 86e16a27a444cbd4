import { once } from 'node:events';
import { createServer, request } from 'node:http';

/** A proxy before an endpoint whose first answer to some call breaks off in the middle, with the connection left open. */
export interface StallingProxy {
  readonly endpoint: string;
  /** How many answers broke off. */
  stalled(): number;
  stop(): void;
}

/** `meant` looks at the call's `X-Amz-Target`, or its method and path where it has none. */
export const stallingProxy = async (endpoint: string, meant: RegExp): Promise<StallingProxy> => {
  const { hostname, port } = new URL(endpoint);
  let stalled = 0;
  const server = createServer((incoming, outgoing) => {
    const { method, url: path, headers } = incoming;
    const passed = request({ host: hostname, port, method, path, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const body = Buffer.concat(chunks);
        outgoing.writeHead(answer.statusCode ?? 500, {
          'content-type': answer.headers['content-type'] ?? '',
          'content-length': body.length,
        });
        if (stalled > 0 || !meant.test(String(headers['x-amz-target'] ?? `${method} ${path}`))) outgoing.end(body);
        else {
          stalled += 1;
          outgoing.write(body.subarray(0, Math.floor(body.length / 2)));
        }
      });
    });
    passed.on('error', () => outgoing.destroy());
    incoming.pipe(passed);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port.');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    stalled: () => stalled,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};
