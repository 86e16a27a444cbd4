const KEPT = 2000;

/**
 * Deliveries of Slack by their key. The engine carries a request out once for each key; this only tells which of several
 * deliveries in one process answers the person.
 */
export class Deliveries {
  readonly #seen = new Set<string>();

  /** True for the first delivery with this key. */
  first(key: string): boolean {
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    const oldest = this.#seen.values().next();
    if (this.#seen.size > KEPT && !oldest.done) this.#seen.delete(oldest.value);
    return true;
  }

  /** The request could not be accepted: its next delivery answers. */
  forget(key: string): void {
    this.#seen.delete(key);
  }
}
