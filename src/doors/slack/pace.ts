/** A bucket of tokens: `burst` at once, then one every `everyMs`. Times are milliseconds since the epoch. */
export class Bucket {
  #tokens: number;
  #at = 0;

  constructor(
    readonly burst: number,
    readonly everyMs: number,
  ) {
    this.#tokens = burst;
  }

  /** Milliseconds until a token is there; 0 now. */
  waitMs(now: number): number {
    this.#fill(now);
    return this.#tokens >= 1 ? 0 : Math.ceil((1 - this.#tokens) * this.everyMs);
  }

  take(now: number): void {
    this.#fill(now);
    this.#tokens -= 1;
  }

  #fill(now: number): void {
    if (this.#at > 0) {
      this.#tokens = Math.min(this.burst, this.#tokens + Math.max(0, now - this.#at) / this.everyMs);
    }
    this.#at = now;
  }
}

/** Between two updates of one message, so that a burst is not spent on progress nobody can read. */
const UPDATE_GAP_MS = 300;
const REMEMBERED = 500;

/** The pace of one channel: posts about one a second after a small burst, and a pause when Slack asks for one. */
export class Lane {
  readonly #posts = new Bucket(3, 1100);
  readonly #updated = new Map<string, number>();
  #pausedUntil = 0;

  constructor(readonly updates: Bucket) {}

  waitMs(message: { readonly id: string; readonly ts?: string }, now: number): number {
    const paused = Math.max(0, this.#pausedUntil - now);
    if (message.ts === undefined) return Math.max(paused, this.#posts.waitMs(now));
    const gap = Math.max(0, (this.#updated.get(message.id) ?? 0) + UPDATE_GAP_MS - now);
    return Math.max(paused, gap, this.updates.waitMs(now));
  }

  take(message: { readonly id: string; readonly ts?: string }, now: number): void {
    if (message.ts === undefined) this.#posts.take(now);
    else this.updates.take(now);
    this.#updated.delete(message.id);
    this.#updated.set(message.id, now);
    const oldest = this.#updated.keys().next();
    if (this.#updated.size > REMEMBERED && !oldest.done) this.#updated.delete(oldest.value);
  }

  pause(until: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, until);
  }
}

/**
 * The lanes of all channels. chat.update is limited for the whole workspace (tier 3, 50 a minute): 14 at once and 36 a
 * minute stay below that in any minute.
 */
export class Lanes {
  readonly #updates = new Bucket(14, 1670);
  readonly #lanes = new Map<string, Lane>();

  of(channel: string): Lane {
    const lane = this.#lanes.get(channel) ?? new Lane(this.#updates);
    this.#lanes.set(channel, lane);
    return lane;
  }
}
