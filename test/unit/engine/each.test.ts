import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Reading } from '../../../src/core/fact-type.js';
import { fact, registry } from '../../../src/core/registry.js';
import { loadRunbook } from '../../../src/core/runbook-loader.js';
import { checkVariables, judge } from '../../../src/engine/judge.js';
import { fillPhrase } from '../../../src/engine/phrase.js';

const kinds = registry(
  [
    fact({
      name: 'servers',
      summary: 'servers here',
      args: z.strictObject({ port: z.int().min(1).max(100) }),
      schema: { here: { list: [{ name: 'string', idle: 'int', evidence: 'list<string>' }] }, count: 'int' },
      probe: () => ({ script: 'cat', env: {} }),
      parse: () => ({ status: 'error', reason: 'unused' }),
    }),
  ],
  [],
);

const RUNBOOK = `command: idle
verbs: { read: audit }
title: t
params: { port: { type: integer, default: 5, min: 1, max: 100, help: h, label: port } }
facts: { all: { servers: { port: "{params.port}" } } }
checks:
  short:
    severity: critical
    each: { server: all.here.list }
    when: server.name != "left out"
    expect: server.idle > 0 && server.idle < 300
    otherwise: "{server.name} waits {server.idle} s"
    consequence: "{server.name} hangs"
    cure: "set it to 60"
    rule: r
knowledge: k
`;

const load = (text = RUNBOOK) => loadRunbook('idle.yaml', text, kinds);
const runbook = () => {
  const loaded = load();
  if (!loaded.ok) throw new Error(loaded.fault.next);
  return loaded.value;
};

const read = (...idles: readonly (readonly [string, number])[]): Reading => ({
  status: 'read',
  value: {
    count: idles.length,
    here: { list: idles.map(([name, idle]) => ({ name, idle, evidence: [`${name} idle=${idle}`] })) },
  },
  evidence: ['everything'],
});
const verdicts = (all: Reading) => judge(runbook(), { all }, { port: 5 });

describe('a check of each item', () => {
  it('gives every item a verdict of its own, with its own words, advice and evidence', () => {
    const [a, b, c] = verdicts(read(['a', 60], ['b', 0], ['left out', 0]));
    expect([a?.kind, b?.kind, c?.kind]).toEqual(['pass', 'fail', 'skip']);
    expect(b && fillPhrase(b.message)).toBe('b waits 0 s');
    expect(b?.advice?.consequence && fillPhrase(b.advice.consequence)).toBe('b hangs');
    expect(b?.evidence).toEqual(['b idle=0']);
    expect(a?.advice).toBeUndefined();
  });

  it('counts as failed for changes when one item failed, and as passed only when none failed or is unclear', () => {
    expect(checkVariables(verdicts(read(['a', 60], ['b', 0])))).toMatchObject({
      short: { failed: true, passed: false },
    });
    expect(checkVariables(verdicts(read(['a', 60])))).toMatchObject({ short: { failed: false, passed: true } });
  });

  it('is skipped where there is no item, and an error where the fact was not read', () => {
    expect(verdicts(read()).map((v) => v.kind)).toEqual(['skip']);
    expect(verdicts({ status: 'error', reason: 'no' }).map((v) => v.kind)).toEqual(['error']);
  });

  it.each([
    ['all.here.list', 'all.here', '`all.here` is no list of records. There is `all.here.list`.'],
    ['server.idle >', 'server.idel >', 'No such key: idel'],
    ['{ server: all', '{ params: all', '`params` is taken; choose another name.'],
    ['"{params.port}"', '"{params.prot}"', 'There is no param `prot`. Did you mean `port`?'],
    ['default: 5', 'default: 500', 'must itself be a whole number from 1 to 100'],
  ])('%s written as %s is a mistake with its place', (right, wrong, message) => {
    const loaded = load(RUNBOOK.replace(right, wrong));
    expect(loaded.ok ? '' : loaded.fault.next).toMatch(/^idle\.yaml:\d+:\d+ /);
    expect(loaded.ok ? '' : loaded.fault.next).toContain(message);
  });
});
