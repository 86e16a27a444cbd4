import ssh2 from 'ssh2';
import { describe, expect, it } from 'vitest';
import { makeKeyPair } from '../../../src/demo/sshd/keys.js';

describe('key pairs of the demo', () => {
  it.each(['ed25519', 'ecdsa'] as const)('of kind %s can be read back, every one of 1500', (kind) => {
    const faults = Array.from({ length: 1500 }, () => makeKeyPair(kind))
      .flatMap((pair) => [ssh2.utils.parseKey(pair.privateKey), ssh2.utils.parseKey(pair.publicKey)])
      .filter((parsed) => parsed instanceof Error);
    expect(faults).toEqual([]);
  });
});
