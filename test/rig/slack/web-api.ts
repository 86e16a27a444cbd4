import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Args, METHODS, type Reply, SCOPES } from './methods.js';
import type { Mischief } from './mischief.js';
import type { Rates } from './rates.js';
import type { Workspace } from './workspace.js';

export interface Tokens {
  readonly bot: string;
  readonly app: string;
  readonly scopes: ReadonlySet<string>;
  readonly revoked: Set<'bot' | 'app'>;
}

export interface Api {
  readonly workspace: Workspace;
  readonly tokens: Tokens;
  readonly rates: Rates;
  readonly mischief: Mischief;
  readonly violations: string[];
  readonly calls: { readonly method: string; readonly args: Args; readonly at: number }[];
  readonly base: () => string;
  readonly openConnection: () => string;
}

const LIMIT_ERRORS = new Set(['invalid_blocks', 'msg_too_long', 'msg_blocks_too_long', 'no_text', 'double_forbids']);

export const readBody = async (req: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk)));
  return Buffer.concat(chunks).toString('utf8');
};

const argsOf = (req: IncomingMessage, body: string): Args => {
  if (!String(req.headers['content-type']).startsWith('application/json')) {
    return Object.fromEntries(new URLSearchParams(body));
  }
  const parsed: unknown = JSON.parse(body || '{}');
  return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
};

const refusal = (api: Api, method: string, token: string): Reply | undefined => {
  if (!token) return { ok: false, error: 'not_authed' };
  const wanted = method === 'apps.connections.open' ? 'app' : 'bot';
  if (token !== api.tokens[wanted]) {
    const other = wanted === 'app' ? api.tokens.bot : api.tokens.app;
    return { ok: false, error: token === other ? 'not_allowed_token_type' : 'invalid_auth' };
  }
  if (api.tokens.revoked.has(wanted)) return { ok: false, error: 'invalid_auth' };
  if (wanted === 'app') return undefined;
  const needed = (SCOPES[method] ?? []).filter((s) => !api.tokens.scopes.has(s));
  return needed.length > 0 ? { ok: false, error: 'missing_scope', needed: needed.join(',') } : undefined;
};

/** As Slack does, every answer to a token of the bot says which scopes it has. */
const answer = (res: ServerResponse, reply: Reply, scopes?: ReadonlySet<string>): void => {
  const granted = scopes && { 'x-oauth-scopes': [...scopes].join(',') };
  res.writeHead(200, { 'content-type': 'application/json', ...granted });
  res.end(JSON.stringify(reply));
};

const tooMany = (res: ServerResponse, seconds: number): void => {
  res.writeHead(429, { 'retry-after': String(seconds), 'content-type': 'application/json' });
  res.end(JSON.stringify({ ok: false, error: 'ratelimited' }));
};

/** Answers one call of a Web API method, misbehaving first where that was asked for. */
export const serveMethod = async (api: Api, method: string, req: IncomingMessage, res: ServerResponse) => {
  const args = argsOf(req, await readBody(req));
  const bearer = /^Bearer (.+)$/.exec(req.headers.authorization ?? '')?.[1];
  const refused = refusal(api, method, bearer ?? String(args.token ?? ''));
  if (refused) return answer(res, refused);
  api.calls.push({ method, args, at: performance.now() });
  const mischief = api.mischief.next(method);
  if (mischief?.how === 'silence') return undefined;
  if (mischief?.how === '429') return tooMany(res, mischief.retryAfter);
  if (mischief?.how === '500') return res.writeHead(500).end('upstream trouble');
  if (typeof mischief?.how === 'object') return answer(res, { ok: false, error: mischief.how.error });
  const wait = api.rates.exceeded(method, String(args.channel ?? ''));
  if (wait !== undefined) {
    api.violations.push(`${method} over its rate in ${String(args.channel ?? 'the workspace')}`);
    return tooMany(res, wait);
  }
  const reply = carryOut(api, method, args);
  if (reply.error && LIMIT_ERRORS.has(reply.error))
    api.violations.push(`${method}: ${reply.error} ${String(reply.why)}`);
  if (mischief?.how === 'lost') return req.socket.destroy();
  return answer(res, reply, method === 'apps.connections.open' ? undefined : api.tokens.scopes);
};

const carryOut = (api: Api, method: string, args: Args): Reply => {
  if (method === 'apps.connections.open') return { ok: true, url: api.openConnection() };
  const found = METHODS[method];
  return found ? found(api.workspace, args, api.base()) : { ok: false, error: 'unknown_method' };
};
