import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newRunbook } from '../../../src/composition/new-runbook.js';
import { readAhead, runbooksOf } from '../../../src/composition/runbook-files.js';
import { readConfig } from '../../../src/core/config.js';

const configOf = (runbooks: string) => {
  const config = readConfig('runbolt.yaml', `runbooks: ${runbooks}`, 'ops');
  if (!config.ok) throw new Error(config.fault.next);
  return config.value;
};

describe('the runbooks of a configuration', () => {
  let own = '';
  beforeAll(async () => {
    own = await mkdtemp(join(tmpdir(), 'runbolt-runbooks-'));
  });
  afterAll(() => rm(own, { recursive: true }));

  it('have no mistake where they ship, and are named as their files are', async () => {
    const runbooks = await runbooksOf(undefined);
    if (!runbooks.ok) throw new Error(runbooks.fault.message);
    expect([...runbooks.value.keys()]).toEqual(['haproxy', 'lb', 'ports', 'redis', 'tcp']);
    expect([...runbooks.value.values()].map((r) => r.command)).toEqual([...runbooks.value.keys()]);
  });

  it('are read once, when they are asked for or ahead of it', async () => {
    const runbooks = await runbooksOf(undefined);
    if (!runbooks.ok) throw new Error(runbooks.fault.message);
    const first = runbooks.value.get('tcp');
    await readAhead(runbooks.value, new AbortController().signal);
    expect(runbooks.value.get('tcp')).toBe(first);
    expect(runbooks.value.get('nope')).toBeUndefined();
  });

  it("say a mistake of the team's own before anything starts", async () => {
    await writeFile(join(own, 'disk.yaml'), 'command: disk\n');
    expect(await runbooksOf(configOf(own))).toMatchObject({ ok: false, fault: { code: 'runbook_invalid' } });
  });

  it('may not take the command of another one', async () => {
    await rm(join(own, 'disk.yaml'));
    await newRunbook('tcp', own, []);
    const refused = await runbooksOf(configOf(own));
    expect(refused).toMatchObject({ ok: false, fault: { message: expect.stringContaining('`tcp` a second time') } });
  });
});
