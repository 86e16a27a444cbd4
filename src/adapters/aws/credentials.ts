import type { AwsConnection } from '../../core/aws.js';
import type { Clock } from '../../engine/ports.js';
import { Programs } from './programs.js';

/** Credentials as the SDK's chain gives them. */
export interface Identity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
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

/**
 * The credentials of one profile: those of `connection` where it is given, else the SDK's own chain, from the environment
 * and `~/.aws`. The SDK (38 MB) is loaded when they are first asked for.
 */
export const credentialsOf = (
  where: { readonly region: string; readonly profile?: string },
  clock: Clock,
  connection?: () => Promise<AwsConnection>,
): Credentials =>
  new Credentials(() => {
    if (connection) return async () => (await connection()).credentials;
    let chain: Promise<() => Promise<Identity>> | undefined;
    return async () => {
      chain ??= import('@aws-sdk/client-ssm').then(({ SSMClient }) => new SSMClient(where).config.credentials);
      return (await chain)();
    };
  }, clock);

interface Asked {
  readonly begun: number;
  readonly identity: Promise<Identity>;
  readonly give: (error: Error) => void;
  waiting: number;
}

/** The SDK's own chain for one profile, which may run a program or ask a server: bounded, and one attempt for all callers. */
export class Credentials {
  private asked: Asked | undefined;
  private known: Identity | undefined;

  /** `chain` makes the SDK's provider; it is made anew after one that did not answer. */
  constructor(
    private readonly chain: () => () => Promise<Identity>,
    private readonly clock: Clock,
    private readonly limitMs = CREDENTIALS_MS,
  ) {}

  private provider: (() => Promise<Identity>) | undefined;

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
      this.known = await withSignal(
        asked.identity,
        signal,
        () => new CredentialsTimeout(this.clock.now() - asked.begun),
      );
      return this.known;
    } finally {
      asked.waiting -= 1;
      if (asked.waiting === 0) asked.give(new CredentialsTimeout(this.clock.now() - asked.begun));
    }
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
        // What hangs may hang for ever, and would be waited for by the next who ask.
        this.provider = undefined;
        reject(error);
        programs.end();
      };
    });
    clock.sleep(limitMs, done.signal).then(
      () => give(new CredentialsTimeout(limitMs)),
      () => {},
    );
    const identity = Promise.race([programs.within(provider), late]).finally(() => {
      done.abort();
      this.asked = undefined;
    });
    // Whoever waits is told; nobody may be waiting any more.
    identity.catch(() => {});
    return { begun: clock.now(), identity, give, waiting: 0 };
  }
}

const withSignal = <T>(promise: Promise<T>, signal: AbortSignal | undefined, error: () => Error): Promise<T> => {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const stop = () => reject(error());
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
};
