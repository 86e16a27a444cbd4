import type { Clock } from '../../engine/ports.js';

/** Lets one loop sleep until something happened: a ring while nobody waits is kept for the next wait. */
export class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  constructor(readonly clock: Clock) {}

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Resolves at the next ring, or after `ms`. */
  async wait(ms: number): Promise<void> {
    if (!this.#rung) {
      const timer = new AbortController();
      const rung = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await Promise.race([rung, this.clock.sleep(ms, timer.signal).catch(() => undefined)]);
      timer.abort();
      this.#wake = undefined;
    }
    this.#rung = false;
  }
}
