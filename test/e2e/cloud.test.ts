import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { thisMachine } from '../../src/demo/machine.js';
import { namespaceMode } from '../../src/demo/namespaces/ability.js';
import { DemoLine } from '../rig/demo/demo-line.js';

const able = namespaceMode(thisMachine());
const lacking = able.ok ? undefined : able.fault.message;

describe.skipIf(lacking !== undefined)(
  `the demo's hosts that only SSM reaches${lacking === undefined ? '' : ` (skipped: ${lacking})`}`,
  () => {
    let demo: DemoLine;
    let elsewhere: Server;
    let strayed = 0;
    /** The thread that a request opened. */
    const thread = (request: string) => demo.out.split(/\n(?=@runbolt:\n)/).find((t) => t.includes(request)) ?? '';

    beforeAll(async () => {
      elsewhere = createServer((_, response) => {
        strayed += 1;
        response.writeHead(500).end();
      }).listen(0, '127.0.0.1');
      await once(elsewhere, 'listening');
      const address = elsewhere.address();
      const endpoint = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
      demo = new DemoLine(
        [
          ...['--say', '/tcp verify env=cloud', '--click', 'Plan the fix', '--as', 'bo', '--click', 'Approve'],
          ...['--as', 'ana', '--say', '/tcp verify cloud-[1-2]'],
        ],
        {
          ...{ AWS_ENDPOINT_URL: endpoint, AWS_ENDPOINT_URL_SSM: endpoint, AWS_REGION: 'us-gov-west-1' },
          ...{ AWS_ACCESS_KEY_ID: 'AKIAREAL', AWS_SECRET_ACCESS_KEY: 'real', AWS_SESSION_TOKEN: 'real' },
          ...{ AWS_PROFILE: 'production', AWS_USE_FIPS_ENDPOINT: 'true', AWS_USE_DUALSTACK_ENDPOINT: 'true' },
        },
      );
      await demo.ended;
    }, 120_000);
    afterAll(async () => {
      elsewhere?.close();
      await demo?.remove();
    });

    it('goes as asked, whatever AWS the environment names, and that one hears nothing', () => {
      expect({ err: demo.err, code: demo.child.exitCode, strayed }).toEqual({ err: '', code: 0, strayed: 0 });
    });

    it('tells one fault, one that the next boot brings, and one host that is well', () => {
      const told = thread('tcp verify · env=cloud');
      expect(told).toMatch(/^ *CLOUD · tcp verify · env=cloud · 3 of 3 hosts reached · asked by @ana/m);
      expect(told).toMatch(/✗ 1 host {2}cloud-1\n +new connections to 10\.0\.3\.7:6379 will soon fail/);
      expect(told).toMatch(/! 1 host {2}cloud-2\n +tcp_tw_reuse is 1 now, 2 after a reboot \(\/etc\/sysctl\.conf:12\)/);
      expect(told).toMatch(/✓ 1 host {2}cloud-3/);
    });

    it('fixes them with an approval, canary first, and proves it', () => {
      expect(demo.out).toMatch(/running {2}net\.ipv4\.tcp_tw_reuse 2 → 1 .* cloud-1/);
      expect(demo.out).toMatch(/2 changed, 0 failed, 1 unchanged/);
      expect(thread('tcp verify · cloud-[1-2]')).toMatch(/✓ 2 hosts {2}cloud-\[1-2\]/);
    });

    it('leaves nothing behind', () => {
      expect(demo.seen.namespaces).toBeGreaterThan(20);
      expect(demo.left()).toEqual([]);
    });
  },
);
