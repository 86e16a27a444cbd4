import type { Clock } from '../../engine/ports.js';
import { Programs } from './programs.js';
import { type CredentialsRefused, refusalIn } from './refusal.js';

/** Credentials as the SDK's chain gives them. */
export interface Identity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
  /** What the SDK notes of where they are from. */
  readonly $source?: { readonly CREDENTIALS_ENV_VARS?: string };
}

/** Credentials come within this time or not at all, ms. The SDK itself waits for a `credential_process` without limit. */
const CREDENTIALS_MS = 20_000;

/** Credentials did not come within the bound, or before the one who asked for them was stopped. */
export class CredentialsTimeout extends Error {
  override readonly name = 'CredentialsTimeout';

  constructor(ms: number) {
    super(`they did not come within ${Math.max(0.1, Math.round(ms / 100) / 10)} s`);
  }
}

interface Asked {
  readonly begun: number;
  readonly identity: Promise<Identity>;
  readonly give: (error: Error) => void;
  waiting: number;
}

/**
 * The SDK's own chain for one profile, which may run a program or ask a server: bounded, and one attempt for all callers.
 * What it gave is kept until it expires, or until AWS does not take it.
 */
export class Credentials {
  private asked: Asked | undefined;
  private known: Identity | undefined;
  private provider: (() => Promise<Identity>) | undefined;

  /** `chain` makes the SDK's provider; it is made anew after one that failed, and after credentials that were refused. */
  constructor(
    private readonly chain: () => () => Promise<Identity>,
    private readonly clock: Clock,
    private readonly limitMs = CREDENTIALS_MS,
  ) {}

  /**
   * Rejects with `CredentialsTimeout` after the limit or when the signal fires, else as the chain does. Once nobody waits
   * any more, a program that it runs is ended.
   */
  async get(signal?: AbortSignal): Promise<Identity> {
    if (this.known && this.isFresh(this.known)) return this.known;
    this.asked ??= this.ask();
    const asked = this.asked;
    asked.waiting += 1;
    try {
      return await withSignal(asked.identity, signal, () => new CredentialsTimeout(this.clock.now() - asked.begun));
    } finally {
      asked.waiting -= 1;
      if (asked.waiting === 0) asked.give(new CredentialsTimeout(this.clock.now() - asked.begun));
    }
  }

  /**
   * Makes a call that is signed with them. Where AWS does not take them, which does nothing, they are asked for anew, and
   * the call is made once more if others have come; else it rejects with `CredentialsRefused`. Other errors are the call's.
   */
  async use<T>(call: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const first = await this.get(signal);
    try {
      return await call();
    } catch (error) {
      const refusal = this.refused(error, first);
      const second = await this.get(signal);
      if (isSame(first, second)) throw refusal;
      return await call().catch((again: unknown) => {
        throw this.refused(again, second);
      });
    }
  }

  /** For a client of the SDK, which would else keep what it was given first for as long as it lives (`memoized`). */
  forClient(signal?: AbortSignal): (() => Promise<Identity>) & { readonly memoized: true } {
    return Object.assign(() => this.get(signal), { memoized: true } as const);
  }

  /** Lets go of what AWS refused, unless others have come since. Throws what is no refusal. */
  private refused(error: unknown, identity: Identity): CredentialsRefused {
    const refusal = refusalIn(error, identity.$source?.CREDENTIALS_ENV_VARS !== undefined);
    if (!refusal) throw error;
    if (this.known === identity) {
      this.known = undefined;
      this.provider = undefined;
    }
    return refusal;
  }

  /** As the SDK has it: for ever, or until five minutes before they expire. */
  private isFresh({ expiration }: Identity): boolean {
    return expiration === undefined || expiration.getTime() - this.clock.now() > 300_000;
  }

  private ask(): Asked {
    this.provider ??= this.chain();
    const { provider, clock, limitMs } = this;
    const done = new AbortController();
    const programs = new Programs();
    let give: (error: Error) => void = () => {};
    const late = new Promise<never>((_, reject) => {
      give = (error) => {
        if (done.signal.aborted) return;
        reject(error);
        programs.end();
      };
    });
    clock.sleep(limitMs, done.signal).then(
      () => give(new CredentialsTimeout(limitMs)),
      () => {},
    );
    const over = () => {
      done.abort();
      this.asked = undefined;
    };
    const identity = Promise.race([programs.within(provider), late]).then(
      (given) => {
        over();
        this.known = given;
        return given;
      },
      (error: unknown) => {
        over();
        // What hangs may hang for ever, and would be waited for by the next who ask.
        this.provider = undefined;
        throw error;
      },
    );
    // Whoever waits is told; nobody may be waiting any more.
    identity.catch(() => {});
    return { begun: clock.now(), identity, give, waiting: 0 };
  }
}

const isSame = (one: Identity, other: Identity): boolean =>
  one.accessKeyId === other.accessKeyId &&
  one.secretAccessKey === other.secretAccessKey &&
  one.sessionToken === other.sessionToken;

const withSignal = <T>(promise: Promise<T>, signal: AbortSignal | undefined, error: () => Error): Promise<T> => {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const stop = () => reject(error());
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
};
