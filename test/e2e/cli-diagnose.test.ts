import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runbolt } from '../rig/bot/bot.js';

const LOG = `Nov 21 06:00:01 web-3 gunicorn[9]: Traceback (most recent call last):
Nov 21 06:00:01 web-3 gunicorn[9]: OSError: [Errno 99] Cannot assign requested address
`;

describe('runbolt diagnose', { timeout: 180_000 }, () => {
  let directory: string;
  const diagnose = (args: readonly string[], input = '') =>
    runbolt(['diagnose', '--config', join(directory, 'runbolt.yaml'), ...args], {
      env: { RUNBOLT_DATA: join(directory, 'data') },
      input,
    });

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'runbolt-diagnose-'));
    writeFileSync(join(directory, 'runbolt.yaml'), 'targets: { web-3: {}, web-4: {}, redis-1: {} }');
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('names the runbook, the command with the host of the log, and the line that says so', async () => {
    const done = await diagnose(['-'], LOG);
    expect(done).toMatchObject({ code: 0, err: '' });
    expect(done.out.split('\n')[0]).toMatch(/^1\. `runbolt verify tcp 'web-3'` \S/);
    expect(done.out).toMatch(/^ {4}line 2 has "Cannot assign requested address": Nov 21 06:00:01 web-3 gunicorn/m);
    expect(done.out).toContain('web-3 is named in the text.');
  });

  it('takes the hosts that are given', async () => {
    const done = await diagnose(['connect: cannot assign requested address', '--', 'web-*']);
    expect(done.out).toMatch(/^1\. `runbolt verify tcp 'web-\*'`/);
  });

  it('says that hosts which are given are none, and what to put instead', async () => {
    const done = await diagnose(['connect: cannot assign requested address', '--', 'wbe-3']);
    expect(done.out).toMatch(/^1\. `runbolt verify tcp 'HOSTS'`/);
    expect(done.out).toMatch(/`wbe-3`.* HOSTS stands for the hosts that logged this/);
  });

  it('does not take the host that was connected to for the one at fault', async () => {
    const done = await diagnose(['dial tcp redis-1:6379: connect: cannot assign requested address']);
    expect(done.out).toMatch(/^1\. `runbolt verify tcp 'HOSTS'`/);
  });

  it('is honest when nothing matches, and says what the runbooks know', async () => {
    const done = await diagnose(['the coffee machine is out of beans']);
    expect(done.out).toMatch(/^No symptom that a runbook knows is in this line\.$/m);
    expect(done.out).toMatch(/`\/tcp` knows: Cannot assign requested address/);
  });

  it('asks for a text where there is none', async () => {
    expect(await diagnose(['-'])).toMatchObject({ code: 2, err: expect.stringContaining('needs an error') });
  });

  it('reads the end of a very long log', async () => {
    const done = await diagnose(['-'], `${'filler\n'.repeat(300_000)}${LOG}`);
    expect(done.out).toMatch(/^1\. `runbolt verify tcp 'web-3'`/);
    expect(done.out).toContain('Only the last 500 lines were read.');
  });
});
