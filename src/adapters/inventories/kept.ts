import { type Fault, ok, type Result } from '../../core/fault.js';
import type { Listing } from '../../core/inventory.js';
import type { Clock } from '../../engine/ports.js';
import { type Absence, type Source, unread } from './source.js';

/** For so long an answer is used without asking again, ms. */
const FRESH_MS = 60_000;
/** So long before it grows old it is asked for anew in the background, ms. */
const AHEAD_MS = 20_000;
/** For so long a failure is the answer before it is tried again, ms. */
const PAUSE_MS = 5_000;
/** An attempt ends after so long, ms. */
const LIMIT_MS = 60_000;

/** What a source answered last. */
export interface Kept {
  /** The newest whole answer, also where later attempts have failed. */
  readonly answer?: { readonly listing: Listing; readonly at: number };
  /** Why the newest attempt failed, if it did. */
  readonly failure?: { readonly fault: Fault; readonly at: number };
}

export interface KeptSource {
  readonly source: Source;
  /**
   * A whole answer of at most 60 s ago, after which no attempt has failed; else it asks. A failed attempt is a fault: an
   * older answer never stands in for it.
   */
  current(): Promise<Result<Listing>>;
  kept(): Kept;
  /** What the source says to it (`Source`), bounded as a reading is; nothing to say is a yes. */
  confirmGone(absence: Absence, signal: AbortSignal): Promise<Result<void>>;
  /** Asks anew before the answer grows old, until the signal ends. */
  refresh(signal: AbortSignal, onFailure: (name: string, fault: Fault) => void): Promise<void>;
  close(): void;
}

/** Keeps the answers of a source that is slow to ask. Callers at the same time share one attempt. */
export const keep = (source: Source, clock: Clock): KeptSource => {
  const closing = new AbortController();
  let kept: Kept = {};
  let going: Promise<Result<Listing>> | undefined;
  const bounded = async <T>(deed: (signal: AbortSignal) => Promise<Result<T>>, outer?: AbortSignal) => {
    const done = new AbortController();
    const late = new AbortController();
    // What a source waits for may never come, whatever it is told.
    const given = clock.sleep(LIMIT_MS, AbortSignal.any([done.signal, closing.signal, ...(outer ? [outer] : [])])).then(
      () =>
        unread(source.name, `it did not answer within ${LIMIT_MS / 1_000} s`, 'Look at what it asks, then ask again.'),
      () => unread(source.name, outer?.aborted ? 'the run was cancelled' : 'Runbolt stops', 'Ask again.'),
    );
    try {
      return await Promise.race([deed(late.signal), given]);
    } finally {
      late.abort();
      done.abort();
    }
  };
  const attempt = async (): Promise<Result<Listing>> => {
    const begun = clock.now();
    try {
      const result = await bounded((signal) => source.read(signal));
      kept = result.ok
        ? { answer: { listing: result.value, at: begun } }
        : { ...kept, failure: { fault: result.fault, at: clock.now() } };
      return result;
    } finally {
      going = undefined;
    }
  };
  const ask = () => {
    going ??= attempt();
    return going;
  };
  return {
    source,
    current: async () => {
      const { answer, failure } = kept;
      if (failure && clock.now() - failure.at < PAUSE_MS) return { ok: false, fault: failure.fault };
      if (answer && !failure && clock.now() - answer.at <= FRESH_MS) return { ok: true, value: answer.listing };
      return ask();
    },
    kept: () => kept,
    confirmGone: async (absence, outer) =>
      bounded(async (signal) => (await source.confirmGone?.(absence, signal)) ?? ok(undefined), outer),
    refresh: async (signal, onFailure) => {
      const until = AbortSignal.any([signal, closing.signal]);
      while (!until.aborted) {
        const result = await ask();
        if (!result.ok && !until.aborted) onFailure(source.name, result.fault);
        await clock.sleep(FRESH_MS - AHEAD_MS, until).catch(() => undefined);
      }
    },
    close: () => closing.abort(),
  };
};
