import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { z } from 'zod';
import { systemClock, systemRandom } from '../../src/composition/system.js';
import { type LocalAws, startLocalAws } from '../../src/demo/aws/index.js';
import { type Fleet, startFleet } from '../../src/demo/fleet.js';
import type { HostSpec } from '../../src/demo/hosts/spec.js';
import { runbolt } from '../rig/bot/bot.js';

const missing = process.getuid?.() === 0 ? undefined : 'needs root, for namespaces';
const NAMES = ['c-1', 'c-2', 'c-3'] as const;

const spec = (name: string, index: number): HostSpec => ({
  ...{ name, address: `10.0.9.${index + 1}`, labels: { env: 'prod' }, door: 'answers' },
  instance: `i-${String(index + 1).padStart(17, '0')}`,
  sysctls: { tcp_tw_reuse: '1', tcp_timestamps: '1' },
  files: [{ path: '/etc/sysctl.conf', text: '# own\nnet.ipv4.tcp_tw_reuse = 2\n' }],
});

const document = z.object({
  plan: z.object({ digest: z.string() }).nullable(),
  targets: z.array(z.object({ outcome: z.string() })),
});

describe.skipIf(missing)(`a runbook that ships, over SSM${missing ? ` (skipped: ${missing})` : ''}`, () => {
  const directory = mkdtempSync(join(tmpdir(), 'runbolt-ssm-'));
  const ending = new AbortController();
  let fleet: Fleet;
  let aws: LocalAws;
  const config = join(directory, 'runbolt.yaml');

  beforeAll(async () => {
    const runtimeDir = join(directory, 'fleet');
    const logger = pino({ level: 'silent' });
    const started = await startFleet({ signal: ending.signal, runtimeDir, logger, specs: NAMES.map(spec) });
    if (!started.ok) throw new Error(started.fault.message);
    fleet = started.value;
    aws = await startLocalAws({ hosts: fleet.instances, clock: systemClock, random: systemRandom });
    const targets = Object.fromEntries(
      NAMES.map((name, index) => {
        const { instance } = spec(name, index);
        return [name, { transport: 'ssm', instance, region: 'eu-west-1', labels: { env: 'prod' } }];
      }),
    );
    writeFileSync(config, stringify({ targets, limits: { gather: '20s' } }));
  }, 60_000);
  afterAll(async () => {
    await aws?.stop();
    await fleet?.stop();
    ending.abort();
    rmSync(directory, { recursive: true, force: true });
  });

  const cli = (...args: readonly string[]) =>
    runbolt([...args, '--config', config], {
      env: {
        RUNBOLT_DATA: join(directory, 'data'),
        AWS_ENDPOINT_URL: aws.endpoint,
        AWS_ACCESS_KEY_ID: aws.credential.accessKeyId,
        AWS_SECRET_ACCESS_KEY: aws.credential.secretAccessKey,
      },
    });
  const json = (text: string) => document.parse(JSON.parse(text));

  it('verifies three hosts by one command', async () => {
    const sent = aws.calls('SendCommand');
    const looked = await cli('verify', 'tcp', 'c-*');
    expect(looked.err).not.toContain('Warning');
    expect(looked.out).toContain('! 3 hosts  c-[1-3]  tcp_tw_reuse is 1 now, 2 after a reboot (/etc/sysctl.conf:2)');
    expect(looked.out).toContain('3 of 3 hosts reached');
    expect(looked.code).toBe(1);
    expect(aws.calls('SendCommand')).toBe(sent + 1);
  }, 60_000);

  it('plans, fixes by digest, proves, and finds nothing left, while AWS throttles half of the calls and resets a tenth', async () => {
    aws.misbehave({ throttle: 0.5, resetAfterAccepting: 0.1, seed: 5 });
    const digest = json((await cli('plan', 'tcp', 'c-*', '--json')).out).plan?.digest ?? '';
    const fixed = await cli('fix', 'tcp', 'c-*', '--json', '--apply', digest);
    expect(json(fixed.out).targets.map(({ outcome }) => outcome)).toEqual(['changed', 'changed', 'changed']);
    expect(fixed.code).toBe(0);
    expect(await cli('verify', 'tcp', 'c-*')).toMatchObject({ code: 0 });
  }, 240_000);
});
