import { randomUUID } from 'node:crypto';
import type { WebSocket } from 'ws';
import { z } from 'zod';

const frame = z.object({ envelope_id: z.string(), payload: z.unknown().optional() });
const ACK_MS = 3000;

export type EnvelopeType = 'slash_commands' | 'interactive' | 'events_api';

/** One delivery of one payload. `acked` answers with the ack's payload, or undefined when 3 s passed without one. */
export interface Delivery {
  readonly acked: Promise<unknown>;
  readonly ackedInMs: () => number | undefined;
}

/** The Socket Mode side: connections, envelopes, acks within 3 s, planned refresh. */
export class Sockets {
  readonly #open = new Set<WebSocket>();
  readonly #leaving = new Set<WebSocket>();
  readonly #waiting = new Map<string, (payload: unknown) => void>();
  readonly late: string[] = [];
  readonly undelivered: string[] = [];
  connections = 0;
  duplicates = 0;
  muted = false;

  add(socket: WebSocket): void {
    this.#open.add(socket);
    this.connections += 1;
    socket.on('message', (data) => this.#receive(String(data)));
    socket.on('close', () => {
      this.#open.delete(socket);
      this.#leaving.delete(socket);
    });
    socket.send(JSON.stringify({ type: 'hello', num_connections: this.#open.size, connection_info: { app_id: 'A0' } }));
  }

  get live(): number {
    return [...this.#open].filter((s) => !this.#leaving.has(s)).length;
  }

  /** Delivers to one connection, and again as often as duplicates were asked for, to another one if there is one. */
  deliver(type: EnvelopeType, payload: object): Delivery {
    const first = this.#send(type, payload, 0);
    for (let n = 1; this.duplicates > 0; n += 1) {
      this.duplicates -= 1;
      this.#send(type, payload, n);
    }
    return first;
  }

  /** Tells every connection to go, as Slack does now and then, and closes it after `graceMs`. */
  refresh(graceMs: number): void {
    for (const socket of this.#open) {
      this.#leaving.add(socket);
      socket.send(JSON.stringify({ type: 'disconnect', reason: 'refresh_requested', debug_info: { host: 'double' } }));
      setTimeout(() => socket.close(), graceMs).unref();
    }
  }

  /** Cuts every connection without a word. */
  cut(): void {
    for (const socket of this.#open) socket.terminate();
    this.#open.clear();
  }

  #send(type: EnvelopeType, payload: object, nth: number): Delivery {
    const staying = [...this.#open].filter((s) => !this.#leaving.has(s));
    const ready = staying.length > 0 ? staying : [...this.#open].filter((s) => s.readyState === s.OPEN);
    const socket = ready[nth % Math.max(1, ready.length)];
    const sentAt = performance.now();
    let took: number | undefined;
    if (!socket || this.muted) {
      this.undelivered.push(type);
      return { acked: Promise.resolve(undefined), ackedInMs: () => undefined };
    }
    const id = randomUUID();
    const acked = new Promise<unknown>((resolve) => {
      const timer = setTimeout(() => {
        this.late.push(type);
        this.#waiting.delete(id);
        resolve(undefined);
      }, ACK_MS);
      timer.unref();
      this.#waiting.set(id, (answer) => {
        clearTimeout(timer);
        took = performance.now() - sentAt;
        resolve(answer);
      });
    });
    socket.send(JSON.stringify({ envelope_id: id, type, payload, accepts_response_payload: type !== 'events_api' }));
    return { acked, ackedInMs: () => took };
  }

  #receive(text: string): void {
    const parsed = frame.safeParse(JSON.parse(text));
    if (!parsed.success) return;
    const waiting = this.#waiting.get(parsed.data.envelope_id);
    this.#waiting.delete(parsed.data.envelope_id);
    waiting?.(parsed.data.payload);
  }
}
