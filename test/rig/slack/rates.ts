/** A rate of Slack's as a bucket: `burst` calls at once, then `aMinute`. */
interface Rate {
  readonly burst: number;
  readonly aMinute: number;
}

/** chat.postMessage is limited for each channel, with short bursts; the others are tiers for the whole workspace. */
const RATES: Readonly<Record<string, Rate>> = {
  'chat.postMessage': { burst: 5, aMinute: 60 },
  'chat.update': { burst: 50, aMinute: 50 },
  'usergroups.list': { burst: 20, aMinute: 20 },
  'usergroups.users.list': { burst: 20, aMinute: 20 },
  'conversations.history': { burst: 50, aMinute: 50 },
  'conversations.replies': { burst: 50, aMinute: 50 },
  'users.info': { burst: 100, aMinute: 100 },
  'chat.postEphemeral': { burst: 100, aMinute: 100 },
};

/** Counts calls: those of a channel for chat.postMessage; for the other methods in any minute. */
export class Rates {
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  /** Seconds to wait, when this call is one too many; undefined when it is within the rate. */
  exceeded(method: string, channel: string): number | undefined {
    const rate = RATES[method];
    if (!rate) return undefined;
    const key = method === 'chat.postMessage' ? `${method} ${channel}` : method;
    const now = performance.now();
    const bucket = this.#buckets.get(key) ?? { tokens: rate.burst, at: now };
    const tokens = Math.min(rate.burst, bucket.tokens + ((now - bucket.at) * rate.aMinute) / 60_000);
    const allowed = tokens >= 1;
    this.#buckets.set(key, { tokens: allowed ? tokens - 1 : tokens, at: now });
    return allowed ? undefined : Math.max(1, Math.ceil(((1 - tokens) * 60) / rate.aMinute));
  }
}
