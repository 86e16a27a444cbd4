import { Readable } from 'node:stream';
import { createAdaptorServer, type ServerType } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { fault, faultIn } from '../../core/fault.js';
import { asked, HOLD_MS, pressed } from './desk-messages.js';
import type { Line } from './line.js';

/** Serves a line to clients, and a backup where the bot alone has the ledger; the caller lets it listen on the socket. */
export const deskServer = (line: Line, backup?: () => Promise<Readable>): ServerType => {
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
  if (backup) app.get('/backup', async (c) => c.body(Readable.toWeb(await backup())));
  // The ledger is away, say: the command tells its person what the bot knows.
  app.onError((error, c) => c.json({ fault: faultIn(error) ?? UNANSWERED }, 503));
  return createAdaptorServer({ fetch: app.fetch });
};

const UNANSWERED = fault('internal', 'The bot could not answer this command.', 'Its log has the cause.');

const bodyOf = (c: Context): Promise<unknown> => c.req.json().catch(() => undefined);
