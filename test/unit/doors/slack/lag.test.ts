import { expect, it } from 'vitest';
import { Lag } from '../../../../src/doors/slack/lag.js';

it('is the age of the oldest message that waits, however often it is seen', () => {
  const lag = new Lag();
  expect(lag.ms(1_000)).toBe(0);
  lag.waits('r1', 'summary', 1_000);
  lag.waits('r2', 'summary', 3_000);
  lag.waits('r1', 'summary', 4_000);
  expect(lag.ms(5_000)).toBe(4_000);
  lag.delivered('r1', 'summary');
  expect(lag.ms(5_000)).toBe(2_000);
  lag.delivered('r2', 'summary');
  expect(lag.ms(5_000)).toBe(0);
});

it('forgets a thread that was given up, and all when another process brings the messages', () => {
  const lag = new Lag();
  lag.waits('r1', 'summary', 1_000);
  lag.waits('r1', 'plan', 1_000);
  lag.waits('r2', 'summary', 2_000);
  lag.abandoned('r1');
  expect(lag.ms(3_000)).toBe(1_000);
  lag.clear();
  expect(lag.ms(3_000)).toBe(0);
});
