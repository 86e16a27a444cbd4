import type { Runbooks } from '../core/request.js';
import type { Runbook } from '../core/runbook.js';

/**
 * Runbooks by their commands, each read when it is first asked for: reading one takes about 0.1 s, and a command needs one
 * of them. `read` throws a `FaultError` where the runbook has a mistake.
 */
export class RunbookShelf implements Runbooks {
  readonly #entries = new Map<string, Runbook | (() => Runbook)>();

  add(command: string, runbook: Runbook | (() => Runbook)): void {
    this.#entries.set(command, runbook);
  }

  get size(): number {
    return this.#entries.size;
  }

  keys(): MapIterator<string> {
    return this.#entries.keys();
  }

  get(command: string): Runbook | undefined {
    const entry = this.#entries.get(command);
    if (typeof entry !== 'function') return entry;
    const runbook = entry();
    this.#entries.set(command, runbook);
    return runbook;
  }

  *values(): MapIterator<Runbook> {
    for (const command of [...this.keys()]) {
      const runbook = this.get(command);
      if (runbook) yield runbook;
    }
  }
}
