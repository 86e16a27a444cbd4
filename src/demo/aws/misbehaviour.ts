/** How the local AWS fails, until told otherwise. Probabilities are 0 to 1 for each call. */
export interface Misbehaviour {
  /** Calls refused for their rate, before anything is done. */
  readonly throttle?: number;
  /** Connections reset after the call was carried out. */
  readonly resetAfterAccepting?: number;
  /** Answers 500: half of them before anything is done, half after. */
  readonly errors500?: number;
  /** A command and its invocations are told of only so many ms after they were accepted. */
  readonly lateInvocations?: number;
  /** Only so many characters of any output are told of. */
  readonly cutOutput?: number;
  /** Every page of this operation but the first is refused, by name as in the API. */
  readonly missingPage?: string;
  /** Pages are no larger than this, whatever was asked for. */
  readonly pageSize?: number;
  /** StatusDetails with spaces in them (`Delivery Timed Out`), as the documentation spells them. */
  readonly spacedDetails?: boolean;
  /** Of the randomness. */
  readonly seed?: number;
}

export type Mischief = 'none' | 'throttle' | 'fail-before' | 'fail-after' | 'reset-after';

/** Decides on call after call, the same way for the same seed. */
export const mischief = (how: Misbehaviour): (() => Mischief) => {
  const random = randomOf(how.seed ?? 1);
  return () => {
    const [throttle, fail, reset] = [random(), random(), random()];
    if (throttle < (how.throttle ?? 0)) return 'throttle';
    const errors = how.errors500 ?? 0;
    if (fail < errors) return fail < errors / 2 ? 'fail-before' : 'fail-after';
    return reset < (how.resetAfterAccepting ?? 0) ? 'reset-after' : 'none';
  };
};

/** mulberry32: numbers from 0 up to 1, by a 32-bit seed. */
const randomOf = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};
