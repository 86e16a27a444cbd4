import { describe, expect, test } from 'vitest';
import { expandBraces, matchesPath } from '../../../src/facts/sysctl/glob.js';
import { runningLines } from '../../../src/facts/sysctl/script-lines.js';
import { settersOf } from '../../../src/facts/sysctl/setters.js';
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

  test.each([
    ['1024 65000', '1024\t65000'],
    ['1024\t65000 7', '1024\t65000'],
    ['1024', '1024\t60999'],
    ['1024 x', undefined],
    ['x', undefined],
    ['', undefined],
    ['0 65000', undefined],
  ])('%j written to ip_local_port_range, which was 32768-60999, reads back as %j', (text, value) => {
    expect(written('net.ipv4.ip_local_port_range', text, '10240\t65535', '32768\t60999')).toBe(value);
  });

  test('what the first of two values alone makes of a range is not known where the second is not', () => {
    expect(written('net.ipv4.ip_local_port_range', '1024', '10240\t65535')).toBeUndefined();
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
    expect(performance.now() - before).toBeLessThan(5_000);
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

  test.each([
    ['echo 1024 65000 > /proc/sys/net/ipv4/ip_local_port_range', '1024 65000', true],
    ["echo '1024\t65000' > /proc/sys/net/ipv4/ip_local_port_range", '1024\t65000', true],
    ['sysctl -w net.ipv4.ip_local_port_range="1024 65000"', '1024 65000', true],
    ["/sbin/sysctl -w 'net.ipv4.ip_local_port_range = 1024 65000' >/dev/null", '1024 65000', true],
    ['net.ipv4.ip_local_port_range = 1024 65000', '1024 65000', false],
    ['sh -c "sysctl -w net.ipv4.ip_local_port_range=\'1024 65000\'"', '1024 65000', false],
    ['sysctl -w net.ipv4.ip_local_port_range=1024 65000', '1024', false],
    ['sysctl -w net.ipv4.ip_local_port_range="1024 $HIGH"', undefined, false],
    ['sysctl -w "net.ipv4.ip_local_port_range=1024 $HIGH"', undefined, false],
  ])('%s, two values', (text, value, exact) => {
    expect(settersOf('net.ipv4.ip_local_port_range', lines(text))).toMatchObject([{ what: 'set', value, exact }]);
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

  test.each([
    ['@reboot root sleep 10 && /sbin/sysctl -q -p >/dev/null 2>&1', '/etc/sysctl.conf'],
    ['ExecStart=-/sbin/sysctl -e -p /opt/a.conf /opt/b.conf', '/opt/a.conf /opt/b.conf'],
    ['ExecStart=sysctl --load=/opt/a.conf', '/opt/a.conf'],
    ['sh -c "sysctl -p /opt/a.conf"', '/opt/a.conf'],
    ['for f in /opt/*; do sysctl -p $f; done', '$f'],
    ['cat /opt/a.conf | sysctl -p -', '-'],
    ['cd /opt && sysctl -p a.conf', 'a.conf'],
  ])('%s loads %s', (text, value) => {
    expect(settersOf(KEY, lines(text))).toMatchObject([{ what: 'file', value }]);
  });

  test.each([
    'systemd-sysctl -p',
    'sysctl -w net.ipv4.ip_forward=1',
    'Description=Runs sysctl -p',
    'sysctl -n vm.swappiness',
  ])('%s loads nothing', (text) => {
    expect(settersOf(KEY, lines(text))).toEqual([]);
  });

  test.each([
    'cd /proc/sys/net/ipv4; echo 0 > tcp_tw_reuse',
    'for k in tcp_tw_reuse tcp_ecn; do echo 0 > /proc/sys/net/ipv4/$k; done',
    'echo 0 | tee ipv4/tcp_tw_reuse',
    'echo 0 > "$dir/tcp_tw_reuse"',
    'echo 0 > /proc/sys/net/*/tcp_tw_reuse',
    'sysctl -w net.$family.tcp_tw_reuse=0',
  ])('%s sets it to what cannot be read', (text) => {
    expect(settersOf(KEY, lines(text))).toMatchObject([{ what: 'set', value: undefined, exact: false }]);
  });

  test.each([
    'echo "net.ipv4.tcp_tw_reuse is 0"',
    'Description=Sets net.ipv4.tcp_tw_reuse',
    'cat /var/log/tcp_tw_reuse > /tmp/x',
    'echo 0 > /proc/sys/net/ipv6/tcp_tw_reuse',
    'echo 0 > /proc/sys/net/ipv4/conf/$i/tcp_tw_reuse',
    'echo 0 > tcp_tw_reuse_delay',
  ])('%s sets it not', (text) => {
    expect(settersOf(KEY, lines(text))).toEqual([]);
  });

  test('a pattern in the path stands for each interface', () => {
    const text = 'for i in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 0 > $i; done';
    expect(settersOf('net.ipv4.conf.eth0.rp_filter', lines(text))).toMatchObject([{ value: undefined }]);
    expect(settersOf('net.ipv6.conf.eth0.rp_filter', lines(text))).toEqual([]);
  });

  test('what stands behind a condition is not sure to run', () => {
    const text = 'echo 0 > /proc/sys/net/ipv4/tcp_tw_reuse';
    expect(settersOf(KEY, lines(`[ -e /x ] && ${text}`))).toMatchObject([{ value: '0', sure: false, exact: false }]);
    expect(settersOf(KEY, lines(`${text} || true`))).toMatchObject([{ value: '0', sure: true }]);
    const inBlock = runningLines(true, lines('if [ -e /x ]', 'then', text, 'fi', text));
    expect(settersOf(KEY, inBlock)).toMatchObject([
      { sure: false, exact: true },
      { sure: true, exact: true },
    ]);
  });
});

describe('the lines of a script that run', () => {
  const sure = (...script: readonly string[]) =>
    runningLines(true, lines(...script)).map(({ text, sure: is }) => (is ? text : `? ${text}`));

  test('none behind an exit that nothing stands around, and none at all without the exec bit', () => {
    expect(sure('#!/bin/sh', 'echo a', '  exit 0', 'echo b')).toEqual(['#!/bin/sh', 'echo a']);
    expect(runningLines(false, lines('echo a'))).toEqual([]);
  });

  test.each<[string, readonly string[]]>([
    ['a block', ['if [ -e /x ]; then', 'exit 0', 'fi']],
    ['a condition', ['[ -e /x ] || exit 0']],
    ['a case', ['case $1 in', 'stop) exit 0;;', 'esac']],
    ['a group', ['test -e /x || {', 'exit 1', '}']],
  ])('an exit in %s leaves open what comes after it', (_, before) => {
    expect(sure(...before, 'echo b').at(-1)).toBe('? echo b');
  });

  test('what is in blocks, functions, here-documents and continued lines is not sure', () => {
    expect(sure('for i in a b; do', 'echo 1', 'done', 'echo 2')).toEqual([
      'for i in a b; do',
      '? echo 1',
      '? done',
      'echo 2',
    ]);
    expect(sure('tune() {', 'echo 1', '}', 'tune')).toEqual(['tune() {', '? echo 1', '? }', 'tune']);
    expect(sure('cat > /x <<EOF', 'echo 1', 'EOF', 'echo 2')).toEqual([
      'cat > /x <<EOF',
      '? echo 1',
      '? EOF',
      'echo 2',
    ]);
    expect(sure('test -e /x &&', 'echo 1', 'echo 2')).toEqual(['test -e /x &&', '? echo 1', 'echo 2']);
  });

  test.each([
    ['if true; then echo 1; fi'],
    ['( cd /x; echo 1 )'],
    ['for i in a b; do ( echo "$i" ) & done'],
    ['echo "if" # then'],
    ['case $x in a) echo 1;; (b) echo 2;; esac'],
    ['f() { echo 1; }'],
    ['while read -r a; do echo "$a"; done < /x'],
    ['a=$(ls | wc -l)'],
  ])('%s leaves no block open', (text) => {
    expect(sure(text, 'echo b')).toEqual([text, 'echo b']);
  });
});
