import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/core/config.js';
import { zoned } from '../../../src/core/zone.js';
import { target } from '../../rig/targets.js';

const zones = (text: string) => {
  const config = readConfig('f', text, 'ops');
  if (!config.ok) throw new Error(config.fault.next);
  return config.value.zones;
};

describe('zones', () => {
  it('are given to the hosts that their selectors mean; the others have none', () => {
    const fleet = [target('web-1', { env: 'dmz' }), target('db-1')];
    const placed = zoned(fleet, zones('zones: { dmz: env=dmz }'));
    expect(placed.ok && placed.value.map((t) => t.zone)).toEqual(['dmz', undefined]);
  });

  it('of which a host is in two are a mistake that names host and zones', () => {
    const placed = zoned([target('web-1', { env: 'dmz' })], zones('zones: { dmz: env=dmz, edge: web-* }'));
    expect(placed).toMatchObject({
      ok: false,
      fault: { message: 'web-1 is in the zones dmz (`env=dmz`) and edge (`web-*`).' },
    });
  });

  it.each([
    ['zones: { DMZ: env=dmz }', 'must be lower-case letters'],
    ['zones: { dmz: "@nope" }', '1:16 There is no group `@nope`.'],
    ['zones: { dmz: 7 }', '`zones.dmz`: must be text'],
  ])('with a mistake are refused with its place: %s', (text, expected) => {
    expect(() => zones(text)).toThrow(expected);
  });
});
