import {
  balancer,
  bindsFirst,
  fourAtATime,
  haproxy,
  haproxyConf,
  idleRedisClient,
  oneAtATime,
  redis,
  redisConf,
  webServers,
} from './services.js';
import type { HostFile, HostSpec, Service, Traffic } from './spec.js';

/**
 * The demo's fleet: incidents of all five families in waiting, one host that hangs, one that is dead, and some that are
 * well.
 */

const PEER = { peer: '10.0.3.7', port: 6379 } as const;
const FIRST_PORT = 32_768;

const portRange = (ports: number): string => `${FIRST_PORT}\t${FIRST_PORT + ports - 1}`;

const sysctlConf = (lines: readonly string[]): HostFile => ({
  path: '/etc/sysctl.conf',
  text: `#
# /etc/sysctl.conf - Configuration file for setting system variables
# See /etc/sysctl.d/ for additional system variables.
# See sysctl.conf (5) for information.
#

# Uncomment the next line to enable TCP/IP SYN cookies
#net.ipv4.tcp_syncookies=1

# Do not send ICMP redirects
net.ipv4.conf.all.send_redirects = 0
${lines.map((line) => `${line}\n`).join('')}`,
});

const REUSE_LOOPBACK_AT_BOOT = sysctlConf(['net.ipv4.tcp_tw_reuse = 2']);

const REUSE_OFF_IN_RC_LOCAL: HostFile = {
  path: '/etc/rc.local',
  mode: '755',
  text: `#!/bin/sh -e
# Runs at the end of boot.
echo 0 > /proc/sys/net/ipv4/tcp_tw_reuse
exit 0
`,
};

const churn = (ports: number, percent: number): Traffic => {
  const pool = 8;
  return { kind: 'churn', process: 'gunicorn', ...PEER, goal: Math.round((ports * percent) / 100) - pool, pool };
};

const web = (
  number: number,
  rest: Partial<HostSpec> & { readonly ports?: number; readonly reuse?: string; readonly env?: string },
): HostSpec => ({
  name: `web-${number}`,
  address: `10.0.1.${number}`,
  labels: { env: rest.env ?? 'prod', role: 'web' },
  sysctls: {
    ip_local_port_range: rest.ports === undefined ? '32768\t60999' : portRange(rest.ports),
    tcp_tw_reuse: rest.reuse ?? '2',
    tcp_timestamps: '1',
  },
  files: rest.files ?? [sysctlConf([])],
  ...(rest.traffic === undefined ? {} : { traffic: rest.traffic }),
  door: rest.door ?? 'answers',
});

const exhausted = (number: number, ports: number, percent: number, files?: readonly HostFile[]): HostSpec =>
  web(number, { ports, traffic: churn(ports, percent), ...(files === undefined ? {} : { files }) });

const quiet = (name: string, address: string, role: string, more: Partial<HostSpec> = {}): HostSpec => ({
  name,
  address,
  door: 'answers',
  ...more,
  labels: { env: 'prod', role, ...more.labels },
  sysctls: { tcp_tw_reuse: '2', tcp_timestamps: '1', ...more.sysctls },
  files: [sysctlConf([]), ...(more.files ?? [])],
});

const CLIENT = '10.0.2.21';
const cache = (number: number, keepalive: number): HostSpec =>
  quiet(`cache-${number}`, `10.0.2.${10 + number}`, 'cache', {
    files: [redisConf(keepalive)],
    others: [CLIENT],
    services: [redis, idleRedisClient(CLIENT)],
  });

const BALANCER = '10.0.4.1';
const app = (number: number, server: (port: number) => Service, requests: number): HostSpec =>
  quiet(`app-${number}`, `10.0.4.${10 + number}`, 'app', {
    others: [BALANCER],
    services: [server(8080), balancer(BALANCER, 8080, requests)],
  });

/** Reached through the demo's AWS only: no sshd. */
const cloud = (number: number, more: Partial<HostSpec> = {}): HostSpec =>
  quiet(`cloud-${number}`, `10.0.8.${number}`, 'worker', {
    door: 'none',
    instance: `i-0de${String(number).padStart(14, '0')}`,
    ...more,
    labels: { env: 'cloud' },
  });

const TOMCATS = [1, 2, 3].map((n) => ({ name: `tom-${n}`, address: `10.0.5.${n}` }));
const ORIGINS = ['10.0.7.1', '10.0.7.2', '10.0.7.3'];

const LEAK_PORTS = 200;

export const FLEET: readonly HostSpec[] = [
  exhausted(1, 300, 88.5),
  exhausted(2, 300, 90, [REUSE_LOOPBACK_AT_BOOT]),
  exhausted(3, 280, 89, [sysctlConf([]), REUSE_OFF_IN_RC_LOCAL]),
  exhausted(4, 260, 89.5),
  exhausted(5, 280, 88.5),
  exhausted(6, 260, 90),
  web(7, { reuse: '1', files: [REUSE_LOOPBACK_AT_BOOT] }),
  web(8, { reuse: '1', files: [REUSE_LOOPBACK_AT_BOOT] }),
  web(9, {
    ports: LEAK_PORTS,
    traffic: { kind: 'leak', process: 'celery', ...PEER, goal: Math.round(LEAK_PORTS * 0.89), pool: 0 },
  }),
  web(10, {
    reuse: '1',
    files: [sysctlConf([]), { path: '/etc/sysctl.d/60-shop.conf', text: 'net.ipv4.tcp_tw_reuse = 1\n' }],
  }),
  web(11, {}),
  web(12, { env: 'staging' }),
  web(13, { door: 'hangs' }),
  web(14, { door: 'refuses' }),
  quiet('db-1', '10.0.2.1', 'db'),
  cache(1, 0),
  cache(2, 60),
  app(1, oneAtATime, 3),
  app(2, fourAtATime, 1),
  ...TOMCATS.map(({ name, address }) => quiet(name, address, 'tomcat', { labels: { address } })),
  quiet('edge-1', '10.0.5.11', 'edge', {
    labels: { haproxy_select: 'role=tomcat' },
    files: [haproxyConf(TOMCATS.slice(0, 2).map(({ name, address }) => [name, address]))],
    others: TOMCATS.map(({ address }) => address),
    services: [
      webServers(
        TOMCATS.map(({ address }) => address),
        8080,
      ),
      haproxy,
    ],
  }),
  quiet('proxy-1', '10.0.6.1', 'proxy', {
    sysctls: { ip_local_port_range: portRange(300) },
    others: ORIGINS,
    services: [bindsFirst('10.0.6.1', ORIGINS, 270)],
  }),
  cloud(1, { sysctls: { ip_local_port_range: portRange(260) }, traffic: churn(260, 89.5) }),
  cloud(2, { sysctls: { tcp_tw_reuse: '1' }, files: [REUSE_LOOPBACK_AT_BOOT] }),
  cloud(3),
];
