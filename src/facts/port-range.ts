import { z } from 'zod';
import type { HostFact, Reading } from '../core/fact-type.js';
import { cleanLine } from '../core/text.js';
import { framed, unframed } from './framing.js';

const args = z
  .strictObject({
    low: z.int().min(1024).max(65_535),
    high: z.int().min(1024).max(65_535),
    asked: z.boolean().default(true),
  })
  .refine(({ low, high }) => low < high, 'low must be below high');

type Args = z.output<typeof args>;

/**
 * What a wider ip_local_port_range would meet: ports inside its new part that somebody listens on, is bound to by UDP, or
 * has in a configuration file, and that ip_local_reserved_ports does not keep. A service that restarts would find such a
 * port taken. `covered` says that the range has as many ports already,
 * `new_ports` how many more it would have. Configuration files are those of common servers. Read
 * only where `asked`.
 */
export const portRange: HostFact<Args> = {
  name: 'port_range',
  summary: 'Listening and configured ports inside a wider ip_local_port_range.',
  args,
  schema: {
    covered: 'bool',
    low: 'int',
    high: 'int',
    ports: 'int',
    new_ports: 'int',
    in_the_way: 'list<string>',
    read: 'bool',
    unread: 'list<string>',
  },
  probe: ({ low, high, asked }) =>
    asked ? { script: PROBE, env: { LOW: String(low), HIGH: String(high) } } : { script: ':', env: {} },
  parse: (output, wanted) =>
    wanted.asked ? read(output, wanted) : { status: 'absent', reason: 'a wider range is not asked for' },
};

const MOST = 60;

const PROBE = framed(
  'port-range',
  String.raw`
gather() {
  awk 'NR == 1 { print "range\t" $1 "\t" $2 }' /proc/sys/net/ipv4/ip_local_port_range
  awk 'NR == 1 { print "reserved\t" $1; n++ } END { if (!n) print "reserved\t" }' /proc/sys/net/ipv4/ip_local_reserved_ports
  set --
  for f in /proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6; do [ ! -r "$f" ] || set -- "$@" "$f"; done
  printf 'tables\t%s\n' "$#"
  [ $# -eq 0 ] || awk '
    # Listeners come first in the kernel table of TCP: the rest of it is not read.
    BEGIN {
      low = ENVIRON["LOW"] + 0; high = ENVIRON["HIGH"] + 0
      for (i = 0; i < 256; i++) byte[sprintf("%02X", i)] = i
      for (n = 1; n < ARGC; n++) {
        kind = (ARGV[n] ~ /udp/ ? "udp" : "tcp")
        for (row = 0; (getline < ARGV[n]) > 0; row++) {
          if (row == 0) continue
          if (kind == "tcp" && $4 != "0A") break
          # A UDP socket with a peer is a client, its port from the range.
          if (kind == "udp" && $3 !~ /^0+:0000$/) continue
          at = index($2, ":")
          p = byte[substr($2, at + 1, 2)] * 256 + byte[substr($2, at + 3, 2)]
          if (p >= low && p <= high && !seen[kind p]++) print "open\t" p "\t" kind
        }
      }
    }' "$@"
  set --
  for f in /etc/nginx/nginx.conf /etc/nginx/conf.d/*.conf /etc/nginx/sites-enabled/* /etc/haproxy/*.cfg /etc/haproxy/conf.d/*.cfg \
    /etc/squid/*.conf /etc/squid/conf.d/*.conf /etc/apache2/ports.conf /etc/httpd/conf/httpd.conf /etc/httpd/conf.d/*.conf \
    /etc/redis/*.conf /etc/redis.conf /etc/valkey/*.conf /etc/memcached.conf /etc/mongod.conf /etc/ssh/sshd_config \
    /etc/ssh/sshd_config.d/*.conf /etc/mysql/*.cnf /etc/mysql/*/*.cnf /etc/my.cnf /etc/postgresql/*/*/postgresql.conf \
    /etc/rabbitmq/*.conf /etc/kafka/*.properties /etc/tomcat*/server.xml /etc/default/* /etc/sysconfig/* \
    /etc/systemd/system/*.service /etc/systemd/system/*.socket /etc/systemd/system/*/*.conf; do
    [ -f "$f" ] || continue
    case $f in *[![:print:]]*|*=*) continue ;; esac
    if [ -r "$f" ]; then set -- "$@" "$f"; else printf 'unread\t%s\n' "$f"; fi
  done
  [ $# -eq 0 ] || awk '
    BEGIN { low = ENVIRON["LOW"] + 0; high = ENVIRON["HIGH"] + 0 }
    /^[ \t]*[#;]/ { next }
    tolower($0) !~ /port|listen|bind|address|-p / { next }
    {
      text = " " substr($0, 1, 500) " "
      while (match(text, /[^0-9.][0-9][0-9][0-9][0-9][0-9]?[^0-9.]/)) {
        p = substr(text, RSTART + 1, RLENGTH - 2) + 0
        if (p >= low && p <= high && !seen[p]++) print "named\t" p "\t" FILENAME ":" FNR
        text = substr(text, RSTART + RLENGTH - 1)
      }
    }' "$@"
}`,
);

