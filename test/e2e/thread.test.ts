import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { thisMachine } from '../../src/demo/machine.js';
import { namespaceMode } from '../../src/demo/namespaces/ability.js';
import { DemoLine } from '../rig/demo/demo-line.js';
import { until } from '../rig/slack/index.js';

const able = namespaceMode(thisMachine());
const why = able.ok ? '' : ` (skipped: ${able.fault.message})`;
const SAY = ['--say', '/tcp verify web-*', '--click', 'Plan the fix'];

describe.skipIf(!able.ok)(`the main job in one line, through the real local Slack${why}`, () => {
  let demo: DemoLine;
  const thread = () => demo.out.slice(demo.out.indexOf('\n@runbolt:\n'));

  beforeAll(async () => {
    demo = new DemoLine([...SAY, '--click', 'Approve', '--as', 'bo', '--click', 'Approve']);
    await demo.ended;
  }, 120_000);
  afterAll(() => demo?.remove());

  it('names the one step that was refused, and nothing else', () => {
    const err = /^@ana presses \[Approve\]: refused\. Who asked for a change cannot approve it\. [^\n]*\n$/;
    expect({ code: demo.child.exitCode, err: demo.err }).toEqual({ code: 2, err: expect.stringMatching(err) });
  });

  it('tells what was said and pressed, and one thread', () => {
    expect(demo.out).toMatch(
      /^@ana: \/tcp verify web-\*\n@ana presses \[Plan the fix\]\n@ana presses \[Approve\]\n@bo presses \[Approve\]\n/,
    );
    expect(thread().match(/^@runbolt:/gm)).toHaveLength(1);
  });

  it('says how many hosts were reached, what is wrong on which, and what is inferred', () => {
    expect(thread()).toMatch(/PROD · STAGING · tcp verify · web-\* · 12 of 14 hosts reached · asked by @ana · /);
    expect(thread()).toMatch(
      /✗ 5 hosts {2}web-\[1-2,4-6\]\n +new connections to 10\.0\.3\.7:6379 will soon fail: 8\d-\d\d % of 260-300 ports used.* gunicorn \(inferred\)/,
    );
    expect(thread()).toMatch(/✗ 1 host {2}web-9\n.* ports are held by open connections.* No sysctl helps/);
    expect(thread()).toMatch(
      /! 2 hosts {2}web-\[7-8\]\n +tcp_tw_reuse is 1 now, 2 after a reboot \(\/etc\/sysctl\.conf:12\)/,
    );
    expect(thread()).toMatch(/✓ 3 hosts {2}web-\[10-12\]/);
  });

  it('counts neither the hung nor the dead host as well, and shows the limit and the cause', () => {
    expect(thread()).toMatch(/\? 1 host {2}web-13\n +web-13 .* within 6 s/);
    expect(thread()).toMatch(/\? 1 host {2}web-14\n +web-14 .* nothing listens on port \d+/);
  });

  it('shows the plan with its digest, every value and every file, and the canary', () => {
    expect(thread()).toMatch(/plan [0-9a-f]{4}·[0-9a-f]{4} · 8 hosts · ✓ approved by @bo at \d\d:\d\d UTC/);
    expect(thread()).toContain('running  net.ipv4.tcp_tw_reuse 2 → 1  ·  6 hosts  web-[1-6]');
    expect(thread()).toContain('at boot  net.ipv4.tcp_tw_reuse 0 → 1  ·  1 host  web-3');
    expect(thread()).toContain(
      'writes /etc/sysctl.d/99-zz-runbolt.conf: net.ipv4.tcp_tw_reuse = 1  ·  8 hosts  web-[1-8]',
    );
    expect(thread()).toMatch(/edits \/etc\/sysctl\.conf:12: .* 3 hosts {2}web-\[2,7-8\]/);
    expect(thread()).toContain('edits /etc/rc.local:3: echo 0 > /proc/sys/net/ipv4/tcp_tw_reuse → ');
    expect(thread()).toContain('canary web-1, then 25 % at a time, stops at the first failure');
  });

  it('tells the requester alone that they cannot approve, and takes the other person', () => {
    expect(thread()).toMatch(/@runbolt: \(only @ana sees this\)\n +✗ Who asked for a change cannot approve it\./);
    expect(thread()).toMatch(/approved by @bo · canary web-1 ✓ · 8 of 8/);
  });

  it('ends with what became of every host, and the symptom before and after', () => {
    expect(thread()).toMatch(/8 changed, 1 failed, 3 unchanged, 1 unreachable, 1 timed out/);
    const [, before = '', after = ''] = /usable ports (\d+)[-\d]* % → (\d+)[-\d]* %/.exec(thread()) ?? [];
    expect(Number(before)).toBeLessThan(15);
    expect(Number(after)).toBeGreaterThan(80);
    expect(thread()).toContain('[Revert]');
  });

  it('leaves no process, namespace or file behind', async () => {
    expect(demo.seen.processes).toBeGreaterThan(16);
    expect(demo.seen.namespaces).toBeGreaterThan(12);
    await until('nothing is left', () => demo.left().length === 0).catch((error) => {
      throw new Error(`${error.message}: ${demo.left().join(', ')}`);
    });
  });
});

