import { describe, expect, test } from 'vitest';
import { portRange } from '../../../src/facts/port-range.js';
import { ended } from './frame-end.js';
import { RANGE_OUTPUT } from './ports-outputs.js';

const WIDER = { low: 10_240, high: 65_535, asked: true };

describe('what stands in the way of a wider range', () => {
  test('ports in the new part that are listened on, bound by UDP or configured, less the reserved ones', () => {
    expect(portRange.parse(RANGE_OUTPUT, WIDER)).toMatchObject({
      status: 'read',
      value: {
        covered: false,
        ports: 28_232,
        new_ports: 27_064,
        in_the_way: ['12345 (udp socket)', '18080 (/etc/haproxy/haproxy.cfg:12)'],
      },
    });
  });

  test('a range that is as wide already has no new part', () => {
    expect(portRange.parse(RANGE_OUTPUT, { ...WIDER, low: 40_000, high: 50_000 })).toMatchObject({
      value: { covered: true, new_ports: 0, in_the_way: [] },
    });
  });

  test.each([
    ['1024 65000', 0],
    ['9000 65500', 0],
    ['5000 30000', 30_295],
  ])('%s has %i ports fewer than the wider range', (range, more) => {
    const output = RANGE_OUTPUT.replace(/^range\t.*$/m, `range\t${range.replace(' ', '\t')}`);
    expect(portRange.parse(ended(output.replace(/^end.*\n/m, '')), WIDER)).toMatchObject({
      value: { covered: more === 0, new_ports: more },
    });
  });

  test('a file that could not be read is told', () => {
    const output = ended(`${RANGE_OUTPUT}unread\t/etc/nginx/nginx.conf\n`);
    expect(portRange.parse(output, WIDER)).toMatchObject({ value: { read: false, unread: ['/etc/nginx/nginx.conf'] } });
  });

  test('where it is not asked for nothing is read', () => {
    expect(portRange.probe({ ...WIDER, asked: false }).script).toBe(':');
    expect(portRange.parse('', { ...WIDER, asked: false }).status).toBe('absent');
  });
});
