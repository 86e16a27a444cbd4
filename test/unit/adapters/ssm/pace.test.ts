import { describe, expect, it } from 'vitest';
import { Pace } from '../../../../src/adapters/ssm/pace.js';

/** A clock that a sleep moves, and numbers that are the same in every run. */
const world = () => {
  let now = 0;
  let state = 1;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state;
  };
  return {
    clock: {
      now: () => now,
      sleep: async (ms: number) => {
        now += ms;
      },
    },
    random: () => next().toString(16).padStart(8, '0'),
    chance: () => next() / 2 ** 32,
  };
};

const never = new AbortController().signal;

describe('the pace of calls', () => {
  it('costs a call half a second at most on the mean, and one of a hundred five, while half are refused', async () => {
    const { clock, random, chance } = world();
    const pace = new Pace(clock, random);
    const took: number[] = [];
    while (took.length < 5_000) {
      const began = clock.now();
      let turn = await pace.turn(never);
      while (chance() < 0.5) {
        pace.refused(turn);
        turn = await pace.turn(never);
      }
      pace.answered();
      took.push(clock.now() - began);
    }
    took.sort((a, b) => a - b);
    expect(took.reduce((sum, ms) => sum + ms, 0) / took.length).toBeLessThan(500);
    expect(took[Math.floor(took.length * 0.99)]).toBeLessThan(5_000);
  });

  it('leaves at least 0.8 s between calls once all are refused for long', async () => {
    const { clock, random } = world();
    const pace = new Pace(clock, random);
    for (let call = 0; call < 20; call += 1) pace.refused(await pace.turn(never));
    const began = clock.now();
    await pace.turn(never);
    expect(clock.now() - began).toBeGreaterThanOrEqual(800);
  });

  it('takes refusals of calls that were on their way together as one', async () => {
    const { clock, random } = world();
    const pace = new Pace(clock, random);
    const turns = await Promise.all(Array.from({ length: 20 }, () => pace.turn(never)));
    for (const turn of turns) pace.refused(turn);
    const began = clock.now();
    await pace.turn(never);
    expect(clock.now() - began).toBeLessThanOrEqual(100);
  });
});
