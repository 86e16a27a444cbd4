import { faultIn } from '../core/fault.js';
import type { Readiness } from '../doors/web/index.js';
import type { Clock } from '../engine/ports.js';

/** Rejects when the part cannot do its work; a `FaultError` says why in the user's words. */
export type Probe = () => Promise<unknown>;

/** A part that has not answered within this is not ready, ms. */
const ANSWER_MS = 3_000;
/** An answer holds so long, so that many who ask cost no more than one, ms. */
const HOLDS_MS = 500;

/** The parts that this process needs, which come to be known while it starts. */
export interface ReadinessBoard {
  /** Why the process is not ready before its parts are known, or while it waits for one of them. */
  waitFor(part: string, reason: string): void;
  /** The process never comes to its work, for this reason: no part is asked any more. */
  refuse(reason: string): void;
  /** From now on the part is asked. */
  watch(part: string, probe: Probe): void;
  /** The part is no longer needed. */
  forget(part: string): void;
  read(): Promise<Readiness>;
}

export const readinessBoard = (clock: Clock): ReadinessBoard => {
  const parts = new Map<string, Probe>();
  let last: { readonly at: number; readonly answer: Promise<Readiness> } | undefined;
  const readAll = async (): Promise<Readiness> => {
    const found = await Promise.all(
      [...parts].map(async ([name, probe]) => [name, await stateOf(probe, clock)] as const),
    );
    return { ready: found.length > 0 && found.every(([, { ready }]) => ready), parts: Object.fromEntries(found) };
  };
  const waitFor: ReadinessBoard['waitFor'] = (part, reason) => {
    parts.set(part, () => Promise.reject(new Unready(reason)));
    last = undefined;
  };
  return {
    waitFor,
    refuse: (reason) => {
      parts.clear();
      waitFor('start', reason);
    },
    watch: (part, probe) => {
      parts.set(part, probe);
      last = undefined;
    },
    forget: (part) => {
      parts.delete(part);
      last = undefined;
    },
    read: () => {
      if (!last || clock.now() - last.at > HOLDS_MS) last = { at: clock.now(), answer: readAll() };
      return last.answer;
    },
  };
};

/** Says for people why a part is not ready. */
class Unready extends Error {}

const stateOf = async (probe: Probe, clock: Clock): Promise<Readiness['parts'][string]> => {
  const timer = new AbortController();
  const late = clock.sleep(ANSWER_MS, timer.signal).then(() => {
    throw new Unready(`It does not answer within ${ANSWER_MS / 1000} s.`);
  });
  try {
    await Promise.race([probe(), late]);
    return { ready: true };
  } catch (error) {
    return { ready: false, reason: reasonOf(error) };
  } finally {
    late.catch(() => undefined);
    timer.abort();
  }
};

/** What an error says that was not written for people may name what is secret: it stays in the log. */
const reasonOf = (error: unknown): string => {
  const fault = faultIn(error);
  if (fault) return `${fault.message} ${fault.next}`;
  return error instanceof Unready ? error.message : 'It failed; see the log.';
};
