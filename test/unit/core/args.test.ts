import { describe, expect, it } from 'vitest';
import { bindArgs } from '../../../src/core/args.js';
import { paramsFor } from '../../../src/core/params.js';

describe('the arguments of a fact', () => {
  it('take a param with its type, and a secret, where the whole text is a placeholder', () => {
    const written = {
      port: '{params.port}',
      pass: '{secrets.redis}',
      none: '{secrets.other}',
      text: 'at {params.port}',
    };
    expect(bindArgs({ a: [written] }, { params: { port: 6379 }, secrets: { redis: '{params.port}' } })).toEqual({
      a: [{ port: 6379, pass: '{params.port}', none: '', text: 'at {params.port}' }],
    });
  });
});

describe('a param with a label', () => {
  const specs = { idle: { type: 'integer', default: 350, min: 1, max: 7000, help: 'h', label: 'idle_limit' } } as const;
  const of = (given: readonly string[], labels: Record<string, string>) => {
    const values = paramsFor({ idle: given.length > 0 ? 60 : 350 }, given, specs, labels);
    return values.ok ? values.value.idle : values.fault.code;
  };

  it('is what the request gave, else what the label of the target says, else its default', () => {
    expect(of(['idle'], { idle_limit: '100' })).toBe(60);
    expect(of([], { idle_limit: '100' })).toBe(100);
    expect(of([], {})).toBe(350);
  });

  it('is refused when the label is impossible', () => {
    expect(of([], { idle_limit: 'soon' })).toBe('param_invalid');
  });
});
