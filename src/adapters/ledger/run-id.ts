import type { Clock, RandomHex } from '../../engine/ports.js';

/** Crockford's base 32, lower case: no i, l, o, u, so that an ID can be read aloud and typed. */
const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';
const EPOCH = Date.UTC(2020, 0, 1);

const base32 = (value: bigint, length: number): string => {
  let rest = value;
  let text = '';
  for (let i = 0; i < length; i += 1) {
    text = DIGITS.charAt(Number(rest & 31n)) + text;
    rest >>= 5n;
  }
  return text;
};

/** A run's ID: `r`, 8 digits of time in ms (sorts by age until 2054) and 8 random ones (40 bits). */
export const newRunId = (clock: Clock, random: RandomHex): string =>
  `r${base32(BigInt(clock.now() - EPOCH), 8)}${base32(BigInt(`0x${random(5)}`), 8)}`;
