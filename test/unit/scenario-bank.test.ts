import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { scenariosIn } from '../rig/scenario/scenario.js';

const BANK = new URL('../scenarios/bank', import.meta.url).pathname;
const FAMILIES = readdirSync(BANK);

test('the bank has seven scenarios of each family, and as many healthy lookalikes as faults', () => {
  const sizes = FAMILIES.map((family) => scenariosIn(BANK, family).length);
  expect(FAMILIES).toEqual(expect.arrayContaining(['haproxy', 'lb', 'ports', 'redis', 'tcp']));
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(7);
  const all = FAMILIES.flatMap((family) => scenariosIn(BANK, family));
  const faults = all.filter((one) => one.fault).length;
  expect(all.length - faults).toBeGreaterThanOrEqual(faults);
});
