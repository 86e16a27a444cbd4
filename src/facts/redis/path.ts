import { z } from 'zod';
import type { HostFact, Reading } from '../../core/fact-type.js';
import { framed, unframed } from '../framing.js';

/** Seconds after which a hop ends an idle connection; 0 where that is not known or the hop is not there. */
const limit = z.int().min(0).max(10_000_000).default(0);

const args = z.strictObject({ tracking: limit, nat_gateway: limit, nlb: limit, proxy: limit });

type Args = z.output<typeof args>;

const PROBE = framed(
  'path',
  String.raw`
gather() {
  awk '
    function one(path, name,   value) { getline value < path; print name "\t" value }
    BEGIN {
      one("/proc/sys/net/ipv4/tcp_keepalive_time", "keepalive")
      one("/proc/sys/net/netfilter/nf_conntrack_tcp_timeout_established", "established")
      one("/proc/sys/net/netfilter/nf_conntrack_count", "tracked")
    }'
}
`,
);

interface Hop {
  readonly name: string;
  readonly seconds: number;
  readonly ends: string;
  readonly source: string;
  /**
   * Only data counts there: a proxy ends each side by itself, and its kernel answers keepalive probes (measured,
   * HAProxy 2.6.12).
   */
  readonly dataOnly?: true;
}

/**
 * The idle limits between a client and a server, in the order a packet meets them: this host's connection tracking
 * (where it tracks anything), security groups and firewalls, NAT gateway, NLB, proxy. `shortest_s` is the first limit
 * that keepalive can hold off, 0 where none is known; `first`, `ends` name that hop and its way of failing, `silent`
 * whether packets then vanish, which is what hangs. `closes_s` is the limit of a proxy, which keepalive does not hold
 * off; 0 for none. A limit is told (param or label) or read, how a hop fails is documented (AWS: NAT gateway and NLB
 * answer with RST, connection tracking drops). `text` is the whole ladder.
 */
export const idlePath: HostFact<Args> = {
  name: 'idle_path',
  summary: 'Idle limits on the path of a connection, and which hop ends it first.',
  args,
  schema: {
    known: 'bool',
    shortest_s: 'int',
    first: 'string',
    ends: 'string',
    silent: 'bool',
    closes_s: 'int',
    told: 'int',
    text: 'string',
    hops: [{ name: 'string', seconds: 'int', ends: 'string', source: 'string' }],
  },
  probe: () => ({ script: PROBE, env: {} }),
  parse: (output, told) => {
    const frame = unframed('path', output);
    if (!frame.ok) return { status: 'error', reason: frame.reason };
    const seen = new Map(frame.records.map(([key = '', value = '']) => [key, value]));
    const number = (key: string) => {
      const text = seen.get(key);
      return text === '' ? -1 : text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    };
    const [keepalive, established, tracked] = [number('keepalive'), number('established'), number('tracked')];
    if (frame.records.length !== 3 || [keepalive, established, tracked].some(Number.isNaN) || keepalive < 0)
      return { status: 'error', reason: 'The output makes no sense: a limit is missing or no number.' };
    return interpret(told, keepalive, tracked > 0 ? established : -1);
  },
};

const DROPS = 'drops silently';
const RESETS = 'answers with RST';

const interpret = (told: Args, keepalive: number, established: number): Reading => {
  const hops: readonly Hop[] = [
    { name: 'this host’s connection tracking', seconds: established, ends: DROPS, source: 'read' },
    {
      name: 'connection tracking of security groups or a firewall',
      seconds: told.tracking,
      ends: DROPS,
      source: 'told',
    },
    { name: 'NAT gateway', seconds: told.nat_gateway, ends: RESETS, source: 'told' },
    { name: 'NLB', seconds: told.nlb, ends: RESETS, source: 'told' },
    { name: 'proxy', seconds: told.proxy, ends: 'closes, keepalive or not', source: 'told', dataOnly: true as const },
  ].filter((hop) => hop.seconds > 0);
  const first = firstOf(hops.filter((hop) => !hop.dataOnly));
  const soonest = firstOf(hops);
  const assumed = hops.some((hop) => hop.source === 'told')
    ? []
    : [
        'in the middle: not known; AWS ends idle connections after 350 s at NAT gateway, NLB and Nitro v6 tracking (assumed, not judged)',
      ];
  const ladder = [
    `client keepalive ${keepalive} s where a socket has SO_KEEPALIVE (read)`,
    ...hops.map((hop) => `${hop.name} ${hop.seconds} s, ${hop.ends} (limit ${hop.source}, its way assumed)`),
    ...assumed,
  ];
  return {
    status: 'read',
    value: {
      known: first !== undefined,
      shortest_s: first?.seconds ?? 0,
      first: first?.name ?? '',
      ends: first?.ends ?? '',
      silent: first?.ends === DROPS,
      closes_s: told.proxy,
      told: hops.filter((hop) => hop.source === 'told').length,
      text: ladder.join(' → '),
      hops: hops.map(({ name, seconds, ends, source }) => ({ name, seconds, ends, source })),
    },
    evidence: [
      ...ladder,
      soonest ? `ends an idle connection first: ${soonest.name} after ${soonest.seconds} s` : 'no idle limit is known',
    ],
  };
};

const firstOf = (hops: readonly Hop[]): Hop | undefined =>
  hops.reduce<Hop | undefined>((best, hop) => (best && best.seconds <= hop.seconds ? best : hop), undefined);