describe.skipIf(!able.ok)(`the demo, killed while it changes hosts${why}`, () => {
  let demo: DemoLine;
  afterAll(() => demo?.remove());

  it('leaves no process, namespace or file behind', { timeout: 300_000 }, async () => {
    demo = new DemoLine([...SAY, '--as', 'bo', '--click', 'Approve']);
    await until('bo presses', () => demo.out.includes('@bo presses'), 240_000).catch((error) => {
      throw new Error(`${error.message}: ${demo.out}\n${demo.err}`);
    });
    expect(demo.left().join()).toMatch(/process \d+,.* in a namespace,.*file runbolt-demo-/);
    demo.child.kill('SIGKILL');
    await demo.ended;
    expect(demo.out).not.toContain('@runbolt:');
    expect(demo.seen.namespaces).toBeGreaterThan(12);
    await until('nothing is left', () => demo.left().length === 0).catch((error) => {
      throw new Error(`${error.message}: ${demo.left().join(', ')}`);
    });
  });
});

describe.skipIf(!able.ok)(`the exit code of a conversation${why}`, () => {
  let demo: DemoLine;
  afterEach(() => demo?.remove());

  it.each([
    ['all of it went as asked', ['--say', '/tcp verify web-12'], 0, ''],
    [
      'a request is misspelt, and another names no host',
      ['--say', '/tcp verfy web-12', '--say', '/tcp verify web-12', '--say', '/tcp verify nosuch-*'],
      2,
      /^@ana: \/tcp verfy web-12: refused\. [^\n]*verfy[^\n]*\n@ana: \/tcp verify nosuch-\*: refused\. [^\n]*nosuch[^\n]*\n$/,
    ],
    [
      'a press is refused, so that a plan still waits',
      ['--say', '/tcp fix web-7', '--click', 'Approve'],
      2,
      /^@ana presses \[Approve\]: refused\. Who asked [^\n]*\ntcp fix web-7, asked by ana: not ended, its plan waits for a decision\.\n$/,
    ],
    [
      'a plan waits',
      ['--say', '/tcp fix web-7'],
      1,
      /^tcp fix web-7, asked by ana: not ended, its plan waits for a decision\.\n$/,
    ],
  ])('when %s', { timeout: 300_000 }, async (_, steps, code, err) => {
    demo = new DemoLine(steps);
    await demo.ended;
    const said = typeof err === 'string' ? err : expect.stringMatching(err);
    expect({ code: demo.child.exitCode, err: demo.err }).toEqual({ code, err: said });
  });
});
