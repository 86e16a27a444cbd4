import { z } from 'zod';
import type { Clock } from '../../engine/ports.js';
import type { SlackClient } from './client.js';

const KEPT_MS = 10 * 60_000;
const KEPT = 1000;
/** A name is for showing only, so nobody waits long for it. */
const PATIENCE_MS = 250;

const answer = z.object({
  user: z.object({
    name: z.string().optional(),
    real_name: z.string().optional(),
    profile: z.object({ display_name: z.string().optional() }).optional(),
  }),
});

/** Display names of people by their ID, from users.info, kept for ten minutes. */
export class Names {
  readonly #known = new Map<string, { readonly name: string; readonly until: number }>();

  constructor(
    readonly client: SlackClient,
    readonly clock: Clock,
  ) {}

  /** The display name; `fallback` when Slack does not tell in time. */
  async of(userId: string, fallback: string): Promise<string> {
    const known = this.#known.get(userId);
    if (known && known.until > this.clock.now()) return known.name;
    const timer = new AbortController();
    const late = this.clock.sleep(PATIENCE_MS, timer.signal).catch(() => undefined);
    const name = await Promise.race([this.#ask(userId).catch(() => undefined), late]);
    timer.abort();
    return name ?? fallback;
  }

  async #ask(userId: string): Promise<string | undefined> {
    const { user } = answer.parse(await this.client.users.info({ user: userId }));
    const name = user.profile?.display_name || user.real_name || user.name;
    if (!name) return undefined;
    this.#known.delete(userId);
    this.#known.set(userId, { name, until: this.clock.now() + KEPT_MS });
    const oldest = this.#known.keys().next();
    if (this.#known.size > KEPT && !oldest.done) this.#known.delete(oldest.value);
    return name;
  }
}
