import { describe, expect, test } from 'vitest';
import { redisConfig } from '../../../src/changes/redis-config/redis-config.js';
import { refusal } from '../../../src/changes/refusal.js';
import type { FactValue, Reading } from '../../../src/core/fact-type.js';

const EDIT = {
  ...{ refusal: '', pid: 812, path: '/etc/redis/redis.conf', sha256: 'a'.repeat(64), mode: '640', owner: '999:999' },
  ...{ line: 3, text: 'tcp-keepalive 0', host: '127.0.0.1', port: 6379, tls: false, cert: '', key: '' },
  ...{ conf: '', password_file: '', user: '' },
};

const server = (fields: FactValue = {}, edit: Partial<typeof EDIT> = {}): FactValue => ({
  ...{ name: '10.0.0.7:6379', keepalive: 0, boot_known: true, boot_keepalive: 0, boot_by: '/etc/redis/redis.conf:3' },
  ...{ loopback_only: false, unprotected: 0, unprotected_peers: '' },
  ...fields,
  edit: JSON.stringify({ ...EDIT, ...edit }),
});

const plan = (instances: readonly FactValue[], limit = 0, keepalive = 60) => {
  const readings: Reading[] = [
    { status: 'read', value: { instances }, evidence: [] },
    { status: 'read', value: { known: limit > 0, shortest_s: limit, first: 'NLB' }, evidence: [] },
  ];
  return redisConfig.plan({ servers: 'redis', path: 'path', keepalive }, readings);
};

describe('planning the change redis_config', () => {
  test('sets the running value and the one line, and says what stays unprotected', () => {
    const planned = plan([server({ unprotected: 7, unprotected_peers: '10.0.0.5 (7)' })]);
    expect(planned).toMatchObject({
      kind: 'steps',
      steps: [{ env: { RUNNING: '0', VALUE: '60', EDIT: '1', LINE: '3', FILE_OWNER: '640 999:999' } }],
    });
    expect(JSON.stringify(planned)).toContain('7 open ones of 10.0.0.7:6379 stay unprotected until they reconnect');
  });

  test('a server that is well is left alone, whatever its value', () => {
    expect(plan([server({ keepalive: 45, boot_keepalive: 45 })], 350)).toEqual({ kind: 'nothing' });
    const mixed = plan([server({ name: 'a', keepalive: 300, boot_keepalive: 300 }), server({ name: 'b' })]);
    expect(mixed).toMatchObject({ kind: 'steps', steps: [{ title: 'b: tcp-keepalive 60' }] });
  });

  test('what runs well is written down, what is written well is set', () => {
    expect(plan([server({ keepalive: 100 })])).toMatchObject({ steps: [{ env: { VALUE: '100', EDIT: '1' } }] });
    expect(plan([server({ boot_keepalive: 120 })])).toMatchObject({ steps: [{ env: { VALUE: '120', EDIT: '0' } }] });
  });

  test('a file that two servers share is edited once', () => {
    const planned = plan([server({ name: 'a' }), server({ name: 'b' })]);
    expect(planned).toMatchObject({ steps: [{ env: { EDIT: '1' } }, { env: { EDIT: '0', FILE_BEFORE: '' } }] });
  });

  test.each<[string, FactValue[], number, number, string]>([
    ['one that cannot be edited', [server(), server({ name: 'x' }, { refusal: 'it is managed' })], 0, 60, 'x: it is'],
    ['a value that the path makes useless', [server()], 350, 300, '300 s is above half of the 350 s'],
    ['an address that is an option', [server({}, { host: '-le/tmp/x' })], 0, 60, 'cannot be planned with'],
    ['a port out of range', [server({}, { port: 70_000 })], 0, 60, 'cannot be planned with'],
    ['nonsense', [{ name: 'x' }], 0, 60, 'cannot be planned with'],
  ])('refuses %s', (_, instances, limit, keepalive, words) => {
    expect(plan(instances, limit, keepalive)).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining(words),
    });
  });

  test('without a reading there is nothing to plan with', () => {
    expect(redisConfig.plan({ servers: 'redis', path: 'path', keepalive: 60 }, [])).toMatchObject({ kind: 'refused' });
  });
});

test('a refusal plans nothing but its reason', () => {
  expect(refusal.plan('It does harm.', [])).toEqual({ kind: 'refused', reason: 'It does harm.' });
});
