import { describe, expect, test } from 'vitest';
import { begun, place } from '../../../src/facts/redis/draft.js';
import { socketsOf } from '../../../src/facts/redis/listeners.js';

const server = (host: string, bind?: string) => {
  const one = begun(['1', '7', 'redis-server', 'host', host, '6379', '']);
  if (bind !== undefined) one.config.set('bind', bind);
  return one;
};
/** Ten connections, two without a timer, and a listener there. */
const at = (address: string, listeners = '1') => place([address, '10', '8', '2', '0', listeners, '1', '57']);

describe('the sockets of a server', () => {
  const both = [at('127.0.0.1'), at('10.0.9.1')];

  test('are those of the addresses it is bound to, not of its whole port', () => {
    expect(socketsOf(server('127.0.0.1', '127.0.0.1 -::1'), both, false)).toMatchObject({
      all: 10,
      loopbackOnly: true,
    });
    expect(socketsOf(server('10.0.9.1', '10.0.9.1'), both, false)).toMatchObject({ all: 10, loopbackOnly: false });
    expect(socketsOf(server('127.0.0.1', '127.0.0.1 10.0.9.1'), both, true)).toMatchObject({
      all: 20,
      without: 4,
      loopbackOnly: false,
    });
  });

  test.each(['', '* -::*', '0.0.0.0', '::'])('are those of every address where it is bound to all: "%s"', (bind) => {
    const places = [at('*'), at('10.0.9.1')];
    expect(socketsOf(server('127.0.0.1', bind), places, false)).toMatchObject({ all: 10, loopbackOnly: false });
  });

  test('are found whatever the spelling of an IPv6 address', () => {
    const places = [at('fd00:0000:0000:0000:0000:0000:0000:0001'), at('10.0.9.1')];
    expect(socketsOf(server('fd00::1', 'fd00::1'), places, false)).toMatchObject({ all: 10 });
    expect(socketsOf(server('10.0.9.1', '::ffff:10.0.9.1'), places, false)).toMatchObject({ all: 10 });
  });

  test('are all of its port where it does not say its addresses and is alone there, else those of its name', () => {
    expect(socketsOf(server('127.0.0.1'), both, true)).toMatchObject({ all: 20, loopbackOnly: false });
    expect(socketsOf(server('127.0.0.1'), both, false)).toMatchObject({ all: 10, loopbackOnly: true });
  });

  test('are also those of an address that nobody listens on any more, where nobody else can have them', () => {
    const places = [at('127.0.0.1'), at('*', '0')];
    expect(socketsOf(server('127.0.0.1', '127.0.0.1'), places, true)).toMatchObject({ all: 20, loopbackOnly: true });
    expect(socketsOf(server('127.0.0.1', '127.0.0.1'), places, false)).toMatchObject({ all: 10 });
  });
});
