import { z } from 'zod';
import { type Fault, FaultError, fault, isFaultCode, type Result } from '../../core/fault.js';
import { runDocument } from '../../engine/document.js';
import type { Answer } from '../../engine/engine.js';
import { exchange } from './desk-exchange.js';
import { answered, failed, glimpse, HOLD_MS } from './desk-messages.js';
import type { Line } from './line.js';

const GONE = fault(
  'connection_lost',
  'The bot ended, or let go of this command, before it answered.',
  'What it has accepted goes on when it runs again: `runbolt runs` lists the runs, `runbolt show RUN` tells of one.',
);

const known = ({ code, message, next }: { code: string; message: string; next: string }): Fault =>
  fault(isFaultCode(code) ? code : 'internal', message, next);

/** A line to the bot behind this socket; undefined when nobody listens there. */
export const deskLine = async (socketPath: string): Promise<(Line & { close(): Promise<void> }) | undefined> => {
  const call = async <T>(schema: z.ZodType<T>, path: string, body?: unknown, signal?: AbortSignal): Promise<T> => {
    const answer = await exchange({ socketPath, path, body, limitMs: 2 * HOLD_MS, signal }).catch((error: unknown) => {
      if (signal?.aborted) throw error;
      throw new FaultError(GONE);
    });
    const broken = failed.safeParse(answer);
    if (broken.success) throw new FaultError(known(broken.data.fault));
    return schema.parse(answer);
  };
  const value = <T>(schema: z.ZodType<T>) => z.object({ value: schema.nullable() });
  const told = async (path: string, body: unknown): Promise<Result<Answer>> => {
    const result = await call(answered, path, body);
    if (result.ok) return result;
    return { ok: false, fault: known(result.fault) };
  };
  try {
    await call(value(z.string()), '/runs/none/report');
  } catch {
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
    close: async () => undefined,
  };
};
