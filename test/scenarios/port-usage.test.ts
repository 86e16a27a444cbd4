import { afterEach, describe, expect, test } from 'vitest';
import type { Reading } from '../../src/core/fact-type.js';
import { portUsage } from '../../src/facts/port-usage/port-usage.js';
import { cannotIsolate, inNamespace, type Machine, machine, titled } from './namespace.js';

/**
 * A client that connects `count` times to `peer`, and a server in the same namespace. `close` says who closes first;
 * `hold` keeps the connections open until standard input ends. Prints `connected N` when all is as wanted.
 */
const SOCKETS = `
const net = require('node:net');
const [peer, port, count, mode] = process.argv.slice(2);
const held = [];
let connected = 0;
const server = net.createServer({ allowHalfOpen: false }, (socket) => {
  socket.on('error', () => {});
  if (mode === 'server-closes') socket.end();
  held.push(socket);
});
const connect = () => new Promise((resolve) => {
  const socket = net.connect({ host: peer, port: Number(port) });
  socket.on('error', (error) => resolve(error.code));
  socket.on('connect', () => {
    connected++;
    if (mode === 'hold') { held.push(socket); resolve(); }
    else if (mode === 'client-closes') socket.end();
    else socket.on('data', () => {});
  });
  socket.on('end', () => socket.end());
  socket.on('close', () => resolve());
});
server.listen(Number(port), peer, 5000, async () => {
  const failed = new Set();
  for (let i = 0; i < Number(count); i++) { const code = await connect(); if (code) failed.add(code); }
  console.log('connected ' + connected + ' ' + [...failed].join());
  if (mode !== 'hold') { server.close(); process.exit(0); }
  process.stdin.resume();
  process.stdin.on('end', () => process.exit(0));
});`;

const SETUP = `
echo "40000 40099" > /proc/sys/net/ipv4/ip_local_port_range
ip addr add 10.9.0.2/24 dev lo || exit 9
connections() { "$NODE" -e "$SOCKETS" sockets "$@" </dev/null; }
`;

const machines: Machine[] = [];
afterEach(() => {
  for (const one of machines.splice(0)) one.remove();
});

const NODE = process.execPath;
const { script } = portUsage.probe({});

/** What the fact reads after `scene` in fresh namespaces, and what the scene printed. */
const read = (
  scene: string,
  how: { shell?: readonly string[]; path?: string } = {},
): { reading: Reading; said: string } => {
  const on = machine();
  machines.push(on);
  const ran = inNamespace(
    on,
    `${SETUP}${BOXES}${scene}\necho "---"\n${how.path ? `PATH=${how.path}` : ':'}\n${how.shell ? `${how.shell.join(' ')} -c "$PROBE"` : script}`,
    {
      NODE,
      SOCKETS,
      PROBE: script,
    },
  );
  const [said = '', output = ''] = ran.stdout.split('---\n');
  return { reading: portUsage.parse(output, {}), said: said + ran.stderr };
};

const busiest = (reading: Reading): unknown => {
  if (reading.status !== 'read') throw new Error(JSON.stringify(reading));
  return reading.value.busiest;
};

/** Tool boxes made inside the namespace, where /tmp is its own: busybox alone, and everything but ss. */
const BOXES = `
mkdir /tmp/busybox /tmp/no-ss
box=$(command -v busybox)
for name in $($box --list | grep -x '[a-z0-9]*' | grep -vx ss); do ln -s "$box" /tmp/busybox/$name; done
for name in awk head cat id uname tr sed ls readlink sh printf; do ln -s "$(PATH=/usr/bin:/bin command -v env | sed "s/env$/$name/")" /tmp/no-ss/$name; done
`;
const BUSYBOX = { path: '/tmp/busybox', shell: ['/tmp/busybox/sh'] };
const WITHOUT_SS = { path: '/tmp/no-ss' };

const WAITING = `connections 10.9.0.2 6379 80 client-closes
until [ "$(ss -Htan state time-wait | wc -l)" = 80 ]; do sleep 0.1; done`;
/** Waits until the kernel's own clock has put every TIME_WAIT past the one second that reuse asks for. */
const AGED = 'until [ -z "$(ss -Htano state time-wait | grep -E "timewait,(59|1min)")" ]; do sleep 0.1; done';

