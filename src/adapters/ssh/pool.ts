import type { Client } from 'ssh2';
import type { Fault, Result } from '../../core/fault.js';
import type { Clock } from '../../engine/ports.js';

/** Time without use after which a connection is closed, in ms. */
const IDLE_MS = 5 * 60_000;

interface Connection {
  readonly client: Client;
  /** Leases on it now. */
  open: number;
  /** Leases whose channel the host has opened. */
  channels: number;
  capacity: number;
  alive: boolean;
  uses: number;
  idle?: AbortController;
}

/** A share of a connection. */
export interface Lease {
  readonly client: Client;
  /** It served others before, so it may have died unseen. */
  readonly reused: boolean;
  release(): void;
  /** No further leases on it; it is closed when the last one is given back. */
  retire(): void;
  /** The host has opened a channel for this lease. */
  opened(): void;
  /** The host opened none: from now on it gets no more than the others have. */
  full(): void;
}

interface Waiter {
  give(result: Result<Lease>): void;
}

/** Connections to one endpoint. */
export class Pool {
  private readonly connections = new Set<Connection>();
  private readonly waiters: Waiter[] = [];
  private dialling = 0;
  private closed = false;

  constructor(
    private readonly connect: () => Promise<Result<Client>>,
    private readonly clock: Clock,
    /** Leases a connection: sshd's MaxSessions is 10 by default. */
    private readonly capacity: number,
    private readonly most: number,
  ) {}

  /** A share of a live connection, dialled if need be; nothing when the signal ends the wait. */
  lease(signal: AbortSignal): Promise<Result<Lease> | undefined> {
    return new Promise((resolve) => {
      const stop = () => {
        const at = this.waiters.indexOf(waiter);
        if (at >= 0) this.waiters.splice(at, 1);
        resolve(undefined);
      };
      const waiter: Waiter = {
        give: (result) => {
          signal.removeEventListener('abort', stop);
          resolve(result);
        },
      };
      if (signal.aborted || this.closed) return resolve(undefined);
      signal.addEventListener('abort', stop, { once: true });
      this.waiters.push(waiter);
      this.serve();
    });
  }

  close(): void {
    this.closed = true;
    for (const connection of [...this.connections]) this.drop(connection);
  }

  private serve(): void {
    for (const connection of this.connections) {
      while (connection.alive && connection.open < connection.capacity && this.waiters.length > 0) {
        this.waiters.shift()?.give({ ok: true, value: this.share(connection) });
      }
    }
    const wanted = Math.ceil(this.waiters.length / this.capacity);
    while (!this.closed && this.dialling < wanted && this.connections.size + this.dialling < this.most) {
      this.dialling += 1;
      void this.dial();
    }
  }

  private async dial(): Promise<void> {
    const result = await this.connect();
    this.dialling -= 1;
    if (result.ok) this.adopt(result.value);
    else if (this.connections.size === 0) this.refuse(result.fault);
    if (result.ok) this.serve();
  }

  private refuse(reason: Fault): void {
    const left = this.dialling * this.capacity;
    for (const waiter of this.waiters.splice(left)) waiter.give({ ok: false, fault: reason });
  }

  private adopt(client: Client): void {
    const connection: Connection = { client, open: 0, channels: 0, capacity: this.capacity, alive: true, uses: 0 };
    const gone = () => this.forget(connection);
    client.on('close', gone).on('end', gone).on('error', gone);
    this.connections.add(connection);
    if (this.closed) this.drop(connection);
  }

  private share(connection: Connection): Lease {
    connection.idle?.abort();
    connection.open += 1;
    const reused = connection.uses > 0;
    connection.uses += 1;
    let held = true;
    let opened = false;
    return {
      client: connection.client,
      reused,
      release: () => {
        if (!held) return;
        held = false;
        connection.open -= 1;
        if (opened) connection.channels -= 1;
        if (!connection.alive) this.forget(connection);
        else if (connection.open === 0) void this.rest(connection);
        this.serve();
      },
      retire: () => {
        connection.alive = false;
        this.forget(connection);
        this.serve();
      },
      opened: () => {
        opened = true;
        connection.channels += 1;
      },
      full: () => {
        connection.capacity = Math.max(1, connection.channels);
      },
    };
  }

  private async rest(connection: Connection): Promise<void> {
    const idle = new AbortController();
    connection.idle = idle;
    await this.clock.sleep(IDLE_MS, idle.signal).catch(() => {});
    if (!idle.signal.aborted) this.drop(connection);
  }

  private drop(connection: Connection): void {
    this.forget(connection);
    connection.client.end();
    connection.client.destroy();
  }

  private forget(connection: Connection): void {
    connection.alive = false;
    connection.idle?.abort();
    this.connections.delete(connection);
    if (connection.open === 0) connection.client.end();
    this.serve();
  }
}
