import { request } from 'node:http';
import { json } from 'node:stream/consumers';

export interface Exchange {
  readonly socketPath: string;
  readonly path: string;
  /** Sent as JSON by POST; GET when undefined. */
  readonly body: unknown;
  /** Longest silence, ms. */
  readonly limitMs: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * One JSON question and answer over a Unix socket; rejects when it is not answered. By node:http, which is there already:
 * importing a fetch that knows sockets takes 0.1 s, a fifth of a short command's life.
 */
export const exchange = ({ socketPath, path, body, limitMs, signal }: Exchange): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const asked = request(
      {
        ...{ socketPath, path, agent: false, timeout: limitMs, method: body === undefined ? 'GET' : 'POST' },
        headers: { host: 'runbolt', ...(body !== undefined && { 'content-type': 'application/json' }) },
        ...(signal && { signal }),
      },
      (answer) => void json(answer).then(resolve, reject),
    );
    asked.on('error', reject);
    asked.on('timeout', () => asked.destroy(new Error(`no answer within ${limitMs} ms`)));
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
