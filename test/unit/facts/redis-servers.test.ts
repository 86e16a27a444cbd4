import { describe, expect, test } from 'vitest';
import type { Reading } from '../../../src/core/fact-type.js';
import { endOf } from '../../../src/facts/framing.js';
import { redisClients } from '../../../src/facts/redis/clients.js';
import { idlePath } from '../../../src/facts/redis/path.js';
import { redisServers } from '../../../src/facts/redis/servers.js';

const framed = (name: string, lines: readonly string[]): string =>
  `runbolt-${name}\t1\n${lines.map((line) => `${line}\n`).join('')}end${endOf(lines.map((line) => line.split('\t')))}\n`;

const HEAD = ['uid\t0', 'client\tredis-cli\tbash'];
const AT = 'instance\t1\t812\tredis-server\thost\t10.0.0.7\t6379\t';

const read = (lines: readonly string[], args: unknown = {}): Reading =>
  redisServers.parse(framed('redis', lines), redisServers.args.parse(args));

describe('the fact redis_servers', () => {
  test.each([
    ['noauth', 'NOAUTH'],
    ['wrongpass', 'WRONGPASS'],
    ['noperm', 'NOPERM'],
    ['busy', 'SCRIPT KILL'],
    ['another', 'another process answers'],
    ['unknown', 'renamed or disabled'],
    ['protected', 'protected mode'],
    ['refused', 'refuses connections'],
    ['silent', 'within 2 s'],
    ['container', 'network namespace of its own'],
    ['nobody', 'no redis-cli, bash, nc or perl'],
    ['late', 'too long'],
    ['address', 'no address and port'],
  ])('a server that says %s is unread with that reason, and never an instance', (said, words) => {
    expect(read([...HEAD, AT, `said\t1\t${said}\t`])).toMatchObject({
      status: 'read',
      value: { instances: [], unread: [{ unread: expect.stringContaining(words) }] },
    });
  });

  test('half an answer is unread', () => {
    expect(read([...HEAD, AT, 'config\t1\ttcp-keepalive\t60'])).toMatchObject({ value: { instances: [] } });
    expect(read([...HEAD, AT, 'config\t1\ttcp-keepalive\tsixty', 'config\t1\ttimeout\t0'])).toMatchObject({
      value: { instances: [], unread: [{}] },
    });
  });

  test('a managed endpoint is unread until its parameter group is told', () => {
    const lines = [...HEAD, 'instance\t1\t0\tendpoint\tendpoint\tcache.x\t6379\t', 'said\t1\tunknown\t'];
    const endpoint = 'cache.x:6379';
    expect(read(lines, { endpoint })).toMatchObject({
      value: { endpoint_known: false, unread: [{ unread: expect.stringContaining('parameter group') }] },
    });
    expect(read(lines, { endpoint, told: 60 })).toMatchObject({
      value: {
        endpoint_known: true,
        endpoint_keepalive: 60,
        unread: [],
        instances: [{ managed: true, keepalive: 60 }],
      },
    });
  });

  test('no server among processes that are hidden is an error, not none', () => {
    expect(read(['uid\t1000', 'client\t\tbash', 'hidden\t1']).status).toBe('error');
    expect(read(HEAD)).toMatchObject({ status: 'read', value: { count: 0 } });
  });

  test('hidden processes beside a server that is seen, and those above 64, are unread', () => {
    const settings = ['config\t1\ttcp-keepalive\t60', 'config\t1\ttimeout\t0'];
    expect(read(['uid\t1000', 'client\t\tbash', 'hidden\t1', AT, ...settings])).toMatchObject({
      value: { instances: [{}], unread: [{ unread: expect.stringContaining('hidepid') }] },
    });
    expect(read([...HEAD, 'beyond\t7', AT, ...settings])).toMatchObject({
      value: { keepalives: '10.0.0.7:6379 60 s', unread: [{ name: '7 more Redis processes' }] },
    });
  });

  test('sentinels and Unix sockets are not judged', () => {
    const unix = 'instance\t1\t9\tredis-server\thost\t127.0.0.1\t\tunix';
    const sentinel = 'instance\t2\t8\tredis-server\thost\t127.0.0.1\t26379\tsentinel';
    expect(read([...HEAD, unix, sentinel])).toMatchObject({ value: { count: 0, instances: [], unread: [] } });
  });

  test('a secret of Runbolt’s reaches the script’s environment alone, and a fix asks for a file instead', () => {
    const args = redisServers.args.parse({ password: 'hunter22' });
    const { script, env } = redisServers.probe(args);
    expect(script).not.toContain('hunter22');
    expect(env.PASSWORD).toBe('hunter22');
    const reading = read([...HEAD, AT, 'config\t1\ttcp-keepalive\t0', 'config\t1\ttimeout\t0'], args);
    expect(JSON.stringify(reading)).not.toContain('hunter22');
    expect(JSON.stringify(reading)).toContain('password_file');
  });

  const refusal = (path: string, tied: readonly string[], real = path, owner = '0'): string => {
    const fields = [path, real, 'file', '1', '644', owner, '0', '1', '1', 'a'.repeat(64)].join('\t');
    const info = ['redis_version\t7.0.15', `config_file\t${path}`].map((line) => `info\t1\t${line}`);
    const settings = ['config\t1\ttcp-keepalive\t0', 'config\t1\ttimeout\t0', ...info, `file\t1\t${fields}`];
    const reading = read([...HEAD, AT, ...settings, ...tied]);
    const found = /\\"refusal\\":\\"(.*?)\\"/.exec(JSON.stringify(reading));
    if (!found) throw new Error(JSON.stringify(reading));
    return found[1] ?? '';
  };

  test.each<[string, string, string]>([
    ['/etc/redis/redis.conf', '65534\t0\t', 'a process of uid 65534, neither root'],
    ['/etc/redis/redis.conf', '65534\t0\targv', 'a process of uid 65534, neither root'],
    ['/etc/redis/redis.conf', '\t0\targv', 'differing user ids'],
    ['/etc/crontab', '0\t1\t', 'no usual place'],
    ['/etc/crontab', '103\t1\targv', 'no usual place'],
    ['/etc/redis/../crontab.conf', '103\t1\t', 'no usual place'],
  ])('%s is not edited on the word of a server (%j)', (path, tied, words) => {
    expect(refusal(path, [`tied\t1\t${tied}`])).toContain(words);
  });

  test('a link that redis itself may have made is not followed, and without a tie nothing is edited', () => {
    expect(refusal('/etc/redis/redis.conf', ['tied\t1\t103\t1\t'], '/etc/passwd')).toContain('no usual place');
    expect(refusal('/etc/redis/redis.conf', [])).toContain('could not be made sure');
  });

  test.each<[string, string, string]>([
    ['/etc/redis/redis.conf', '103\t1\t', '0'],
    ['/etc/redis/6379/redis.conf', '0\t1\t', '0'],
    ['/usr/local/etc/valkey.conf', '0\t1\t', '0'],
    ['/opt/cache.conf', '0\t1\targv', '0'],
    ['/opt/cache.conf', '1000\t1\targv', '1000'],
    ['/opt/cache.conf', '103\t1\tunit', '0'],
  ])('%s of a server that is trusted is edited (%j)', (path, tied, owner) => {
    expect(refusal(path, [`tied\t1\t${tied}`], path, owner)).toBe('');
  });

  test.each([
    { endpoint: 'x' },
    { endpoint: 'a b:1' },
    { endpoint: '-h:1;id:2' },
    { endpoint: '-le:1' },
    { endpoint: 'a:0' },
    { endpoint: 'a:70000' },
    { password_file: 'relative' },
  ])('refuses %j', (args) => {
    expect(redisServers.args.safeParse(args).success).toBe(false);
  });
});

