/** Since when Slack does not show a message as the ledger has it: how far the threads are behind. */
export class Lag {
  /** By run, then by the message's key: since when, ms since the epoch. */
  readonly #since = new Map<string, Map<string, number>>();

  /** A message that is to be brought to Slack was seen. */
  waits(runId: string, key: string, now: number): void {
    const messages = this.#since.get(runId) ?? new Map<string, number>();
    this.#since.set(runId, messages);
    if (!messages.has(key)) messages.set(key, now);
  }

  delivered(runId: string, key: string): void {
    const messages = this.#since.get(runId);
    messages?.delete(key);
    if (messages?.size === 0) this.#since.delete(runId);
  }

  /** The run's thread was given up: nothing of it waits any more. */
  abandoned(runId: string): void {
    this.#since.delete(runId);
  }

  /** Another process brings the messages from here on. */
  clear(): void {
    this.#since.clear();
  }

  /** How long the oldest has waited; 0 when none waits. */
  ms(now: number): number {
    let oldest = now;
    for (const messages of this.#since.values()) for (const at of messages.values()) oldest = Math.min(oldest, at);
    return now - oldest;
  }
}
