import { describe, expect, it } from 'vitest';
import { describe as inWords, type ParamSpecs, paramSpec, readParams } from '../../../src/core/params.js';

const SPECS: ParamSpecs = {
  warn: { type: 'integer', default: 60, min: -5, max: 100, unit: 'percent', help: '' },
  deep: { type: 'boolean', default: false, help: '' },
  mode: { type: 'choice', default: 'fast', values: ['fast', 'slow'], help: '' },
  note: { type: 'string', default: '', max_length: 5, help: '' },
};
const read = (name: string, text: string) => {
  const values = readParams([{ name, text }], SPECS, 'disk verify');
  return values.ok ? values.value[name] : values.fault.code;
};

describe('a param', () => {
  it.each([
    ['warn', '-5', -5],
    ['warn', '100', 100],
    ['warn', '101', 'param_invalid'],
    ['warn', '-6', 'param_invalid'],
    ['warn', '5.0', 'param_invalid'],
    ['warn', '0x10', 'param_invalid'],
    ['warn', '1e1', 'param_invalid'],
    ['warn', '', 'param_invalid'],
    ['warn', '٣', 'param_invalid'],
    ['deep', 'yes', true],
    ['deep', 'false', false],
    ['deep', '1', 'param_invalid'],
    ['mode', 'slow', 'slow'],
    ['mode', 'slower', 'param_invalid'],
    ['note', '$(a)', '$(a)'],
    ['note', '123456', 'param_invalid'],
    ['toString', 'x', 'param_unknown'],
    ['__proto__', 'x', 'param_unknown'],
  ])('%s=%s is %s', (name, text, value) => {
    expect(read(name, text)).toBe(value);
  });

  it('is described with its bounds, unit and default', () => {
    expect(Object.values(SPECS).map(inWords)).toEqual([
      'a whole number from -5 to 100 (percent), 60 if not given',
      'true or false, false if not given',
      'one of fast, slow, fast if not given',
      'text of at most 5 characters, empty if not given',
    ]);
  });

  it.each([
    { type: 'integer', default: 101, min: 1, max: 100, help: '' },
    { type: 'choice', default: 'other', values: ['fast'], help: '' },
    { type: 'string', default: 'too long', max_length: 3, help: '' },
  ])('cannot be declared with a default out of its own bounds: $type', (spec) => {
    expect(paramSpec.safeParse(spec).error?.issues[0]?.path).toEqual(['default']);
  });
});