describe('the fact idle_path', () => {
  const path = (told: unknown, lines = ['keepalive\t7200', 'established\t432000', 'tracked\t0']) =>
    idlePath.parse(framed('path', lines), idlePath.args.parse(told));

  test('the shortest limit ends an idle connection first, and its way of failing is named', () => {
    expect(path({ nat_gateway: 350, tracking: 300, nlb: 350 })).toMatchObject({
      value: { known: true, shortest_s: 300, first: expect.stringContaining('security groups'), silent: true },
    });
    expect(path({ nat_gateway: 350 })).toMatchObject({ value: { ends: 'answers with RST', silent: false } });
  });

  test('without a limit that is told or read nothing is known, and what is assumed is called so', () => {
    expect(path({})).toMatchObject({ value: { known: false, text: expect.stringContaining('assumed, not judged') } });
  });

  test('this host’s own connection tracking counts only where it tracks', () => {
    const lines = ['keepalive\t7200', 'established\t600', 'tracked\t3'];
    expect(path({}, lines)).toMatchObject({ value: { known: true, shortest_s: 600 } });
  });
});

describe('the fact redis_clients', () => {
  const clients = (stuck: string) =>
    redisClients.parse(
      framed(
        'redis',
        ['source\tss', 'unread\t0', 'sum\t1\t0\t0\t1\t0\t0', 'peer\t10.0.0.9\t6379\t1\t0', stuck].map(
          (line) => `clients\t${line}`,
        ),
      ),
      redisClients.args.parse({}),
    );

  test.each([
    ['segs_in stood still', '5\t6\t31\t31', 1],
    ['segments came in', '5\t6\t31\t32', 0],
    ['something was acknowledged', '6\t2\t31\t31', 0],
    ['it has been silent for too short a time to tell', '2\t3\t31\t31', 0],
    ['/proc shows only retransmissions', '5\t5\t-1\t-1', 1],
  ])('when %s', (_, samples, cut) => {
    expect(clients(`stuck\t10.0.0.1:4\t10.0.0.9:6379\t${samples}\t900\tjava`)).toMatchObject({
      value: { cut_count: cut },
    });
  });

  test('addresses of /proc are shown as people write them', () => {
    expect(clients('stuck\t0108000A:9C44\t0208000A:18EB\t5\t5\t-1\t-1\t-1\t')).toMatchObject({
      value: { cut: [{ local: '10.0.8.1:40004', peer: '10.0.8.2:6379' }] },
    });
    const [local, peer] = ['01000000', '02000000'].map((last) => `080000FD0000000000000000${last}`);
    expect(clients(`stuck\t${local}:9C44\t${peer}:18EB\t5\t5\t-1\t-1\t-1\t`)).toMatchObject({
      value: { cut: [{ local: '[fd00:8::1]:40004', peer: '[fd00:8::2]:6379' }] },
    });
  });

  test('a probe that is unanswered in a network namespace that was not counted is nonsense', () => {
    expect(clients('silent\t10.0.0.9\t6379\t1')).toMatchObject({ value: { silent: [{ where: 'this host' }] } });
    expect(clients('silent_in\t77\t10.0.0.9\t6379\t1')).toMatchObject({ status: 'error' });
  });
});
