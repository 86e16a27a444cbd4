import { describe, expect, test } from 'vitest';
import type { Target } from '../../../src/core/target.js';
import { inventory } from '../../../src/facts/inventory.js';
import { target } from '../../rig/targets.js';

const host = (name: string, address: string, labels: Readonly<Record<string, string>>): Target => ({
  ...target(name, labels),
  host: address,
});

const FLEET = [
  host('web-10', '10.0.0.10', { role: 'web', env: 'prod' }),
  host('web-2', 'web-2.example.net', { role: 'web', env: 'prod', address: '10.0.0.2' }),
  host('web-3', '10.0.0.3', { role: 'web', env: 'staging' }),
  host('web-4', '10.0.0.4', { role: 'web' }),
  host('db-1', 'db-1', { role: 'db', env: 'prod' }),
];

const read = (given: unknown, here: Target, fleet: readonly Target[] = FLEET) =>
  inventory.read(inventory.args.parse(given), fleet, here);

describe('the inventory', () => {
  const lb = host('lb-1', '10.0.0.100', { env: 'prod' });

  test('gives the hosts of the same environment, by name, with their address and endpoint', () => {
    expect(read({ select: 'role=web', same: ['env'], port: 8080 }, lb)).toMatchObject({
      status: 'read',
      value: {
        count: 2,
        select: 'role=web, env=prod',
        names: ['web-2', 'web-10'],
        addresses: ['10.0.0.2', '10.0.0.10'],
        endpoints: ['10.0.0.2:8080', '10.0.0.10:8080'],
      },
    });
  });

  test('a target without the label has only hosts without it in common', () => {
    expect(read({ select: 'role=web', same: ['env'] }, host('lb-2', '10.0.0.101', {}))).toMatchObject({
      value: { names: ['web-4'], endpoints: [] },
    });
  });

  test('no host at all is read as none', () => {
    expect(read({ select: 'role=cache' }, lb)).toMatchObject({
      status: 'read',
      value: { count: 0, select: 'role=cache' },
    });
  });

  test.each([
    ['a selector that cannot be read', { select: 'role=' }, FLEET, 'selector'],
    ['an empty selector', { select: '' }, FLEET, 'is empty'],
    ['a group, which only requests know', { select: '@web' }, FLEET, '@web'],
    [
      'a misspelt host beside others',
      { select: 'web-10,wbe-3' },
      FLEET,
      'No host matches `wbe-3` among 5. Near names: web-3',
    ],
    ['leaving out nobody', { select: 'web-[3-4],!wbe-4' }, FLEET, 'No host is left out by `!wbe-4`'],
    ['a host without an IP address', { select: 'role=db' }, FLEET, 'db-1 has no IP address'],
    [
      'two hosts with one address',
      { select: 'role=web' },
      [...FLEET, host('web-5', '10.0.0.2', { role: 'web' })],
      'web-2 and web-5',
    ],
  ])('%s is an error, never a smaller fleet', (_, given, fleet, says) => {
    expect(read(given, lb, fleet)).toEqual({ status: 'error', reason: expect.stringContaining(says) });
  });

  test('of a range says which names are missing', () => {
    expect(read({ select: 'web-[3-6]' }, lb)).toMatchObject({
      value: { names: ['web-3', 'web-4'] },
      evidence: expect.arrayContaining(['not in the inventory: web-[5-6]']),
    });
  });

  test('an address of IPv6 is spelt as HAProxy spells it', () => {
    const fleet = [host('web-1', 'FD00:0:0::0A', { role: 'web' })];
    expect(read({ select: 'role=web', port: 80 }, lb, fleet)).toMatchObject({ value: { endpoints: ['[fd00::a]:80'] } });
  });
});