const read = (output: string, wanted: Args): Reading => {
  const frame = unframed('port-range', output);
  if (!frame.ok) return { status: 'error', reason: frame.reason };
  const single = new Map<string, readonly string[]>();
  const claims: { port: number; by: string }[] = [];
  const unread: string[] = [];
  for (const [kind = '', ...fields] of frame.records) {
    const [port = '', by = ''] = fields;
    if (/^(open|named)$/.test(kind) && /^\d{1,5}$/.test(port) && by !== '' && fields.length === 2)
      claims.push({ port: Number(port), by: cleanLine(kind === 'open' ? `${by} socket` : by, 120) });
    else if (kind === 'unread' && port.startsWith('/') && fields.length === 1) unread.push(cleanLine(port, 200));
    else if (/^(range|reserved|tables)$/.test(kind) && !single.has(kind)) single.set(kind, fields);
    else return { status: 'error', reason: 'The output has a line that is not the probe’s.' };
  }
  const [low = 0, high = 0] = (single.get('range') ?? []).map((text) => (/^\d{1,5}$/.test(text) ? Number(text) : 0));
  if (low < 1 || high < low || high > 65_535) return { status: 'error', reason: 'The range could not be read.' };
  const reserved = reservedPorts((single.get('reserved') ?? [])[0]);
  if (!reserved || !/^[12-4]$/.test(single.get('tables')?.[0] ?? ''))
    return { status: 'error', reason: 'The reserved ports or the sockets could not be read.' };
  const added = (port: number) => (port < low || port > high) && port >= wanted.low && port <= wanted.high;
  const met = claims.filter(({ port }) => added(port) && !reserved.some(([from, to]) => port >= from && port <= to));
  const newPorts = Math.max(0, wanted.high - wanted.low - (high - low));
  const shown = met.slice(0, MOST).map(({ port, by }) => `${port} (${by})`);
  return {
    status: 'read',
    value: {
      covered: newPorts === 0,
      low,
      high,
      ports: high - low + 1,
      new_ports: newPorts,
      in_the_way: shown,
      read: unread.length === 0,
      unread,
    },
    evidence: [
      `ip_local_port_range ${low}-${high}`,
      ...(reserved.length > 0
        ? [`ip_local_reserved_ports ${cleanLine((single.get('reserved') ?? [])[0] ?? '', 100)}`]
        : []),
      ...(shown.length > 0
        ? shown.slice(0, 20)
        : [`no listening or configured port in ${wanted.low}-${wanted.high} outside it`]),
      ...unread.map((path) => `could not be read: ${path}`),
    ],
  };
};

const reservedPorts = (text = ''): readonly (readonly [number, number])[] | undefined => {
  if (text === '') return [];
  const parts = text.split(',').map((part) => /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part));
  if (parts.some((part) => !part)) return undefined;
  return parts.map((part) => [Number(part?.[1]), Number(part?.[2] ?? part?.[1])] as const);
};
