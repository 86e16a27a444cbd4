import { describe, expect, test } from 'vitest';
import type { Reading } from '../../../src/core/fact-type.js';
import { haproxy } from '../../../src/facts/haproxy/haproxy.js';
import { endpointIn, serverLine } from '../../../src/facts/haproxy/lines.js';
import { haproxyReload } from '../../../src/facts/haproxy/reload.js';
import { haproxyState } from '../../../src/facts/haproxy/state.js';
import { ASKED, CHECKED, CONFIGURED, framedLines, PROCESS } from './haproxy-outputs.js';

const instance = (records: readonly string[]): Reading =>
  haproxy.parse(framedLines('haproxy', records), { backend: '', config: '' });
const state = (records: readonly string[]): Reading =>
  haproxyState.parse(framedLines('haproxy-state', records), { backend: '', config: '' });
const reload = (records: readonly string[]): Reading =>
  haproxyReload.parse(framedLines('haproxy-reload', records), { config: '' });

const swapped = (records: readonly string[], begins: string, ...lines: readonly string[]): readonly string[] =>
  records.flatMap((one) => (one.startsWith(begins) ? lines : [one]));
const without = (records: readonly string[], begins: string): readonly string[] => swapped(records, begins);

describe('a server line', () => {
  test.each([
    ['10.0.0.1:80', '10.0.0.1:80'],
    ['ipv4@10.0.0.1:80', '10.0.0.1:80'],
    ['fd00:0::1:80', '[fd00::1]:80'],
    ['[fd00::1]:80', '[fd00::1]:80'],
    ['web.example.net:80', undefined],
    ['10.0.0.1', undefined],
    ['10.0.0.1:+1', undefined],
    ['10.0.0.1:99999', undefined],
    ['unix@/run/x.sock', undefined],
  ])('of address %s has the endpoint %s', (address, endpoint) => expect(endpointIn(address)).toBe(endpoint));

  test('keeps what follows the address, without a comment', () => {
    expect(serverLine(4, '\tserver  a_1\t10.0.0.1:80  check  weight 5 # old\r')).toMatchObject({
      name: 'a_1',
      endpoint: '10.0.0.1:80',
      rest: 'check weight 5',
      backup: false,
    });
  });

  test.each(['server "a b" 10.0.0.1:80', 'server a $ADDR:80', 'server a\\ b 10.0.0.1:80', 'server-template a 3 x:80'])(
    'whose words cannot be told from its text is not taken apart: %s',
    (text) => expect(serverLine(1, text)).toBeUndefined(),
  );
});

