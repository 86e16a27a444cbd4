import { describe, expect, it } from 'vitest';
import { redisPlace } from '../../../../src/adapters/queue/redis-place.js';

const place = (url: string) => {
  const read = redisPlace(url);
  return read.ok ? read.value : read.fault.code;
};

describe('REDIS_URL', () => {
  it('names a Redis, with TLS by rediss://', () => {
    expect(place('redis://127.0.0.1')).toEqual({
      name: 'Redis at 127.0.0.1:6379',
      options: { host: '127.0.0.1', port: 6379, db: 0 },
    });
    expect(place('rediss://ana:p%40ss@cache.example:6380/3')).toEqual({
      name: 'Redis at cache.example:6380',
      options: {
        ...{ host: 'cache.example', port: 6380, db: 3, username: 'ana', password: 'p@ss' },
        tls: { servername: 'cache.example' },
      },
    });
    expect(place('redis://[::1]:6390')).toMatchObject({ options: { host: '::1', port: 6390 } });
  });

  it('names Sentinels and their master, with both passwords', () => {
    expect(place('redis+sentinel://:pw@s-1,s-2:26380,[::1]:7/mymaster/2?sentinel_password=s%3Aw')).toEqual({
      name: 'Redis mymaster (Sentinels s-1:26379, s-2:26380, ::1:7)',
      options: {
        ...{ db: 2, password: 'pw', sentinelPassword: 's:w', name: 'mymaster' },
        sentinels: [
          { host: 's-1', port: 26_379 },
          { host: 's-2', port: 26_380 },
          { host: '::1', port: 7 },
        ],
      },
    });
    expect(place('redis+sentinel://:p?w@s-1/m')).toMatchObject({ options: { password: 'p?w' } });
    expect(place('rediss+sentinel://s-1/m')).toMatchObject({ options: { tls: {}, enableTLSForSentinelMode: true } });
  });

  it('takes the database and the address family as options too', () => {
    expect(place('redis://h?db=3')).toMatchObject({ options: { db: 3 } });
    expect(place('redis://h:6379/?family=6')).toMatchObject({ options: { db: 0, family: 6 } });
    expect(place('rediss://h/5?family=4')).toMatchObject({ options: { db: 5, family: 4 } });
    expect(place('redis+sentinel://s-1/m?db=2&family=0&sentinel_password=p')).toMatchObject({
      options: { db: 2, family: 0, sentinelPassword: 'p' },
    });
  });

  it.each([
    ['redis://h?tls=true', 'the option tls, which is not known.', 'Known are db, family;'],
    ['redis://h?sentinel_password=p', 'the option sentinel_password,', 'Known are db, family;'],
    ['redis+sentinel://s-1/m?role=slave', 'the option role,', 'Known are db, family, sentinel_password;'],
    ['redis://h?db=three', 'The db in REDIS_URL cannot be used.', 'a number from 0'],
    ['redis://h?db=', 'The db in REDIS_URL cannot be used.', 'a number from 0'],
    ['redis://h?family=5', 'The family in REDIS_URL cannot be used.', '4 for IPv4'],
    ['redis://h/1?db=2', 'REDIS_URL names its db twice.', 'Leave /DB or ?db= out'],
    ['redis://h?db=1&db=2', 'REDIS_URL names its db twice.', 'leave the rest out'],
  ])('is refused for an option of %s', (url, message, next) => {
    expect(redisPlace(url)).toMatchObject({
      ok: false,
      fault: {
        code: 'config_invalid',
        message: expect.stringContaining(message),
        next: expect.stringContaining(next),
      },
    });
  });

  it.each([
    'redis://ana:12?secret@h',
    'redis://ana:12?secret=x@h',
    'redis://ana:12?x=y&secret@h',
    'redis+sentinel://s-1/m?sentinel_password=12&secret',
  ])('names no option that may be part of a password: %s', (url) => {
    const read = redisPlace(url);
    expect(read).toMatchObject({ ok: false, fault: { code: 'config_invalid' } });
    expect(JSON.stringify(read)).not.toMatch(/secret|12/);
  });

  it.each([
    'http://127.0.0.1',
    'redis://:pass',
    'redis://h/db0',
    'redis://%zz@h',
    'redis+sentinel://s-1,s-2',
    'redis+sentinel:///mymaster',
    'redis+sentinel://s-1:x/mymaster',
    'redis+sentinel://:%zz@s-1/m',
  ])('is refused without being repeated when it is %s', (url) => {
    const read = redisPlace(url);
    expect(read).toMatchObject({ ok: false, fault: { code: 'config_invalid' } });
    expect(JSON.stringify(read)).not.toContain(url);
  });
});
