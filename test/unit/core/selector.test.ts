import { describe, expect, it } from 'vitest';
import { resolve } from '../../../src/core/resolve.js';
import { parseSelector, selects } from '../../../src/core/selector.js';
import { target } from '../../rig/targets.js';

const FLEET = [
  ...[1, 2, 3, 10].map((n) => target(`web-${n}`, { env: n === 10 ? 'staging' : 'prod', role: 'web' })),
  target('db-1', { env: 'prod', role: 'db' }),
  target('cache-1', { env: 'prod', role: 'cache' }),
];
const GROUPS = {
  ...{ edge: 'web-[1-2]', all: '@edge db-*', loop: '@loop', ring: '@back', back: 'db-1 @ring' },
  ...{ web: 'web-*', most: 'web-* !web-3', outside: '!@web', nobody: 'mail-*' },
};

const asked = (text: string, must: 'all' | 'any' = 'all', fleet = FLEET) => {
  const parsed = parseSelector(text, GROUPS);
  return parsed.ok ? resolve(text, parsed.value, fleet, must) : parsed;
};
const chosen = (text: string, must: 'all' | 'any' = 'all'): string[] | string => {
  const found = asked(text, must);
  return found.ok ? found.value.targets.map((t) => t.name) : found.fault.code;
};
const refusal = (text: string, must: 'all' | 'any' = 'all') => {
  const found = asked(text, must);
  return found.ok ? found.value : [found.fault.code, found.fault.message, found.fault.next];
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
    ['@web,env=staging', ['web-10']],
    ['@web,!@edge', ['web-3', 'web-10']],
    ['* !@web', ['cache-1', 'db-1']],
    ['!@web', ['cache-1', 'db-1']],
    ['@outside', ['cache-1', 'db-1']],
    ['@edge,db-1,env=prod', ['db-1', 'web-1', 'web-2']],
    ['@most', ['web-1', 'web-2', 'web-10']],
    ['@most web-3', ['web-1', 'web-2', 'web-3', 'web-10']],
    ['@most,env=prod', ['web-1', 'web-2']],
    ['* !@most', ['cache-1', 'db-1', 'web-3']],
    ['web-*,env=prod !db-1', ['web-1', 'web-2', 'web-3']],
    ['*', ['cache-1', 'db-1', 'web-1', 'web-2', 'web-3', 'web-10']],
  ])('%s means %j', (text, names) => {
    expect(chosen(text)).toEqual(names);
  });

  it.each(['web-1;reboot', '$(id)', 'web-[3-1]', '@none', '@loop', '@ring', '!@loop', '!@', '`x`', 'a|b', ''])(
    '%j is refused',
    (text) => {
      expect(chosen(text)).toBe('selector_invalid');
    },
  );

  it('that matches nothing names near hosts', () => {
    expect(refusal('wbe-1')).toEqual([
      'selector_empty',
      'No host matches `wbe-1` among 6.',
      expect.stringContaining('web-1'),
    ]);
  });

  it('with an unknown label value names the values that there are', () => {
    expect(refusal('env=porduction')).toContain('Values of the label env: prod, staging.');
  });

  it('for a policy, a zone or an inventory may match nothing', () => {
    const parsed = parseSelector('@nobody mail-1 !wbe-3', GROUPS);
    expect(parsed.ok && FLEET.filter((t) => selects(parsed.value, t))).toEqual([]);
  });

  it('with groups in groups without end is refused in a moment', () => {
    const names = Array.from({ length: 60 }, (_, i) => `g${i}`);
    const groups = Object.fromEntries(names.map((n, i) => [n, i === 59 ? 'web-*' : `@g${i + 1} @g${i + 1}`]));
    const parsed = parseSelector('@g0', groups);
    expect(parsed).toMatchObject({ ok: false, fault: { code: 'selector_invalid' } });
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

describe('a selector with one item that no host is', () => {
  it.each([
    ['web-10 wbe-1', '`wbe-1`', 'Near names: web-1'],
    ['web-10,wbe-1', '`wbe-1`', 'Near names: web-1'],
    ['web-* mail-*', '`mail-*`', 'Known hosts: '],
    ['web-* mail-[1-3]', '`mail-[1-3]`', 'Known hosts: '],
    ['db-1 role=wbe', '`role=wbe`', 'Values of the label role: cache, db, web.'],
    ['role=web|dbb', '`role=dbb`', 'Values of the label role: cache, db, web.'],
    ['web-1 rolle=*', '`rolle=*`', 'Known labels: env, role.'],
    ['web-1 @nobody', '`@nobody`', '@nobody is `mail-*` under `groups` in runbolt.yaml.'],
    ['web-1 web-10,env=prod', '`web-10,env=prod`', 'no host matches all of them'],
    ['web-1 wbe-2 wbe-3', '`wbe-2`, `wbe-3`', 'Near names: '],
  ])('%s is refused and names %s', (text, item, next) => {
    expect(refusal(text)).toEqual([
      'selector_empty',
      `No host matches ${item} among 6.`,
      expect.stringContaining(next),
    ]);
  });

  it.each([
    ['web-* !wbe-3', '`!wbe-3`', 'Near names: web-3'],
    ['web-*,!wbe-3', '`!wbe-3`', 'Near names: web-3'],
    ['!mail-*', '`!mail-*`', 'Known hosts: '],
    ['* !@nobody', '`!@nobody`', 'under `groups`'],
    ['web-*,env!=stagign', '`env!=stagign`', 'Values of the label env: prod, staging.'],
  ])('%s would leave out nothing: it is refused and names %s', (text, item, next) => {
    expect(refusal(text)).toEqual([
      'selector_empty',
      `No host is left out by ${item} among 6.`,
      expect.stringContaining(next),
    ]);
  });

  it('is not refused for leaving out a host that it does not ask for', () => {
    expect(chosen('web-* !db-1')).toEqual(['web-1', 'web-2', 'web-3', 'web-10']);
    expect(chosen('web-* !web-[3-9]')).toEqual(['web-1', 'web-2', 'web-10']);
  });

  it('is not refused for what a group is made of', () => {
    const parsed = parseSelector('@mixed', { mixed: 'web-1 mail-1 !mail-2' });
    expect(parsed.ok && resolve('@mixed', parsed.value, FLEET)).toMatchObject({ ok: true, value: { unmatched: [] } });
  });

  it('that is a part of a range means the others, and says which names are missing', () => {
    expect(refusal('web-[1-12] db-[1,7]')).toMatchObject({
      targets: [{ name: 'db-1' }, { name: 'web-1' }, { name: 'web-2' }, { name: 'web-3' }, { name: 'web-10' }],
      unmatched: ['web-[4-9,11-12]', 'db-7'],
    });
  });

  it('says when what is left out is all that is asked for', () => {
    expect(refusal('web-1 !web-*')).toEqual([
      'selector_empty',
      'No host matches `web-1 !web-*` among 6.',
      'What `!` leaves out is all that the rest asks for.',
    ]);
  });

  it('means the other hosts where nobody can spell it anew, and says what matched nothing', () => {
    expect(refusal('web-[9-10] wbe-1 role=dbb web-10,env=prod !wbe-3', 'any')).toMatchObject({
      targets: [{ name: 'web-10' }],
      unmatched: ['web-9', 'wbe-1', 'role=dbb', 'web-10,env=prod', '!wbe-3'],
    });
    expect(refusal('wbe-1 role=dbb', 'any')).toContain('No host matches `wbe-1`, `role=dbb` among 6.');
  });

  it('in an empty inventory says that it is empty', () => {
    expect(asked('*', 'all', [])).toMatchObject({ ok: false, fault: { next: 'The inventory is empty.' } });
  });
});
