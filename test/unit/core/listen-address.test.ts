import { expect, it } from 'vitest';
import { listenAddress, showAddress } from '../../../src/core/listen-address.js';

it.each([
  ['127.0.0.1:9464', '127.0.0.1', 9464],
  ['0.0.0.0:1', '0.0.0.0', 1],
  ['[::1]:65535', '::1', 65535],
  ['runbolt.internal:9464', 'runbolt.internal', 9464],
  ['9464', '127.0.0.1', 9464],
  [9464, '127.0.0.1', 9464],
])('%s is read, and a port alone is one of loopback', (text, host, port) => {
  expect(listenAddress.parse(text)).toEqual({ host, port });
});

it.each([
  '',
  ':9464',
  '127.0.0.1',
  '127.0.0.1:0',
  '127.0.0.1:65536',
  '::1:9464',
  'http://a:9464',
  'a b:1',
  0,
  -1,
  1.5,
  true,
])('%s is refused with an example', (text) => {
  const read = listenAddress.safeParse(text);
  expect(read.success).toBe(false);
  expect(read.error?.issues[0]?.message).toContain('HOST:PORT such as 127.0.0.1:9464');
});

it('is shown as it is written', () => {
  expect(showAddress({ host: '::1', port: 9464 })).toBe('[::1]:9464');
  expect(showAddress({ host: '127.0.0.1', port: 9464 })).toBe('127.0.0.1:9464');
});
