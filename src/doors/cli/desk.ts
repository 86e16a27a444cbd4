import { createAdaptorServer, type ServerType } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { Agent, fetch } from 'undici';
import { z } from 'zod';
import { failure, isFaultCode, type Result } from '../../core/fault.js';
import { runDocument } from '../../engine/document.js';
import type { Answer } from '../../engine/engine.js';
import type { Line } from './line.js';

/**
 * The CLI's way into a running bot: HTTP on the data directory's Unix socket (mode 0600, so only the bot's own user and
 * root reach it). The actor is who the client says, among those who may open the socket.
 */

const actor = z.strictObject({ id: z.string().regex(/^cli:[A-Za-z0-9._-]{1,64}$/), name: z.string().max(64) });
const asked = z.strictObject({ text: z.string().max(4000), actor, key: z.string().max(100) });
const runId = z.string().max(60);
const pressed = z.strictObject({
  press: z.union([
    z.strictObject({ action: z.enum(['approve', 'deny', 'apply']), runId, digest: z.string().max(64) }),
    z.strictObject({ action: z.enum(['plan', 'again', 'revert']), runId }),
    z.strictObject({ action: z.literal('cancel'), runId }),
  ]),
  actor,
  key: z.string().max(100),
});
const glimpse = z.strictObject({
  version: z.int(),
  phase: z.enum(['gathering', 'deciding', 'rolling-out', 'ended']),
  text: z.string(),
  progress: z.string(),
  digest: z.string().nullable(),
});
const answered = z.union([
  z.object({
    ok: z.literal(true),
    value: z.union([
      z.strictObject({ kind: z.literal('run'), runId: z.string(), fresh: z.boolean() }),
      z.strictObject({ kind: z.literal('text'), lines: z.array(z.string()) }),
    ]),
  }),
  z.object({
    ok: z.literal(false),
    fault: z.strictObject({ code: z.string().refine(isFaultCode), message: z.string(), next: z.string() }),
  }),
]);

/** How long one wait for a run's next change is held open, ms. */
const HOLD_MS = 25_000;

/** Serves a line to clients; the caller lets it listen on the socket. */
export const deskServer = (line: Line): ServerType => {
  const app = new Hono();
  app.post('/request', async (c) => {
    const body = asked.safeParse(await bodyOf(c));
    return body.success
      ? c.json(await line.request(body.data.text, body.data.actor, body.data.key))
      : c.text('malformed', 400);
  });
  app.post('/press', async (c) => {
    const body = pressed.safeParse(await bodyOf(c));
    return body.success
      ? c.json(await line.press(body.data.press, body.data.actor, body.data.key))
      : c.text('malformed', 400);
  });
  app.get('/runs/:id/next', async (c) => {
    const after = z.coerce.number().int().min(-1).catch(-1).parse(c.req.query('after'));
    const signal = AbortSignal.any([c.req.raw.signal, AbortSignal.timeout(HOLD_MS)]);
    return c.json({ value: (await line.next(c.req.param('id'), after, signal)) ?? null });
  });
  app.get('/runs/:id/document', async (c) => c.json({ value: (await line.document(c.req.param('id'))) ?? null }));
  app.get('/runs/:id/report', async (c) => c.json({ value: (await line.report(c.req.param('id'))) ?? null }));
  return createAdaptorServer({ fetch: app.fetch });
};

const bodyOf = (c: Context): Promise<unknown> => c.req.json().catch(() => undefined);

/** A line to the bot behind this socket; undefined when nobody listens there. */
export const deskLine = async (socketPath: string): Promise<(Line & { close(): Promise<void> }) | undefined> => {
  const agent = new Agent({ connect: { socketPath }, headersTimeout: 2 * HOLD_MS, bodyTimeout: 2 * HOLD_MS });
  const call = async <T>(schema: z.ZodType<T>, path: string, body?: unknown, signal?: AbortSignal): Promise<T> => {
    const response = await fetch(`http://runbolt${path}`, {
      dispatcher: agent,
      ...(body !== undefined && {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }),
      ...(signal && { signal }),
    });
    return schema.parse(await response.json());
  };
  const value = <T>(schema: z.ZodType<T>) => z.object({ value: schema.nullable() });
  const told = async (path: string, body: unknown): Promise<Result<Answer>> => {
    const result = await call(answered, path, body);
    if (result.ok) return result;
    const { code, message, next } = result.fault;
    return failure(isFaultCode(code) ? code : 'internal', message, next);
  };
  try {
    await call(value(z.string()), '/runs/none/report');
  } catch {
    await agent.close();
    return undefined;
  }
  const at = (id: string): string => `/runs/${encodeURIComponent(id)}`;
  return {
    request: (text, by, key) => told('/request', { text, actor: by, key }),
    press: (press, by, key) => told('/press', { press, actor: by, key }),
    next: async (id, after, signal) =>
      (await call(value(glimpse), `${at(id)}/next?after=${after}`, undefined, signal)).value ?? undefined,
    document: async (id) => (await call(value(runDocument), `${at(id)}/document`)).value ?? undefined,
    report: async (id) => (await call(value(z.string()), `${at(id)}/report`)).value ?? undefined,
    close: () => agent.close(),
  };
};
