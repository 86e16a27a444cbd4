/** A rate of Slack's: `count` calls in any window of `windowMs`. */
interface Rate {
  readonly count: number;
  readonly windowMs: number;
}

/** Slack allows short bursts on chat.postMessage; the others are tiers a minute for each method and workspace. */
const RATES: Readonly<Record<string, Rate>> = {
  'chat.postMessage': { count: 4, windowMs: 4000 },
  'chat.update': { count: 50, windowMs: 60_000 },
  'usergroups.list': { count: 20, windowMs: 60_000 },
  'usergroups.users.list': { count: 20, windowMs: 60_000 },
  'conversations.history': { count: 50, windowMs: 60_000 },
  'conversations.replies': { count: 50, windowMs: 60_000 },
  'users.info': { count: 100, windowMs: 60_000 },
  'chat.postEphemeral': { count: 100, windowMs: 60_000 },
};

/** Counts calls in sliding windows. */
export class Rates {
  readonly #calls = new Map<string, number[]>();

  /** Seconds to wait, when this call is one too many; undefined when it is within the rate. */
  exceeded(method: string, channel: string): number | undefined {
    const rate = RATES[method];
    if (!rate) return undefined;
    const key = method === 'chat.postMessage' ? `${method} ${channel}` : method;
    const now = performance.now();
    const recent = (this.#calls.get(key) ?? []).filter((at) => at > now - rate.windowMs);
    this.#calls.set(key, recent);
    const oldest = recent[0];
    if (oldest !== undefined && recent.length >= rate.count)
      return Math.max(1, Math.ceil((oldest + rate.windowMs - now) / 1000));
    recent.push(now);
    return undefined;
  }
}