describe('the fact haproxy', () => {
  const read = (records: readonly string[]) => instance([...records]);
  const all = [...PROCESS, ...CONFIGURED];

  test('tells names, endpoints and how it is reloaded', () => {
    expect(read(all)).toMatchObject({
      status: 'read',
      value: {
        mode: 'usr2',
        names: ['web-1', 'web-2', 'web-3'],
        endpoints: ['10.0.9.11:8080', '10.0.9.12:8080', '10.0.9.13:8080'],
        unclear: [],
        not_loaded: [],
        edited_by_hand: [],
      },
    });
  });

  test.each([
    ['a worker without its master', without(all, 'process\t51'), 'unknown', 'master is gone'],
    [
      'a master that would die of USR2',
      swapped(all, 'process\t44', 'process\t44\t1\t1\t1795346808\t0'),
      'unknown',
      'master is gone',
    ],
    ['a daemon', swapped(all, 'argument\tflag', 'argument\tflag\t-D'), 'unknown', 'loses requests'],
    ['a process in the foreground', without(all, 'argument\tflag'), 'unknown', 'foreground'],
    [
      'master-worker in the file',
      [...without(all, 'argument\tflag'), 'global\t/etc/haproxy/haproxy.cfg\t3\ttext\tmaster-worker'],
      'usr2',
      'USR2',
    ],
    [
      'a unit',
      [...all, 'unit\thaproxy.service\t/usr/sbin/haproxy -Ws -c|/bin/kill -USR2 $MAINPID|'],
      'systemd',
      'systemctl reload haproxy.service',
    ],
    [
      'a unit that drops SYNs',
      [...all, 'unit\thaproxy.service\t/sbin/iptables -I INPUT -p tcp --syn -j DROP|'],
      'unknown',
      'packets are dropped',
    ],
    ['a unit that cannot reload', [...all, 'unit\thaproxy.service\t'], 'unknown', 'no ExecReload'],
    ['no root', swapped(all, 'uid', 'uid\t1000'), 'unknown', 'without root'],
    [
      'a daemon whose listeners a successor can take',
      [
        ...swapped(all, 'argument\tflag', 'argument\tflag\t-D'),
        'socket\t/etc/haproxy/haproxy.cfg\t3\ttext\tstats socket /run/s expose-fd listeners level admin',
      ],
      'sockets',
      '/run/s',
    ],
  ])('%s', (_, records, mode, note) => {
    expect(read(records)).toMatchObject({ value: { mode, mode_note: expect.stringContaining(note) } });
  });

  test('processes of other users that bear its name are told, not read', () => {
    expect(read([...all, 'ignored\t65534'])).toMatchObject({
      value: { pid: 44 },
      evidence: expect.arrayContaining(['other processes named haproxy, not read: of uid 65534']),
    });
  });

  test('a file written after the process began is not what runs, unless Runbolt wrote it', () => {
    const late = swapped(all, 'changed', 'changed\t1795346811\t/etc/haproxy/haproxy.cfg');
    expect(read(late)).toMatchObject({ value: { not_loaded: ['/etc/haproxy/haproxy.cfg'] } });
    const sha = '7bde1b96b39e02967772aefa169f989ce32cc4e8af1aa48fb7db38988d231b1d';
    expect(read([...late, `applied\t${sha}\t/etc/haproxy/haproxy.cfg`])).toMatchObject({
      value: { not_loaded: [], edited_by_hand: [] },
    });
    expect(read([...all, `applied\t${sha.replace('7', '8')}\t/etc/haproxy/haproxy.cfg`])).toMatchObject({
      value: { edited_by_hand: ['/etc/haproxy/haproxy.cfg'] },
    });
  });

  test('a directory that files were taken from after the process began is not what runs, unless Runbolt wrote there', () => {
    const of = (when: number, ...more: readonly string[]) =>
      read([...all, `directory\t${when}\t/etc/haproxy`, 'directory\t1795346000\t/etc/other/', ...more]);
    const applied =
      'applied\t7bde1b96b39e02967772aefa169f989ce32cc4e8af1aa48fb7db38988d231b1d\t/etc/haproxy/haproxy.cfg';
    expect(of(1795346809)).toMatchObject({ value: { not_loaded: [] } });
    expect(of(1795346811)).toMatchObject({ value: { not_loaded: ['/etc/haproxy/'] } });
    expect(of(1795346811, applied)).toMatchObject({ value: { not_loaded: [] } });
    expect(of(1795346899, applied)).toMatchObject({ value: { not_loaded: ['/etc/haproxy/'] } });
  });

  test.each([
    ['a template', 'line\t/etc/haproxy/haproxy.cfg\t16\ttext\t  server-template web 5 _http._tcp.x:80'],
    ['a name', 'line\t/etc/haproxy/haproxy.cfg\t16\ttext\t  server web-9 web-9.internal:80'],
    ['a line that is too long', 'line\t/etc/haproxy/haproxy.cfg\t16\tlong\t  server web-9 10.0.0.9:80'],
    ['a condition', 'conditional\t/etc/haproxy/haproxy.cfg\t16\ttext\t  .if feature(QUIC)'],
  ])('%s in the section is unclear, never a difference', (_, line) => {
    expect(read([...all, line])).toMatchObject({ value: { unclear: [expect.stringContaining(':16 ')] } });
  });

  test.each([
    ['several instances', ['uid\t0', 'found\t2\t0', 'instances\t/a.cfg; /b.cfg'], '/a.cfg; /b.cfg'],
    ['several sections', [...PROCESS, ...CONFIGURED.slice(0, 2), 'choices\tapp api '], 'app api'],
    ['no section of that name', [...PROCESS, ...without(CONFIGURED, 'section')], 'no backend `app`'],
    ['a file that cannot be read', [...PROCESS, 'unread\t/etc/haproxy/haproxy.cfg'], 'cannot be read'],
    ['too many lines', [...all, 'cut\t6000'], 'too long'],
    ['no sha256sum', without(all, 'file'), 'sha256sum'],
    [
      'a program that others than root may write',
      swapped(all, 'program', 'untrusted\t/tmp/x/haproxy'),
      '/tmp/x/haproxy',
    ],
    ['only processes of other users', ['uid\t0', 'found\t0\t0', 'ignored\t33 65534'], 'uid 33 65534'],
  ])('%s: an error that says so', (_, records, says) => {
    expect(read(records)).toEqual({ status: 'error', reason: expect.stringContaining(says) });
  });
});

