import { z } from 'zod';
import { isFaultCode } from '../../core/fault.js';

/**
 * The CLI's way into a running bot: HTTP on the data directory's Unix socket (mode 0600, so only the bot's own user and
 * root reach it). The actor is who the client says, among those who may open the socket.
 */

const actor = z.strictObject({ id: z.string().regex(/^cli:[A-Za-z0-9._-]{1,64}$/), name: z.string().max(64) });
export const asked = z.strictObject({ text: z.string().max(200_000), actor, key: z.string().max(100) });
const runId = z.string().max(60);
export const pressed = z.strictObject({
  press: z.union([
    z.strictObject({ action: z.enum(['approve', 'deny', 'apply']), runId, digest: z.string().max(64) }),
    z.strictObject({ action: z.enum(['plan', 'again', 'revert']), runId }),
    z.strictObject({ action: z.literal('cancel'), runId }),
  ]),
  actor,
  key: z.string().max(100),
});
export const glimpse = z.strictObject({
  version: z.int(),
  phase: z.enum(['gathering', 'deciding', 'rolling-out', 'ended']),
  text: z.string(),
  progress: z.string(),
  digest: z.string().nullable(),
  undo: z.boolean(),
});
const told = z.strictObject({ code: z.string().refine(isFaultCode), message: z.string(), next: z.string() });
/** The question could not be answered at all. */
export const failed = z.strictObject({ fault: told });
export const answered = z.union([
  z.object({
    ok: z.literal(true),
    value: z.union([
      z.strictObject({ kind: z.literal('run'), runId: z.string(), fresh: z.boolean() }),
      z.strictObject({ kind: z.literal('text'), lines: z.array(z.string()) }),
    ]),
  }),
  z.object({
    ok: z.literal(false),
    fault: told,
  }),
]);

/** How long one wait for a run's next change is held open, ms. */
export const HOLD_MS = 25_000;
