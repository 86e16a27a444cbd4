import { describe, expect, test } from 'vitest';
import { endOf } from '../../../src/facts/framing.js';
import { hangSeconds, tcpTimers } from '../../../src/facts/redis/timers.js';

describe('the predicted hang of data on a dead connection', () => {
  test.each([
    [15, 924.6],
    [8, 102.2],
    [5, 12.6],
    [0, 0.2],
    [9, 204.6],
    [10, 324.6],
  ])('tcp_retries2 %i is %d s with the kernel’s own limits', (retries, seconds) => {
    expect(hangSeconds(retries)).toBe(seconds);
    expect(hangSeconds(retries, 200_000, 120_000)).toBe(seconds);
  });

  // Measured on Linux 6.18 in a network namespace with a silent drop: 7.8, 5.6, 6.4, 13.0, 8.2, 16.4, 16.5, 33.0 and 17.2 s.
  test.each([
    [8, 200_000, 1_000, 7.4],
    [6, 200_000, 1_000, 5.4],
    [6, 400_000, 1_000, 6.2],
    [5, 50_000, 120_000, 12.6],
    [3, 1_000_000, 120_000, 7],
    [4, 1_000_000, 120_000, 15],
    [5, 1_000_000, 120_000, 15],
    [6, 500_000, 120_000, 31.5],
    [6, 600_000, 4_000, 16.2],
  ])('tcp_retries2 %i with tcp_rto_min_us %i and tcp_rto_max_ms %i is %d s', (retries, min, max, seconds) => {
    expect(hangSeconds(retries, min, max)).toBe(seconds);
  });

  // Measured: 5.1 s.
  test('a minimum above the maximum counts as the maximum', () => {
    expect(hangSeconds(3, 2_000_000, 1_000)).toBe(4);
  });
});

const output = (lines: readonly string[]): string =>
  `runbolt-timers\t1\n${lines.map((line) => `${line}\n`).join('')}end${endOf(lines.map((line) => line.split('\t')))}\n`;

const LINES = [
  ...['kernel\t4.18.0', 'tcp_retries2\t15', 'tcp_rto_min_us\t', 'tcp_rto_max_ms\t'],
  ...['tcp_keepalive_time\t7200', 'tcp_keepalive_intvl\t75', 'tcp_keepalive_probes\t9'],
];

describe('the fact tcp_timers', () => {
  test('a kernel without the RTO settings has their fixed values', () => {
    expect(tcpTimers.parse(output(LINES), {})).toMatchObject({
      status: 'read',
      value: { rto_min_us: -1, rto_max_ms: -1, hang_s: 924.6, hang_s_8: 102.2, detects_s: 7875 },
    });
  });

  test.each([
    ['no tcp_retries2', LINES.map((line) => (line.startsWith('tcp_retries2') ? 'tcp_retries2\t' : line))],
    ['a word for a number', LINES.map((line) => line.replace('7200', 'never'))],
    ['a line too few', LINES.slice(0, -1)],
    ['a line twice', [...LINES, 'tcp_retries2\t8']],
  ])('%s is an error', (_, lines) => {
    expect(tcpTimers.parse(output(lines), {}).status).toBe('error');
  });
});
