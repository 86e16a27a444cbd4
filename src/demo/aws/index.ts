import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Clock, RandomHex } from '../../engine/ports.js';
import { type CloudOptions, cloud } from './cloud.js';
import type { LocalHost } from './hosts.js';
import type { Misbehaviour } from './misbehaviour.js';
import type { Credential } from './signature.js';

export { agentShell, type LocalHost } from './hosts.js';
export type { Misbehaviour } from './misbehaviour.js';
export type { Credential } from './signature.js';

/** SSM, EC2 and S3 for command output, on loopback, whose commands really run. Nothing of it reaches the real AWS. */
export interface LocalAws {
  /** `http://127.0.0.1:PORT`, for all services and regions. */
  readonly endpoint: string;
  /** The first of the credentials that it knows. */
  readonly credential: Credential;
  /** Another fleet from now on; what runs on a host that left goes on. */
  replaceHosts(hosts: readonly LocalHost[]): void;
  /** From now on, and in no other way; `{}` behaves. */
  misbehave(how: Misbehaviour): void;
  /** How many times a script was really started on an instance, reboots included. */
  executions(instance: string): number;
  /** How many calls of an operation came in, refused ones included. */
  calls(operation: string): number;
  /** Ends the server and kills what still runs. */
  stop(): Promise<void>;
}

export interface LocalAwsOptions extends Pick<CloudOptions, 'documents' | 'parameterStore' | 'buckets' | 'regions'> {
  readonly hosts: readonly LocalHost[];
  readonly clock: Clock;
  readonly random: RandomHex;
  /** Without any, one of its own making. */
  readonly credentials?: readonly Credential[];
  /** At its start. */
  readonly misbehaviour?: Misbehaviour;
}

const MAX_BODY = 1024 * 1024;

/** Listens on a free port of 127.0.0.1. */
export const startLocalAws = async (options: LocalAwsOptions): Promise<LocalAws> => {
  const made: Credential = {
    accessKeyId: `AKIA${options.random(8).toUpperCase()}`,
    secretAccessKey: options.random(20),
  };
  const credentials = options.credentials ?? [made];
  const server = createServer((request, response) => {
    respond(request, response).catch(() => request.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The local AWS has no port.');
  const endpoint = `http://127.0.0.1:${address.port}`;
  const running = cloud({ ...options, credentials, endpoint });

  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of request) {
      size += chunk.length;
      if (size > MAX_BODY) return void request.destroy();
      chunks.push(chunk);
    }
    const [path = '/', query = ''] = (request.url ?? '/').split('?', 2);
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const reply = running.answer({ method: request.method ?? '', path, query, headers, body: Buffer.concat(chunks) });
    if (reply === 'reset') return void request.socket.resetAndDestroy();
    response.writeHead(reply.status, reply.headers).end(reply.body);
  };

  return {
    endpoint,
    credential: credentials[0] ?? made,
    replaceHosts: running.replaceHosts,
    misbehave: running.misbehave,
    executions: running.executions,
    calls: running.calls,
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await Promise.all([closed, running.stop()]);
    },
  };
};
