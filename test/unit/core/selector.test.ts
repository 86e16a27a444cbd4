import { describe, expect, it } from 'vitest';
import { parseSelector, resolve, selects } from '../../../src/core/selector.js';
import { target } from '../../rig/targets.js';

const FLEET = [
  ...[1, 2, 3, 10].map((n) => target(`web-${n}`, { env: n === 10 ? 'staging' : 'prod', role: 'web' })),
  target('db-1', { env: 'prod', role: 'db' }),
  target('cache-1', { env: 'prod', role: 'cache' }),
];
const GROUPS = { edge: 'web-[1-2]', all: '@edge db-*', loop: '@loop' };

const chosen = (text: string): string[] | string => {
  const parsed = parseSelector(text, GROUPS);
  if (!parsed.ok) return parsed.fault.code;
  const found = resolve(text, parsed.value, FLEET);
  return found.ok ? found.value.map((t) => t.name) : found.fault.code;
};

describe('a selector', () => {
  it.each([
    ['web-*', ['web-1', 'web-2', 'web-3', 'web-10']],
    ['web-[1-2]', ['web-1', 'web-2']],
    ['web-[1-200]', ['web-1', 'web-2', 'web-3', 'web-10']],
    ['web-?', ['web-1', 'web-2', 'web-3']],
    ['web-1,db-1', ['db-1', 'web-1']],
    ['web-1 db-1', ['db-1', 'web-1']],
    ['env=prod,role=web', ['web-1', 'web-2', 'web-3']],
    ['role=web|db,env=prod', ['db-1', 'web-1', 'web-2', 'web-3']],
    ['env!=prod', ['web-10']],
    ['web-*,env=prod', ['web-1', 'web-2', 'web-3']],
    ['web-*,!web-3', ['web-1', 'web-2', 'web-10']],
    ['web-* !web-[2-10]', ['web-1']],
    ['!web-*', ['cache-1', 'db-1']],
    ['@edge', ['web-1', 'web-2']],
    ['@all', ['db-1', 'web-1', 'web-2']],
    ['*', ['cache-1', 'db-1', 'web-1', 'web-2', 'web-3', 'web-10']],
  ])('%s means %j', (text, names) => {
    expect(chosen(text)).toEqual(names);
  });

  it.each(['web-1;reboot', '$(id)', 'web-[3-1]', '@nobody', '@loop', '`x`', 'a|b', ''])('%j is refused', (text) => {
    expect(chosen(text)).toBe('selector_invalid');
  });

  it('that matches nothing names near hosts', () => {
    const parsed = parseSelector('wbe-1', GROUPS);
    const found = parsed.ok ? resolve('wbe-1', parsed.value, FLEET) : parsed;
    expect(found).toMatchObject({
      ok: false,
      fault: { code: 'selector_empty', next: expect.stringContaining('web-1') },
    });
  });

  it('with an unknown label value names the values that there are', () => {
    const parsed = parseSelector('env=porduction', GROUPS);
    const found = parsed.ok ? resolve('env=porduction', parsed.value, FLEET) : parsed;
    expect(found).toMatchObject({ ok: false, fault: { next: 'Values of the label env: prod, staging.' } });
  });

  it('does not find labels on the prototype', () => {
    const parsed = parseSelector('constructor=*', {});
    expect(parsed.ok && FLEET.some((t) => selects(parsed.value, t))).toBe(false);
  });

  it('takes a hostile glob in a moment', () => {
    const parsed = parseSelector(`${'*a'.repeat(100)}`, {});
    const long = target('a'.repeat(250), {});
    expect(parsed.ok && selects(parsed.value, long)).toBe(true);
  });
});
