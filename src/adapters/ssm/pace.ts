import type { Clock, RandomHex } from '../../engine/ports.js';

const FIRST_MS = 50;
const LONGEST_MS = 1_600;
/**
 * A refusal lengthens the wait by less than an answer shortens it: with half of all calls refused whatever their rate, a
 * call waits 0.13 s on the mean and one of a hundred 1.6 s; by 2 both ways they were 1.5 s and 19 s (simulated).
 */
const LENGTHENS = 1.5;
const SHORTENS = 4;

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

/**
 * How fast one client may call. A refusal for the rate makes all of its calls wait, longer each time, and spread over as
 * long again; calls that were on their way together count as one refusal. An answer shortens the next wait.
 */
export class Pace {
  private waitMs = 0;
  private resumeAt = 0;
  private round = 0;

  constructor(
    private readonly clock: Clock,
    private readonly random: RandomHex,
  ) {}

  /** Resolves when a call may be made, or the signal fires; with what `refused` wants to know of the call. */
  async turn(signal: AbortSignal): Promise<number> {
    for (let left = this.left(); left > 0 && !signal.aborted; left = this.left()) {
      await pause(this.clock, left + this.waitMs * fraction(this.random), signal);
    }
    return this.round;
  }

  refused(turn: number): void {
    if (turn !== this.round) return;
    this.round += 1;
    this.waitMs = Math.min(LONGEST_MS, Math.max(FIRST_MS, LENGTHENS * this.waitMs));
    this.resumeAt = this.clock.now() + this.waitMs * (0.5 + fraction(this.random) / 2);
  }

  answered(): void {
    this.waitMs = this.waitMs < FIRST_MS ? 0 : this.waitMs / SHORTENS;
  }

  private left(): number {
    return this.resumeAt - this.clock.now();
  }
}
