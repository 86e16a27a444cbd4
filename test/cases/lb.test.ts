import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { fact, registry } from '../../src/core/registry.js';
import { loadRunbook } from '../../src/core/runbook-loader.js';
import { judge } from '../../src/engine/judge.js';
import { blockedListener } from '../../src/facts/blocked-listener/blocked-listener.js';
import { kernel } from '../../src/facts/kernel.js';
import { listenerAnswer } from '../../src/facts/listener-answer/listener-answer.js';
import { kernelOf } from './kernel-of.js';

/** What a host printed, and what the runbook must say of it. Outputs are recorded from real kernels, a line an item. */
const caseFile = z.strictObject({
  about: z.string(),
  params: z.strictObject({ idle_timeout: z.int(), port: z.int(), probe: z.boolean() }),
  outputs: z.strictObject({ listeners: z.array(z.string()), answer: z.array(z.string()) }),
  verdicts: z.record(z.string(), z.enum(['pass', 'fail', 'skip', 'error'])),
  /** A line of the verdicts' evidence: why it is so, acquittals too. */
  evidence: z.string(),
});

const KINDS = registry([fact(blockedListener), fact(listenerAnswer), fact(kernel)], []);
const CASES = new URL('./lb/', import.meta.url);
const ORDER = ['fail', 'error', 'pass', 'skip'];

const loaded = loadRunbook('lb.yaml', readFileSync(new URL('../../runbooks/lb.yaml', import.meta.url), 'utf8'), KINDS);
if (!loaded.ok) throw new Error(loaded.fault.next);
const runbook = loaded.value;
const text = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');

describe('the runbook lb', () => {
  for (const name of readdirSync(CASES).sort()) {
    const { about, params, outputs, ...wanted } = caseFile.parse(
      JSON.parse(readFileSync(new URL(name, CASES), 'utf8')),
    );
    test(`${name.replace('.json', '')}: ${about}`, () => {
      const verdicts = judge(
        runbook,
        {
          listeners: blockedListener.parse(text(outputs.listeners), {}),
          answer: listenerAnswer.parse(text(outputs.answer), { port: params.port, consent: params.probe }),
          kernel: kernelOf(outputs.listeners),
        },
        params,
      );
      const kinds: Record<string, string> = {};
      for (const { check, kind } of verdicts)
        if (ORDER.indexOf(kind) < ORDER.indexOf(kinds[check] ?? 'skip') || !(check in kinds)) kinds[check] = kind;
      expect(kinds).toEqual(wanted.verdicts);
      expect(verdicts.flatMap((one) => one.evidence).join('\n')).toMatch(new RegExp(wanted.evidence));
    });
  }

  test('it only reads: there is no word for changing', () => {
    expect(runbook.verbs).toEqual({ read: 'check' });
    expect(runbook.changes).toEqual([]);
  });

  test('cut output makes every check that mentions it an error', () => {
    const readings = {
      listeners: blockedListener.parse('runbolt-listeners\t1\n', {}),
      answer: listenerAnswer.parse('runbolt-answer\t1\n', { port: 8080, consent: true }),
    };
    const verdicts = judge(runbook, readings, { idle_timeout: 60, port: 8080, probe: true });
    expect(new Set(verdicts.map((one) => one.kind))).toEqual(new Set(['error']));
  });

  test('every check says what follows, what mends it and where its rule comes from', () => {
    for (const check of runbook.checks) {
      expect(Object.keys(check.advice), check.name).toEqual(expect.arrayContaining(['consequence', 'cure', 'stopgap']));
      expect(check.rule.length, check.name).toBeGreaterThan(20);
    }
  });
});
