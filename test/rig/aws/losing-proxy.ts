import { once } from 'node:events';
import { createServer, request } from 'node:http';

/** A proxy before an endpoint that takes what a pattern matches out of every answer. */
export interface LosingProxy {
  readonly endpoint: string;
  stop(): void;
}

/** The token of the next page, in EC2's answers. */
export const NEXT_PAGE_OF_EC2 = /<nextToken>[^<]*<\/nextToken>/g;

/** The same in SSM's. */
export const NEXT_PAGE_OF_SSM = /,"NextToken":"[^"]*"/g;

export const losingProxy = async (endpoint: string, pattern: RegExp): Promise<LosingProxy> => {
  const { hostname, port } = new URL(endpoint);
  const server = createServer((incoming, outgoing) => {
    const { method, url: path, headers } = incoming;
    const passed = request({ host: hostname, port, method, path, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString().replace(pattern, '');
        outgoing
          .writeHead(answer.statusCode ?? 500, { 'content-type': answer.headers['content-type'] ?? '' })
          .end(text);
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
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};