describe('the fact haproxy_state', () => {
  test('tells who is forced into a state and whose weight is another, in every backend', () => {
    expect(state(ASKED)).toMatchObject({
      value: {
        names: ['web-1', 'web-2', 'web-3'],
        endpoints: ['10.0.9.11:8080', '10.0.9.12:8080', '[fd00::13]:8080'],
        up: 1,
        total: 3,
        kept: ['app/web-2 DRAIN weight 30 of 50', 'app/web-3 MAINT', 'other/s1 MAINT'],
        failed_reloads: 0,
      },
    });
  });

  test.each([
    ['UP', '2\t0\t1\t1', []],
    ['at a slow start', '1\t0\t1\t1', []],
    ['UP after it was disabled in the file', '2\t4\t1\t1', []],
    ['of weight 0', '2\t0\t0\t1', ['web-1 UP with weight 0']],
    ['down', '0\t0\t1\t1', ['web-1 not UP']],
    ['that stops softly', '3\t0\t1\t1', ['web-1 not UP']],
    ['in DRAIN', '2\t8\t1\t1', ['web-1 DRAIN']],
    ['in the drain of the server it tracks', '2\t16\t1\t1', ['web-1 taken out']],
    ['whose name was not resolved', '0\t32\t1\t1', ['web-1 taken out']],
  ])('a server %s takes requests or is said not to', (_, fields, idle) => {
    const one = swapped(ASKED, 'server\tapp\tweb-1', `server\tapp\tweb-1\t10.0.9.11\t8080\t${fields}\t3`);
    const up = idle.length === 0 ? 1 : 0;
    expect(state(one)).toMatchObject({
      value: { up, serving: up ? ['web-1'] : [], idle: [...idle, 'web-2 DRAIN', 'web-3 MAINT'] },
    });
  });

  test('an old version does not count failed reloads, and that is no zero', () => {
    expect(state(swapped(ASKED, 'master', 'master\t/run/m\tunknown'))).toMatchObject({ value: { failed_reloads: -1 } });
    expect(state(without(ASKED, 'master'))).toMatchObject({ value: { failed_reloads: -1 } });
  });

  test.each([
    ['a list that is cut', swapped(ASKED, 'listed', 'listed\t4'), 'is cut'],
    ['an answer without a list', swapped(ASKED, 'listed', 'unlisted\t0'), 'does not list'],
    ['no socket', ['uid\t0', 'found\t1', 'backend\tapp'], 'no stats socket and no master socket'],
    [
      'a socket that refuses',
      ['uid\t1000', 'found\t1', 'backend\tapp', 'unreached\t/run/s\tPermission denied'],
      'without root',
    ],
    ['nothing to ask with', ['uid\t0', 'found\t1', 'backend\tapp', 'tools\tnone'], 'no perl'],
  ])('%s is an error, never fewer servers', (_, records, says) => {
    expect(state(records)).toEqual({ status: 'error', reason: expect.stringContaining(says) });
  });
});

describe('the fact haproxy_reload', () => {
  const bind = (address: string, ...listeners: readonly string[]): Reading =>
    reload([
      ...['uid\t0', 'found\t1', 'checked\t0', `bind\t/h.cfg\t9\t${address}\t`],
      ...listeners.map((one) => `listener\t${one}`),
      ...[`listening\t${listeners.length}`, 'holder\t80\tnginx,pid=7'],
    ]);
  const ANY = '00000000:0050';
  const ANY6 = '00000000000000000000000000000000:0050';
  const LOOPBACK = '0100007F:0050';
  const OWN = '0109000A:0050';

  test('a valid configuration whose addresses are its own or free', () => {
    expect(reload(CHECKED)).toMatchObject({ value: { valid: true, taken: [], unclear: [] } });
  });

  test.each([
    ['its own', '*:80', [`${ANY}\tours`], [], []],
    [
      'its own beside another process on an address of its own',
      '127.0.0.1:80',
      [`${LOOPBACK}\tours`, `${OWN}\tother`],
      [],
      [],
    ],
    ['another address of the port', '127.0.0.1:80', [`${OWN}\tother`], [], []],
    ['the same address', '127.0.0.1:80', [`${LOOPBACK}\tother`], ['127.0.0.1:80 (/h.cfg:9) by nginx,pid=7'], []],
    ['a wildcard over it', '127.0.0.1:80', [`${ANY}\tother`], ['127.0.0.1:80 (/h.cfg:9) by nginx,pid=7'], []],
    ['an address under its wildcard', ':80', [`${OWN}\tother`], [':80 (/h.cfg:9) by nginx,pid=7'], []],
    ['a wildcard of IPv6', '10.0.9.1:80', [`${ANY6}\tother`], [], ['10.0.9.1:80 (/h.cfg:9)']],
    ['a name', 'localhost:80', [`${OWN}\tother`], [], ['localhost:80 (/h.cfg:9)']],
    ['a name on a free port', 'localhost:80', [], [], []],
    ['a variable', '"$PORT"', [], [], ['"$PORT" (/h.cfg:9)']],
    ['sockets that are not TCP', 'unix@/run/x,abns@y,fd@3,/run/z', [`${ANY}\tother`], [], []],
  ])('%s', (_, address, listeners, taken, unclear) => {
    expect(bind(address, ...listeners)).toMatchObject({ value: { taken, unclear } });
  });

  test.each([
    [
      'haproxy -c that did not run',
      ['uid\t0', 'found\t1', 'checked\t127', 'said\tenv: haproxy: not found'],
      'did not come to its end',
    ],
    ['sockets that cannot be read', [...CHECKED, 'unread\tsockets'], 'cannot be read whole'],
    ['more listeners than were sent', swapped(CHECKED, 'listening', 'listening\t2001'), 'More sockets'],
    ['no root', ['uid\t1000', 'found\t1'], 'without root'],
    ['a program that is not run', ['uid\t0', 'found\t1', 'untrusted\t/tmp/x/haproxy'], 'is not run: /tmp/x/haproxy'],
  ])('%s is an error, never valid', (_, records, says) => {
    expect(reload(records)).toEqual({ status: 'error', reason: expect.stringContaining(says) });
  });
});
