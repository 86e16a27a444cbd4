import { describe, expect, it } from 'vitest';
import { clockFindings } from '../../../src/composition/doctor-clock.js';
import { nodeCheck } from '../../../src/composition/doctor-local.js';
import { examine, exitCodeOf, fail, pass, showReports, unknown } from '../../../src/composition/doctor-report.js';
import type { Clock } from '../../../src/engine/ports.js';

const never: Clock = {
  now: () => 0,
  sleep: (_ms, signal) =>
    new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new Error('ended')))),
};
const atOnce: Clock = { now: () => 0, sleep: async () => undefined };

describe('what the doctor found', () => {
  it('ends with 0 when all is well, 1 when something is wrong, 3 when something could not be told', () => {
    const code = (...findings: Parameters<typeof exitCodeOf>[0][number]['findings'][number][]) =>
      exitCodeOf([{ check: 'a', findings }]);
    expect(code(pass('p'))).toBe(0);
    expect(code(pass('p'), fail('f', 'n'))).toBe(1);
    expect(code(pass('p'), unknown('u', 'n'))).toBe(3);
    expect(code(unknown('u', 'n'), fail('f', 'n'))).toBe(1);
  });

  it('could not be told when a check throws or does not end, whatever the others say', async () => {
    const broken = { name: 'broken', look: () => Promise.reject(new Error('no such thing')) };
    const well = { name: 'well', look: async () => [pass('p')] };
    expect((await examine([broken, well], never)).map(({ findings }) => findings.map(({ state }) => state))).toEqual([
      ['unknown'],
      ['pass'],
    ]);
    const stuck = { name: 'stuck', look: () => new Promise<never>(() => undefined) };
    const [late] = await examine([stuck], atOnce);
    expect(late?.findings).toEqual([unknown('It was not known after 25 s.', 'Ask again; check the network to it.')]);
  });

  it('is shown in columns, the next step below', () => {
    const reports = [
      { check: 'node', findings: [pass('Node.js v20.')] },
      { check: 'host keys', findings: [fail('1 of 2 hosts has none.', 'Run this.\nThen that.'), unknown('u', 'n')] },
    ];
    expect(showReports(reports)).toEqual([
      '✓ node       Node.js v20.',
      '✗ host keys  1 of 2 hosts has none.',
      '             Run this.',
      '             Then that.',
      '?            u',
      '             n',
      '1 well, 1 wrong, 1 could not be told',
    ]);
  });
});

it.each([
  [undefined, 'unknown', /not known/],
  [0, 'pass', /within 10 s/],
  [-9_999, 'pass', /within 10 s/],
  [90_000, 'fail', /^This clock is 90\.0 s ahead of Slack's\.$/],
  [-12_340, 'fail', /^This clock is 12\.3 s behind Slack's\.$/],
])('a clock that is %s ms ahead: %s', (ahead, state, message) => {
  expect(clockFindings(ahead, "Slack's")).toMatchObject([{ state, message: expect.stringMatching(message) }]);
});

it.each([
  ['v20.18.3', 'fail'],
  ['v20.19.0', 'pass'],
  ['v18.20.4', 'fail'],
  ['v22.1.0', 'pass'],
  ['v100.0.0', 'pass'],
])('Node.js %s: %s', async (version, state) => {
  expect(await nodeCheck(version).look()).toMatchObject([{ state }]);
});
