import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { thisMachine } from '../../src/demo/machine.js';
import { namespaceMode } from '../../src/demo/namespaces/ability.js';
import { runDocument } from '../../src/engine/document.js';
import { runbolt } from '../rig/bot/bot.js';
import { type SmallFleet, startSmallFleet } from '../rig/bot/small-fleet.js';
import { type SshDouble, startDouble } from '../rig/sshd/double.js';

const able = namespaceMode(thisMachine());
const why = able.ok ? '' : ` (skipped: ${able.fault.message})`;
const MEGABYTES = 50 * 1024 * 1024;
/** A file whose name and words are all that a terminal, a thread or a parser might trip over. */
const HOSTILE_FILE = `mkdir -p /etc/sysctl.d
name=$(printf '/etc/sysctl.d/99-zzz<!channel>\\033[31m\`<@U1>\\303.conf')
printf 'net.ipv4.tcp_tw_reuse = 2\\n# \\000 <!here> \\033]0;title\\007 \\342\\200\\256\\n' > "$name"`;
const HUGE_FILE = `mkdir -p /etc/sysctl.d; yes 'net.ipv4.tcp_tw_reuse = 1' | head -c ${MEGABYTES} > /etc/sysctl.d/10-huge.conf`;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const CONTROLS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/;

describe.skipIf(!able.ok)(`what hostile hosts say${why}`, { timeout: 300_000 }, () => {
  let hosts: SmallFleet;
  let double: SshDouble;
  let config: string;

  beforeAll(async () => {
    hosts = await startSmallFleet(['h-1', 'h-2', 'h-3'], { limits: { gather: '30s' } });
    double = await startDouble();
    await hosts.on('h-1', HOSTILE_FILE);
    await hosts.on('h-2', HUGE_FILE);
    const known = join(hosts.directory, 'known_hosts');
    const { readFileSync } = await import('node:fs');
    writeFileSync(known, readFileSync(hosts.fleet.knownHosts, 'utf8') + readFileSync(double.knownHosts, 'utf8'));
    const base = z.looseObject({ targets: z.record(z.string(), z.unknown()) }).parse(parse(hosts.text));
    const loud = { ...double.listener, user: double.user, identity: double.identity.path };
    config = join(hosts.directory, 'hostile.yaml');
    writeFileSync(
      config,
      stringify({ ...base, targets: { ...base.targets, 'loud-1': loud }, ssh: { known_hosts: known } }),
    );
    double.misbehave({ noise: '<!channel>\u001b[2J\u0000`'.repeat(MEGABYTES / 16) });
  }, 120_000);
  afterAll(async () => {
    await double.stop();
    await hosts.stop();
    rmSync(hosts.directory, { recursive: true, force: true });
  });

  const env = () => ({ RUNBOLT_DATA: join(hosts.directory, 'data') });

  it('is bounded and harmless, delays no other host, and nothing passes that was not read', async () => {
    const done = await runbolt(['verify', 'tcp', '*', '--config', config], { env: env() });
    expect(done.out).not.toMatch(CONTROLS);
    expect(done.err).not.toMatch(CONTROLS);
    expect(done.out.length).toBeLessThan(20_000);
    expect(done.err).not.toMatch(/\n\s+at /);
    expect(done.code).toBe(1);
    const runs = await runbolt(['runs', '--config', config], { env: env() });
    const [run = ''] = runs.out.split(' ');
    const shown = await runbolt(['show', run, '--json', '--config', config], { env: env() });
    const targets = new Map(runDocument.parse(JSON.parse(shown.out)).targets.map((t) => [t.name, t]));
    expect(shown.out.length).toBeLessThan(2_000_000);
    expect(targets.get('h-3')?.outcome).toBe('failed');
    expect(['failed', 'unknown']).toContain(targets.get('h-1')?.outcome);
    expect(targets.get('h-1')?.checks.find((c) => c.id === 'reuse_lasting')?.verdict).not.toBe('pass');
    expect(['unknown', 'timed-out']).toContain(targets.get('loud-1')?.outcome);
    expect(targets.get('loud-1')?.checks).toEqual([]);
    const huge = targets.get('h-2');
    for (const check of huge?.checks ?? []) {
      if (check.id.startsWith('reuse_')) expect([check.id, check.verdict]).not.toEqual([check.id, 'pass']);
    }
    expect(huge?.outcome).not.toBe('ok');
    const report = await runbolt(['show', run, '--config', config], { env: env() });
    expect(report.out).not.toMatch(CONTROLS);
    expect(report.out.length).toBeLessThan(200_000);
  });
});
