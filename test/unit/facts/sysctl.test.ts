import { describe, expect, test } from 'vitest';
import { expandBraces, matchesPath } from '../../../src/facts/sysctl/glob.js';
import { runningLines, settersOf } from '../../../src/facts/sysctl/setters.js';
import { sysctl } from '../../../src/facts/sysctl/sysctl.js';
import { kernelDefault, written } from '../../../src/facts/sysctl/value.js';

const KEY = 'net.ipv4.tcp_tw_reuse';
const lines = (...texts: string[]) => texts.map((text, i) => ({ path: '/etc/rc.local', number: i + 1, text }));

describe('the key of the fact sysctl', () => {
  test.each([KEY, 'net.ipv4.conf.eth0/100.rp_filter', 'vm.swappiness'])('accepts %s', (key) => {
    expect(sysctl.args.safeParse(key).success).toBe(true);
  });

  test.each([
    '',
    'net',
    '../../etc/passwd',
    'net.ipv4.x;id',
    'net.ipv4.$(id)',
    'net..ipv4',
    '/net/ipv4/x',
    'net.ipv4.a/..',
    'a\nb.c',
  ])('refuses %j', (key) => {
    expect(sysctl.args.safeParse(key).success).toBe(false);
  });
});

describe('what the kernel takes', () => {
  test.each([
    ['1', '1'],
    [' 0x1 ', '1'],
    ['01', '1'],
    ['1 # why', '1'],
    ['3', undefined],
    ['-1', undefined],
    ['x', undefined],
    ['', undefined],
    ['1;', undefined],
    ['1\r2', undefined],
  ])('%j written to tcp_tw_reuse reads back as %j', (text, value) => {
    expect(written(KEY, text, '2')).toBe(value);
  });

  test('the default of tcp_tw_reuse is 2 since 4.19, 0 before, and not known for other keys', () => {
    expect(kernelDefault(KEY, '6.1.0-13-amd64')).toBe('2');
    expect(kernelDefault(KEY, '4.19.0')).toBe('2');
    expect(kernelDefault(KEY, '3.10.0-1160.el7')).toBe('0');
    expect(kernelDefault(KEY, 'odd')).toBeUndefined();
    expect(kernelDefault('vm.swappiness', '6.1.0')).toBeUndefined();
  });
});

describe('patterns', () => {
  test('a star does not cross a slash, and a hundred stars do not hang', () => {
    expect(matchesPath('net/*/tcp_*', 'net/ipv4/tcp_tw_reuse')).toBe(true);
    expect(matchesPath('net/*', 'net/ipv4/tcp_tw_reuse')).toBe(false);
    const before = performance.now();
    expect(matchesPath(`${'*a'.repeat(300)}`, 'a'.repeat(200))).toBe(false);
    expect(performance.now() - before).toBeLessThan(500);
  });

  test('braces expand, and not without bound', () => {
    expect(expandBraces('net/{a,b}/c{1,2}')).toEqual(['net/a/c1', 'net/a/c2', 'net/b/c1', 'net/b/c2']);
    expect(expandBraces('{a,b}'.repeat(20))).toHaveLength(1);
  });
});

describe('lines that set a key after the loaders have run', () => {
  test.each([
    ['echo 1 > /proc/sys/net/ipv4/tcp_tw_reuse', '1', true],
    ['/bin/echo "1" > /proc/sys/net/ipv4/tcp_tw_reuse', '1', true],
    ['sysctl -w net.ipv4.tcp_tw_reuse=0', '0', true],
    ['/sbin/sysctl -q -w net/ipv4/tcp_tw_reuse=0 > /dev/null 2>&1', '0', true],
    ['sysctl -w net.ipv4.tcp_tw_reuse=0 && echo done', '0', false],
    ['sysctl -w net.ipv4.tcp_tw_reuse=0 vm.swappiness=1', '0', false],
    ['@reboot root echo 2 > /proc/sys/net/ipv4/tcp_tw_reuse', '2', false],
    ['sysctl -w net.ipv4.tcp_tw_reuse=$N', undefined, false],
  ])('%s', (text, value, exact) => {
    expect(settersOf(KEY, lines(text))).toMatchObject([{ what: 'set', value, exact }]);
  });

  test('other keys, comments and near names are none', () => {
    const none = lines(
      '# sysctl -w net.ipv4.tcp_tw_reuse=0',
      'sysctl -w net.ipv4.tcp_tw_reuse_delay=5',
      'echo 1 > /proc/sys/net/ipv4/ip_forward',
    );
    expect(settersOf(KEY, none)).toEqual([]);
  });

  test('a loader that is run again counts', () => {
    expect(settersOf(KEY, lines('sysctl --system', 'sysctl -p', 'sysctl -q -p /etc/other.conf'))).toMatchObject([
      { what: 'system' },
      { what: 'file', value: '/etc/sysctl.conf' },
      { what: 'file', value: '/etc/other.conf' },
    ]);
  });

  test('nothing behind an exit at the margin runs, and nothing at all without the exec bit', () => {
    const script = lines('#!/bin/sh', 'echo a', 'exit 0', 'echo b');
    expect(runningLines(true, script).map((line) => line.text)).toEqual(['#!/bin/sh', 'echo a']);
    expect(runningLines(false, script)).toEqual([]);
  });
});
