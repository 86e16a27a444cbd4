import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { Face } from './face.js';
import { Mischief } from './mischief.js';
import { Rates } from './rates.js';
import { ResponseUrls } from './response-urls.js';
import { Sockets } from './sockets.js';
import { type Api, readBody, serveMethod, type Tokens } from './web-api.js';
import { Workspace } from './workspace.js';

export const ALL_SCOPES = [
  'commands',
  'chat:write',
  'app_mentions:read',
  'usergroups:read',
  'users:read',
  'files:write',
  'channels:read',
  'groups:read',
  'channels:history',
  'groups:history',
] as const;

const listen = (server: Server): Promise<number> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    });
  });

/**
 * A strict double of Slack on a free loopback port: Web API, Socket Mode, response_urls and uploads, with Slack's tokens,
 * scopes, limits and rates. What broke a limit is in `violations`.
 */
export const startSlackDouble = async (options: { readonly scopes?: readonly string[] } = {}): Promise<SlackDouble> => {
  const workspace = new Workspace();
  const violations: string[] = [];
  const sockets = new Sockets();
  const urls = new ResponseUrls(workspace, violations);
  const tokens: Tokens = {
    bot: 'xoxb-double',
    app: 'xapp-double',
    scopes: new Set(options.scopes ?? ALL_SCOPES),
    revoked: new Set(),
  };
  const tickets = new Set<string>();
  let port = 0;
  const base = () => `http://127.0.0.1:${port}`;
  const api: Api = {
    workspace,
    tokens,
    rates: new Rates(),
    mischief: new Mischief(),
    violations,
    calls: [],
    base,
    openConnection: () => {
      const ticket = `/socket/${workspace.ts()}`;
      tickets.add(ticket);
      return `ws://127.0.0.1:${port}${ticket}`;
    },
  };

  const route = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const [, kind, name = ''] = (req.url ?? '').split('/');
    if (kind === 'api') return void (await serveMethod(api, name, req, res));
    const body = await readBody(req);
    if (kind === 'response') {
      const used = urls.use(name, body);
      return void res.writeHead(used.status).end(used.text);
    }
    const upload = kind === 'upload' ? workspace.uploads.get(name) : undefined;
    if (upload) upload.content = uploadedText(req, body);
    return void res.writeHead(upload ? 200 : 404).end('OK');
  };

  const server = createServer((req, res) => {
    route(req, res).catch((e: unknown) => {
      violations.push(`double failed: ${String(e)}`);
      res.destroy();
    });
  });
  // A kept connection ends where a test says so, however long the bot was held up.
  server.keepAliveTimeout = 0;
  const ws = new WebSocketServer({ noServer: true });
  server.on('upgrade', (req, socket, head) => {
    if (!tickets.delete(req.url ?? '')) return socket.destroy();
    ws.handleUpgrade(req, socket, head, (client: WebSocket) => sockets.add(client));
    return undefined;
  });
  port = await listen(server);
  const close = async (): Promise<void> => {
    sockets.cut();
    server.closeAllConnections();
    await new Promise<void>((done) => server.close(() => done()));
    ws.close();
  };
  return new SlackDouble(api, sockets, urls, close);
};

/** The one part of a multipart upload, or the body as it is. */
const uploadedText = (req: IncomingMessage, body: string): string => {
  const boundary = /boundary=(\S+)/.exec(req.headers['content-type'] ?? '')?.[1];
  if (!boundary) return body;
  const part = body.split(`--${boundary}`)[1] ?? '';
  return part.slice(part.indexOf('\r\n\r\n') + 4, -2);
};

/** The double with its control face. */
export class SlackDouble extends Face {
  constructor(
    api: Api,
    sockets: Sockets,
    urls: ResponseUrls,
    readonly close: () => Promise<void>,
  ) {
    super(api, sockets, urls);
  }

  /** Base URL of the Web API, as bolt wants it. */
  get apiUrl(): string {
    return `${this.api.base()}/api/`;
  }

  get botToken(): string {
    return this.api.tokens.bot;
  }

  get appToken(): string {
    return this.api.tokens.app;
  }
}
