import { describe, expect, test } from 'vitest';
import type { Probe } from '../../../src/core/fact-type.js';
import { sharedSections } from '../../../src/core/shared-section.js';
import { script } from '../../../src/facts/script.js';

const named = (probes: Readonly<Record<string, Probe>>) =>
  sharedSections(Object.entries(probes).map(([name, probe]) => ({ name, probe })));

describe('the sections of a gathering', () => {
  test('probes of one script run once, with the variables of all and their lists joined', () => {
    const a: Probe = { script: 'look', shares: true, env: { A: '1' }, lists: { KEYS: ['x', 'y'] }, waitMs: 100 };
    const b: Probe = { script: 'look', shares: true, env: { B: '2' }, lists: { KEYS: ['y', 'z'] }, waitMs: 20 };
    expect(named({ a, other: { script: 'else', env: {} }, b })).toEqual([
      { id: 'a', facts: ['a', 'b'], script: 'look', env: { A: '1', B: '2', KEYS: 'x\ny\nz' }, waitMs: 120 },
      { id: 'other', facts: ['other'], script: 'else', env: {}, waitMs: 0 },
    ]);
  });

  test('a probe that does not say that it shares runs by itself, be another the same', () => {
    const of = (env: Probe['env']): Probe => ({ script: 'look', env });
    const sections = named({ a: of({ SECRET: 'x' }), b: of({}), c: of({}), d: { ...of({}), shares: true } });
    expect(sections.map(({ facts, env }) => ({ facts, env }))).toEqual([
      { facts: ['a'], env: { SECRET: 'x' } },
      { facts: ['b'], env: {} },
      { facts: ['c'], env: {} },
      { facts: ['d'], env: {} },
    ]);
  });

  test('two scripts of a runbook with the same text keep their own variables', () => {
    const probe = (env: Readonly<Record<string, string>>) =>
      script.probe(script.args.parse({ run: 'echo who=$WHO', fields: { who: 'text' }, env }));
    const sections = named({ a: probe({ WHO: 'a' }), b: probe({}) });
    expect(sections.map(({ facts, env }) => [facts, env.WHO])).toEqual([
      [['a'], 'a'],
      [['b'], undefined],
    ]);
  });

  test('probes that contradict each other, be it over a third, run each by itself', () => {
    const of = (env: Probe['env']): Probe => ({ script: 'look', shares: true, env });
    const sections = named({ a: of({ A: '1' }), b: of({ B: '1' }), c: of({ B: '2' }), d: of({ A: '1', B: '2' }) });
    expect(sections.map(({ facts, env }) => ({ facts, env }))).toEqual([
      { facts: ['a', 'b'], env: { A: '1', B: '1' } },
      { facts: ['c', 'd'], env: { A: '1', B: '2' } },
    ]);
  });
});
