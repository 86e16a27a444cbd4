/**
 * How a method misbehaves. `429` and `500` refuse without doing anything; `lost` does what was asked and then cuts the
 * connection; `silence` does nothing and never answers; an error code is answered as Slack would (`not_in_channel`).
 */
export type How = '429' | '500' | 'lost' | 'silence' | { readonly error: string };

interface Planned {
  readonly method: string;
  readonly how: How;
  readonly retryAfter: number;
  left: number;
}

/** Misbehaviour that was asked for, used up call by call. */
export class Mischief {
  readonly #planned: Planned[] = [];

  plan(method: string, how: How, times: number, retryAfter: number): void {
    this.#planned.push({ method, how, retryAfter, left: times });
  }

  next(method: string): { readonly how: How; readonly retryAfter: number } | undefined {
    const found = this.#planned.find((p) => p.method === method && p.left > 0);
    if (!found) return undefined;
    found.left -= 1;
    return found;
  }
}
