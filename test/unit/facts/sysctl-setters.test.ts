import { describe, expect, it } from 'vitest';
import { settersOf } from '../../../src/facts/sysctl/setters.js';

const KEY = 'net.ipv4.tcp_tw_reuse';
const valuesIn = (text: string) => settersOf(KEY, [{ path: '/etc/rc.local', number: 3, text }]).map((s) => s.value);

describe('lines that set a key at boot', () => {
  it.each([
    ['echo 0 > /proc/sys/net/ipv4/tcp_tw_reuse', ['0']],
    ['sysctl -w net.ipv4.tcp_tw_reuse=2 # as before', ['2']],
    ["echo 'a # b'; echo 0 > /proc/sys/net/ipv4/tcp_tw_reuse", ['0']],
    ['# echo 0 > /proc/sys/net/ipv4/tcp_tw_reuse', []],
    [': # commented out by Runbolt: echo 0 > /proc/sys/net/ipv4/tcp_tw_reuse', []],
    ['true # sysctl -w net.ipv4.tcp_tw_reuse=0', []],
    [': # sysctl --system', []],
  ])('%s', (text, values) => {
    expect(valuesIn(text)).toEqual(values);
  });
});
