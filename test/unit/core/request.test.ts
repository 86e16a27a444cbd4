import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRequest } from '../../../src/core/request.js';
import { sampleRunbook } from '../../rig/sample-runbook.js';

const RUNBOOKS = new Map([['disk', sampleRunbook()]]);
const parse = (text: string) => parseRequest(text, RUNBOOKS);
const run = (text: string) => {
  const parsed = parse(text);
  if (!parsed.ok || parsed.value.kind !== 'run') throw new Error(JSON.stringify(parsed));
  return parsed.value.request;
};
const fault = (text: string) => {
  const parsed = parse(text);
  return parsed.ok ? undefined : parsed.fault;
};

describe('a request', () => {
  it.each(['disk verify web-*', '/disk verify web-*', 'runbolt verify disk web-*', '/runbolt disk verify web-*'])(
    'is the same however it is begun: %s',
    (text) => {
      expect(run(text)).toMatchObject({ runbook: 'disk', verb: 'verify', mode: 'verify', selector: 'web-*' });
    },
  );

  it('has the params that were given and the defaults of the others', () => {
    expect(run('disk fix web-1 warn=70 mode=slow').params).toEqual({ warn: 70, deep: false, mode: 'slow', note: '' });
  });

  it.each([
    ['verify', 'verify'],
    ['plan', 'plan'],
    ['fix', 'fix'],
  ])('goes with %s as far as %s', (verb, mode) => {
    expect(run(`disk ${verb} web-1`).mode).toBe(mode);
  });

  it('takes what looks like a param in first place for a label', () => {
    expect(run('disk verify env=prod').selector).toBe('env=prod');
  });

  it('joins several terms of a selector', () => {
    expect(run('disk verify web-* !web-3 warn=5').selector).toBe('web-* !web-3');
  });
});

describe('a request that is wrong says what to do', () => {
  it.each([
    ['dsk verify web-1', 'command_unknown', 'Did you mean `disk`?'],
    ['verify dsk web-1', 'command_unknown', 'Did you mean `disk`?'],
    ['verify', 'command_unknown', 'No runbook is named.'],
    ['disk verfy web-1', 'verb_unknown', 'Did you mean `verify`?'],
    ['disk verify', 'selector_missing', 'needs to know which hosts'],
    ['disk verify warn=70', 'selector_missing', 'needs to know which hosts'],
    ['disk verify web-1 wran=70', 'param_unknown', 'Did you mean `warn`?'],
    ['disk verify web-1 warn=101', 'param_invalid', '`warn=101` is not possible'],
    ['disk verify web-1 warn=$(reboot)', 'param_invalid', 'is not possible'],
    ['disk verify web-1 warn=7 warn=8', 'param_invalid', 'given twice'],
    ['disk verify web-1 env=prod', 'param_unknown', 'no param `env`'],
    ['runs yesterday', 'argument_unexpected', 'takes nothing'],
    ['cancel r1 r2', 'argument_unexpected', 'takes one run'],
    ['revert r1 r2', 'argument_unexpected', 'takes one run'],
    ['constructor verify web-1', 'command_unknown', 'no command `constructor`'],
    [`disk verify ${'x'.repeat(2000)}`, 'argument_unexpected', 'longer than 2000'],
  ])('%s', (text, code, message) => {
    expect(fault(text)).toMatchObject({ code, message: expect.stringContaining(message) });
    expect(fault(text)?.next).not.toBe('');
  });

  it('hints where a label belongs', () => {
    expect(fault('disk verify web-1 env=prod')?.next).toContain('env=prod,role=web');
  });
});

describe('any text', () => {
  const word = fc.oneof(
    fc.constantFrom(
      'disk',
      '/disk',
      'runbolt',
      'verify',
      'fix',
      'plan',
      'help',
      'show',
      'warn=',
      'warn=7',
      'web-*',
      '__proto__=1',
    ),
    fc.string({ unit: 'binary', maxLength: 12 }),
  );

  it('is a request, a query or a fault with a next step; it never throws', () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), fc.constantFrom(' ', '\n', '\t', '\u00a0'), (words, space) => {
        const parsed = parse(words.join(space));
        if (parsed.ok) return;
        expect(parsed.fault.message).not.toBe('');
        expect(parsed.fault.next).not.toBe('');
      }),
      { numRuns: 2000 },
    );
  });

  it('never becomes a param out of its bounds', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.integer().map(String), fc.double().map(String)), (value) => {
        const parsed = parse(`disk verify web-1 warn=${value}`);
        if (!parsed.ok || parsed.value.kind !== 'run') return;
        const warn = Number(parsed.value.request.params.warn);
        expect(Number.isInteger(warn) && warn >= 1 && warn <= 100).toBe(true);
      }),
    );
  });
});
