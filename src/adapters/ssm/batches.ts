import type { Clock } from '../../engine/ports.js';
import type { Order } from './order.js';
import { pause } from './pace.js';

/** SendCommand takes so many instance IDs. */
const BATCH = 50;
/** Orders that come within so many ms go out together, if they are the same. */
const WINDOW_MS = 15;

/** Joins orders for the same script with the same bounds into commands of up to 50 hosts, each host once. */
export class Batches {
  private readonly open = new Map<string, Order[]>();

  constructor(
    private readonly clock: Clock,
    private readonly send: (orders: readonly Order[]) => void,
  ) {}

  add(key: string, order: Order): void {
    const waiting = this.open.get(key);
    if (waiting && waiting.length < BATCH && !waiting.some((o) => o.aws.instance === order.aws.instance)) {
      waiting.push(order);
      return;
    }
    const batch = [order];
    this.open.set(key, batch);
    void pause(this.clock, WINDOW_MS, new AbortController().signal).then(() => {
      if (this.open.get(key) === batch) this.open.delete(key);
      this.send(batch);
    });
  }
}