describe.skipIf(cannotIsolate !== '')(titled('port usage on a real kernel'), () => {
  const dominated = expect.objectContaining({
    peer: '10.9.0.2:6379',
    local: '10.9.0.2',
    total: 80,
    capacity: 100,
    time_wait: 80,
    established: 0,
    unusable: 80,
    unusable_percent: 80,
    usable_percent: 20,
    takers: ['time_wait'],
    loopback: false,
  });

  test('TIME_WAIT dominates one destination: its ports are unusable while tcp_tw_reuse is 2', () => {
    const { reading, said } = read(WAITING);
    expect(said).toContain('connected 80');
    expect(busiest(reading)).toEqual(dominated);
    expect(reading).toMatchObject({
      value: { reuse: 2, reuse_effective: false, tuples_over: ['10.9.0.2 to 10.9.0.2:6379: 80 %'] },
    });
  });

  test('without ss it reads /proc/net/tcp and comes to the same', () => {
    const { reading } = read(WAITING, WITHOUT_SS);
    expect(busiest(reading)).toEqual(dominated);
  });

  test('busybox sh and awk alone come to the same', () => {
    const { reading } = read(WAITING, BUSYBOX);
    expect(busiest(reading)).toEqual(dominated);
  });

  test('busybox awk beside ss comes to the same', () => {
    const { reading } = read(`mkdir /tmp/bin; ln -s "$(command -v busybox)" /tmp/bin/awk; ${WAITING}`, {
      path: '/tmp/bin:/usr/sbin:/usr/bin',
    });
    expect(busiest(reading)).toEqual(dominated);
  });

  test.each([
    ['ss', false],
    ['/proc', true],
  ])('by %s: a full tuple is usable again with tcp_tw_reuse = 1, and connects work', (_, noSs) => {
    const scene = `connections 10.9.0.2 6379 100 client-closes
echo 1 > /proc/sys/net/ipv4/tcp_tw_reuse
${AGED}`;
    const { reading, said } = read(scene, noSs ? WITHOUT_SS : {});
    expect(said).toContain('connected 100 \n');
    expect(busiest(reading)).toMatchObject({
      total: 100,
      time_wait: 100,
      reusable: 100,
      unusable: 0,
      usable_percent: 100,
    });
    expect(reading).toMatchObject({ value: { reuse_effective: true, tuples_over: [] } });
    const again = read(`${scene}\nconnections 10.9.0.2 6379 50 client-closes`);
    expect(again.said).toMatch(/connected 100 \nconnected 50 \n/);
  });

  test('timestamps off: tcp_tw_reuse = 1 frees nothing', () => {
    const { reading } = read(
      `echo 1 > /proc/sys/net/ipv4/tcp_tw_reuse; echo 0 > /proc/sys/net/ipv4/tcp_timestamps; ${WAITING}; ${AGED}`,
    );
    expect(busiest(reading)).toEqual(dominated);
    expect(reading).toMatchObject({ value: { timestamps: false, reuse_effective: false } });
  });

  test('loopback: value 2 already reuses, and the tuple is called loopback', () => {
    const { reading } = read(`connections 127.0.0.1 6379 90 client-closes; ${AGED}`);
    expect(busiest(reading)).toMatchObject({ peer: '127.0.0.1:6379', total: 90, loopback: true, unusable: 0 });
    expect(reading).toMatchObject({ value: { reuse_effective: true } });
  });

  test('IPv6 is counted by itself', () => {
    const { reading } = read(`connections ::1 6379 30 client-closes`);
    expect(busiest(reading)).toMatchObject({ peer: '[::1]:6379', total: 30, loopback: true });
  });

  test.each([
    ['ss', false],
    ['/proc', true],
  ])('by %s: TIME_WAITs of a server on a port inside the range are not its clients’ business', (_, noSs) => {
    const { reading, said } = read(
      `mkfifo /tmp/end; "$NODE" -e "$SOCKETS" sockets 10.9.0.2 40050 0 hold < /tmp/end > /tmp/up & exec 3> /tmp/end
until grep -q connected /tmp/up; do sleep 0.05; done
"$NODE" -e 'const n=require("node:net");let i=0;const go=()=>{if(i++===60)process.exit(0);const s=n.connect(40050,"10.9.0.2",()=>s.resetAndDestroy());s.on("close",go)};go()'
ss -Htan | awk '{print $1}' | sort | uniq -c`,
      noSs ? WITHOUT_SS : {},
    );
    expect(said).not.toContain('Error');
    expect(reading).toMatchObject({ status: 'read', value: { busiest: { unusable_percent: 0 } } });
  });

  test('server-side TIME_WAITs look alike and are told apart', () => {
    const { reading } = read(
      `mkfifo /tmp/end; "$NODE" -e "$SOCKETS" sockets 10.9.0.2 40050 70 server-closes > /tmp/said
"$NODE" -e 'require("node:net").createServer().listen(40050,"10.9.0.2",()=>{console.log("up");process.stdin.resume();process.stdin.on("end",()=>process.exit(0))})' < /tmp/end > /tmp/up & exec 3> /tmp/end
until grep -q up /tmp/up; do sleep 0.05; done`,
    );
    expect(reading).toMatchObject({ status: 'read', value: { busiest: { total: 0, peer: '' } } });
    expect(reading.status === 'read' && reading.value.server_side).toBeGreaterThan(10);
  });

  test('ESTABLISHED dominates: named with the process that likely holds it', () => {
    const { reading } = read(
      `mkfifo /tmp/end; "$NODE" -e "$SOCKETS" sockets 10.9.0.2 6379 90 hold < /tmp/end > /tmp/up & exec 3> /tmp/end
until grep -q connected /tmp/up; do sleep 0.05; done
echo 1 > /proc/sys/net/ipv4/tcp_tw_reuse`,
    );
    expect(busiest(reading)).toMatchObject({
      total: 90,
      established: 90,
      unusable_percent: 90,
      held: 90,
      open: 90,
      takers: [],
      process_known: true,
      process: expect.stringMatching(/node|MainThread/),
    });
  });

  test('nothing open reads as zeros', () => {
    expect(busiest(read('').reading)).toMatchObject({
      peer: '',
      total: 0,
      capacity: 100,
      usable_percent: 100,
      unusable_percent: 0,
    });
  });

  test('reserved ports are no ports', () => {
    const { reading } = read('echo 40000-40009,40050,9999 > /proc/sys/net/ipv4/ip_local_reserved_ports');
    expect(busiest(reading)).toMatchObject({ capacity: 89 });
  });
});
