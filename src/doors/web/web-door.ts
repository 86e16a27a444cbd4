import { createAdaptorServer, type ServerType } from '@hono/node-server';
import { Hono } from 'hono';
import type { Readiness } from './readiness.js';

/** What probes and Prometheus are told. */
export interface WebDoorOptions {
  readonly readiness: () => Promise<Readiness>;
  /** The metrics as Prometheus reads them, and their content type. */
  readonly metrics: () => Promise<{ readonly type: string; readonly text: string }>;
  /** Told why a request could not be answered. */
  readonly onError: (error: unknown) => void;
}

/** A client that has not sent its request within this is let go, ms. */
const REQUEST_MS = 5_000;
const CONNECTIONS = 64;

/**
 * `/healthz`, `/readyz` and `/metrics`: reads only, for GET and HEAD, and nothing depends on what a request says about
 * itself (its Host header, say). The caller lets it listen.
 */
export const webDoor = ({ readiness, metrics, onError }: WebDoorOptions): ServerType => {
  const app = new Hono();
  app.use(async (c, next) => {
    if (c.req.method !== 'GET' && c.req.method !== 'HEAD')
      return c.text('GET and HEAD only\n', 405, { allow: 'GET, HEAD' });
    await next();
    c.header('cache-control', 'no-store');
    c.header('x-content-type-options', 'nosniff');
    return undefined;
  });
  app.get('/healthz', (c) => c.json({ alive: true }));
  app.get('/readyz', async (c) => {
    const found = await readiness();
    return c.json(found, found.ready ? 200 : 503);
  });
  app.get('/metrics', async (c) => {
    const { type, text } = await metrics();
    return c.body(text, 200, { 'content-type': type });
  });
  app.notFound((c) => c.text('There are /healthz, /readyz and /metrics.\n', 404));
  app.onError((error, c) => {
    onError(error);
    return c.text('This could not be answered; see the log.\n', 500);
  });
  const server = createAdaptorServer({
    fetch: app.fetch,
    serverOptions: { requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS },
  });
  if ('maxConnections' in server) server.maxConnections = CONNECTIONS;
  return server;
};
