import { describe, expect, test } from 'vitest';
import { bindingOf, hasNoPort, purposeOf } from '../../../src/facts/port-usage/binding.js';
import type { LocalIp, RoomTable } from '../../../src/facts/port-usage/seen.js';

const KERNEL = '6.18.0';

/** A range of 100 ports, and one local IP in it. */
const binding = (local: Partial<LocalIp>, kernel = KERNEL) => {
  const one = { ip: '10.0.0.1', distinct: 0, far: 0, excused: 0, sockets: 0, destinations: 1, largest: 0 };
  const table: Pick<RoomTable, 'capacity'> = { capacity: 100 };
  return bindingOf({ ...one, flagged: 0, unflagged: 0, ...local }, table, kernel).binding;
};

describe('how sockets came to their local ports', () => {
  test('ports of the parity that bind tries first, to small destinations, were bound first', () => {
    expect(binding({ distinct: 48, far: 48, sockets: 48, destinations: 8, largest: 6 })).toBe('first');
  });

  test('before 4.6 parity says nothing', () => {
    expect(
      binding({ distinct: 48, far: 48, sockets: 48, destinations: 8, largest: 6 }, '3.10.0-1160.el7.x86_64'),
    ).not.toBe('first');
  });

  test('over half of the range, to several destinations, and no port shared: bound first on every kernel', () => {
    const full = { distinct: 95, far: 47, excused: 47, sockets: 95, destinations: 3, largest: 32 };
    expect(binding(full)).toBe('first');
    expect(binding(full, '3.10.0-1160.el7.x86_64')).toBe('first');
  });

  test('destinations that share ports were connected without a bind', () => {
    expect(binding({ distinct: 50, sockets: 150, destinations: 3, largest: 50 })).toBe('connect');
  });

  test('the flag of the sockets themselves tells IP_BIND_ADDRESS_NO_PORT', () => {
    expect(binding({ distinct: 60, sockets: 120, destinations: 3, largest: 40, flagged: 118, unflagged: 2 })).toBe(
      'no_port',
    );
  });

  test('a large destination was driven to the other parity: that is no sign of a bind', () => {
    expect(binding({ distinct: 90, far: 40, excused: 50, sockets: 95, destinations: 2, largest: 88 })).toBe('unclear');
    // Its first ports have left TIME_WAIT already, the others not yet.
    expect(binding({ distinct: 45, far: 40, excused: 45, sockets: 45, destinations: 1, largest: 45 })).toBe('unclear');
  });

  test('one destination whose TIME_WAITs follow each other through the range was connected, at random it stays unclear', () => {
    const full = { distinct: 100, far: 50, excused: 50, sockets: 100, destinations: 1, largest: 100 };
    const look = { far: 50, farSockets: 50, steps: 90 };
    expect(binding({ ...full, look: { ...look, apartPercent: 8 } })).toBe('connect');
    expect(binding({ ...full, look: { ...look, apartPercent: 24 } })).toBe('unclear');
    expect(binding({ ...full, look: { ...look, steps: 20, apartPercent: 8 } })).toBe('unclear');
  });

  test('ports of that parity that destinations share, as with IP_LOCAL_PORT_RANGE, are no sign of a bind', () => {
    const spread = { distinct: 81, far: 40, sockets: 150, destinations: 6, largest: 25 };
    expect(binding({ ...spread, look: { far: 40, farSockets: 75, steps: 0, apartPercent: 0 } })).toBe('connect');
    // Plain connects share ports of the first parity, and a program binds those of the other.
    const mixed = { distinct: 90, far: 40, sockets: 140, destinations: 6, largest: 24 };
    expect(binding({ ...mixed, look: { far: 40, farSockets: 40, steps: 0, apartPercent: 0 } })).toBe('first');
  });

  test('the side that opened the connections tells whether a program binds to connect or to listen', () => {
    expect(purposeOf({ opened: 50, accepted: 0 })).toBe('connect');
    expect(purposeOf({ opened: 1, accepted: 50 })).toBe('listen');
    expect(purposeOf({ opened: 20, accepted: 20 })).toBe('either');
    expect(purposeOf({ opened: 0, accepted: 2 })).toBe('either');
    expect(purposeOf(undefined)).toBe('either');
  });

  test.each([
    ['6.18.0', true],
    ['4.2.0', true],
    ['4.1.52', false],
    ['3.10.0-1160.el7.x86_64', false],
    ['odd', false],
  ])('kernel %s has IP_BIND_ADDRESS_NO_PORT: %s', (kernel, has) => {
    expect(hasNoPort(kernel)).toBe(has);
  });
});
