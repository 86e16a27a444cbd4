import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FLEET } from '../../src/demo/hosts/fleet-specs.js';
import { thisMachine, whereIs } from '../../src/demo/machine.js';
import { namespaceMode } from '../../src/demo/namespaces/ability.js';
import { DemoLine } from '../rig/demo/demo-line.js';

const able = namespaceMode(thisMachine());
const absent = FLEET.flatMap((spec) => spec.services ?? []).find(
  (s) => whereIs(thisMachine(), s.program) === undefined,
);
const lacking = able.ok ? absent && `needs ${absent.program}` : able.fault.message;

const FIX = ['--click', 'Plan the fix', '--as', 'bo', '--click', 'Approve', '--as', 'ana'];

describe.skipIf(lacking !== undefined)(
  `all five families on the demo's real servers${lacking === undefined ? '' : ` (skipped: ${lacking})`}`,
  () => {
    let demo: DemoLine;
    /** The thread that a request opened. */
    const thread = (request: string) => demo.out.split(/\n(?=@runbolt:\n)/).find((t) => t.includes(request)) ?? '';

    beforeAll(async () => {
      demo = new DemoLine([
        ...['--say', '/redis audit cache-*', ...FIX],
        ...['--say', '/haproxy verify edge-*', ...FIX],
        ...['--say', '/lb check app-*', '--say', '/ports audit proxy-*'],
        ...['--say', '/redis audit cache-1', '--say', '/haproxy verify edge-1'],
      ]);
      await demo.ended;
    }, 180_000);
    afterAll(() => demo?.remove());

    it('goes as asked', () => {
      expect({ err: demo.err, code: demo.child.exitCode }).toEqual({ err: '', code: 0 });
    });

    it('redis: keepalive off is found on one of two, set in the server and its file, and the fix is proved', () => {
      const told = thread('redis audit · cache-*');
      expect(told).toMatch(/✗ 1 host {2}cache-1\n +127\.0\.0\.1:6379: tcp-keepalive is 0/);
      expect(told).toMatch(/✓ 1 host {2}cache-2/);
      expect(told).toContain('edits /etc/redis/redis.conf:5: tcp-keepalive 0 → tcp-keepalive 60');
      expect(told).toMatch(/1 changed, 0 failed/);
      expect(thread('redis audit · cache-1')).not.toContain('✗');
    });

    it('haproxy: the missing tomcat is found and added, and then nothing is left to do', () => {
      const told = thread('haproxy verify · edge-*');
      expect(told).toContain('1 of 3 hosts get no requests: 10.0.5.3:8080 is not in tomcats');
      expect(told).toMatch(/2 of 2 servers of tomcats UP → 3 of 3 servers of tomcats UP/);
      expect(thread('haproxy verify · edge-1')).toMatch(/✓ 1 host {2}edge-1/);
    });

    it('lb: the server that takes one connection at a time is convicted, the prefork one acquitted', () => {
      const told = thread('lb check · app-*');
      expect(told).toMatch(/✗ 1 host {2}app-1\n +port 8080: report-server waits for a request on an idle connection/);
      expect(told).toMatch(/\n +bind :8081\n +option httpclose\n/);
      expect(told).toMatch(/✓ 1 host {2}app-2/);
    });

    it('ports: the proxy that binds first is found', () => {
      expect(thread('ports audit · proxy-*')).toMatch(/✗ 1 host {2}proxy-1\n/);
    });
  },
);
