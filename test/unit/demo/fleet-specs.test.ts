import { describe, expect, it } from 'vitest';
import { FLEET } from '../../../src/demo/hosts/fleet-specs.js';
import { hostScript } from '../../../src/demo/hosts/init-script.js';

describe('the demo fleet on paper', () => {
  it('has unique names and addresses', () => {
    expect(new Set(FLEET.map((spec) => spec.name)).size).toBe(FLEET.length);
    expect(new Set(FLEET.map((spec) => spec.address)).size).toBe(FLEET.length);
  });

  it('fills 86 to 92 percent of the ports of web-1 to web-6 and of cloud-1, and more than 85 of web-9', () => {
    for (const spec of FLEET) {
      if (spec.traffic === undefined) continue;
      const [low = 0, high = 0] = (spec.sysctls.ip_local_port_range ?? '').split('\t').map(Number);
      const share = (spec.traffic.goal + spec.traffic.pool) / (high - low + 1);
      expect(share).toBeGreaterThan(0.86);
      expect(share).toBeLessThan(0.92);
    }
    expect(FLEET.filter((spec) => spec.traffic !== undefined).map((spec) => spec.name)).toEqual([
      ...[1, 2, 3, 4, 5, 6, 9].map((number) => `web-${number}`),
      'cloud-1',
    ]);
  });

  it('locks the machine’s own settings where a host is root of the machine', () => {
    const [spec] = FLEET;
    expect(spec && hostScript(spec, 'root')).toContain('remount,bind,ro proc/sys');
    expect(spec && hostScript(spec, 'user')).not.toContain('remount,bind,ro proc/sys');
  });
});
