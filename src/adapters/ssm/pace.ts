import type { Clock, RandomHex } from '../../engine/ports.js';

const FIRST_MS = 50;
const LONGEST_MS = 3_200;

/** A part of 1, from 0 up. */
export const fraction = (random: RandomHex): number => Number.parseInt(random(4), 16) / 2 ** 32;

/** Waits, or less when the signal ends it. */
export const pause = (clock: Clock, ms: number, signal: AbortSignal): Promise<void> =>
  clock.sleep(Math.max(0, ms), signal).catch(() => {});

/** Makes a call that ends by itself once its signal fires: after `ms`, or with `outer`. */
export const within = async <T>(
  clock: Clock,
  ms: number,
  call: (signal: AbortSignal) => Promise<T>,
  outer?: AbortSignal,
): Promise<T> => {
  const done = new AbortController();
  const limit = new AbortController();
  void pause(clock, ms, done.signal).then(() => limit.abort());
  try {
    return await call(outer ? AbortSignal.any([outer, limit.signal]) : limit.signal);
  } finally {
    done.abort();
  }
};

/** How fast one client may call: all its calls wait together, twice as long for each refusal for their rate. */
export class Pace {
  private refusals = 0;
  private resumeAt = 0;

  constructor(
    private readonly clock: Clock,
    private readonly random: RandomHex,
  ) {}

  /** Resolves when a call may be made, or the signal fires. */
  async turn(signal: AbortSignal): Promise<void> {
    for (let wait = this.wait(); wait > 0 && !signal.aborted; wait = this.wait()) {
      await pause(this.clock, wait * (1 + fraction(this.random) / 4), signal);
    }
  }

  refused(): void {
    const ms = Math.min(LONGEST_MS, FIRST_MS * 2 ** this.refusals);
    this.refusals = Math.min(this.refusals + 1, 8);
    this.resumeAt = Math.max(this.resumeAt, this.clock.now() + ms * (0.5 + fraction(this.random) / 2));
  }

  answered(): void {
    this.refusals = Math.max(0, this.refusals - 1);
  }

  private wait(): number {
    return this.resumeAt - this.clock.now();
  }
}
