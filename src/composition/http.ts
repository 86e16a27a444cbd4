import { once } from 'node:events';
import type { Logger } from 'pino';
import { failure, ok, type Result } from '../core/fault.js';
import { type ListenAddress, showAddress } from '../core/listen-address.js';
import { type WebDoorOptions, webDoor } from '../doors/web/index.js';

export interface HttpOptions extends Omit<WebDoorOptions, 'onError'> {
  readonly address: ListenAddress;
  readonly logger: Logger;
}

export interface HttpServer {
  close(): Promise<void>;
}

/** Serves `/healthz`, `/readyz` and `/metrics` on the address. Fault `port_used` when it cannot listen there. */
export const serveHttp = async ({ address, logger, ...door }: HttpOptions): Promise<Result<HttpServer>> => {
  const onError = (error: unknown) => logger.error({ err: error }, 'serving metrics and health');
  const server = webDoor({ ...door, onError });
  const at = showAddress(address);
  try {
    server.listen({ host: address.host, port: address.port });
    await once(server, 'listening');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const why = code === 'EADDRINUSE' ? 'another process listens there' : code;
    return failure(
      'port_used',
      `Metrics and health cannot be served on ${at}: ${why}.`,
      'Give this process an address of its own by RUNBOLT_HTTP, or change `http` in runbolt.yaml.',
    );
  }
  server.on('error', onError);
  logger.info({ address: at }, 'metrics and health are served');
  return ok({
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      if ('closeAllConnections' in server) server.closeAllConnections();
      await closed;
    },
  });
};
