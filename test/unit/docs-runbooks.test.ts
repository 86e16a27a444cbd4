import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { builtIn } from '../../src/composition/registry.js';
import { inspectRunbook, loadRunbook } from '../../src/core/runbook-loader.js';
import { runProgram } from '../../src/doors/cli/program.js';
import { deedsBy } from '../rig/deeds.js';

const page = readFileSync(new URL('../../docs/runbooks.md', import.meta.url), 'utf8');
const blocks = (language: string): readonly string[] =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map((m) => m[1] ?? '');
const section = z.record(z.string(), z.record(z.string(), z.unknown()));

describe('docs/runbooks.md', () => {
  it('shows facts, checks, params and changes that together are a runbook without a mistake', () => {
    const parts = { params: {}, facts: {}, checks: {}, changes: {} };
    const merged: Record<string, unknown> = { command: 'page', title: 'The page', knowledge: 'None.' };
    for (const block of blocks('yaml')) {
      const data = z.record(z.string(), z.unknown()).parse(parse(block));
      if ('targets' in data) continue;
      for (const [key, value] of Object.entries(data)) {
        if (key in parts) merged[key] = { ...section.catch({}).parse(merged[key]), ...section.parse(value) };
        else merged[key] = value;
      }
    }
    const simple = (expect_: string) => ({ expect: expect_, otherwise: 'wrong', rule: 'x' });
    merged.params = {
      ...section.parse(merged.params),
      backlog: { type: 'integer', default: 4096, min: 128, max: 65535, help: 'x' },
      mount: { type: 'string', default: '/', max_length: 100, help: 'x' },
      value: { type: 'choice', default: 'off', values: ['on', 'off'], help: 'x' },
    };
    merged.checks = {
      ...section.parse(merged.checks),
      backlog: simple('int(backlog.running) >= params.backlog'),
      shadow: simple('shadow.mode == "0600"'),
      flag: simple('disk.used < 90 && web.listening && nginx.running && clients.close_wait < 5'),
    };
    const text = JSON.stringify(merged);
    const loaded = loadRunbook('page.yaml', text, builtIn);
    expect(loaded.ok ? [] : loaded.fault.next).toEqual([]);
    expect(inspectRunbook('page.yaml', text, builtIn).warnings).toEqual([]);
  });

  it('names every field that the facts of its table have', () => {
    for (const name of ['listener', 'process', 'management', 'file']) {
      const row = page.split('\n').find((line) => line.startsWith(`| \`${name}: `)) ?? '';
      for (const field of Object.keys(builtIn.facts.get(name)?.schema ?? {}))
        expect(row, name).toContain(`\`${field}\``);
    }
  });

  it('shows commands that the program has', async () => {
    const asked: string[] = [];
    const deeds = deedsBy(async (name) => {
      asked.push(name);
      return 0;
    });
    const lines = blocks('sh').flatMap((block) => block.split('\n').filter((line) => line.startsWith('runbolt ')));
    expect(lines.length).toBeGreaterThanOrEqual(7);
    for (const line of lines) {
      const words = spawnSync('sh', ['-c', `printf '%s\\n' ${line.replace(/ +#.*$/, '')}`], { encoding: 'utf8' });
      const argv = words.stdout.trim().split('\n').slice(1);
      const quiet = { out: () => undefined, err: () => undefined };
      expect(await runProgram(argv, '0', deeds, quiet), line).toBe(0);
    }
    expect(asked).toHaveLength(lines.length);
  });

  it('says how many checks the example has', () => {
    const example = readFileSync(new URL('../../docs/examples/baseline.yaml', import.meta.url), 'utf8');
    const loaded = loadRunbook('baseline.yaml', example, builtIn);
    const checks = loaded.ok ? loaded.value.checks.length : 0;
    expect(page).toContain(`${checks} checks of sysctls and files`);
    expect(example).toContain(`baseline of ${checks} checks`);
    expect(inspectRunbook('baseline.yaml', example, builtIn).warnings).toEqual([]);
  });
});
