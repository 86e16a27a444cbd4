import { z } from 'zod';
import type { HostFact, Reading } from '../core/fact-type.js';
import { framed, unframed } from './framing.js';

const port = z.int().min(1).max(65_535);
const args = z.strictObject({
  peer: z.ipv4({ error: 'must be an IPv4 address' }).optional(),
  peer_port: port.optional(),
  port: port.optional(),
});

type Args = z.output<typeof args>;

/** The states of `ss` by the numbers of /proc/net/tcp, in their order from 01 on, with the field each counts in. */
const STATES = [
  ['ESTAB', 'established'],
  ['SYN-SENT', 'syn_sent'],
  ['SYN-RECV', 'syn_recv'],
  ['FIN-WAIT-1', 'fin_wait'],
  ['FIN-WAIT-2', 'fin_wait'],
  ['TIME-WAIT', 'time_wait'],
  ['UNCONN', 'unconnected'],
  ['CLOSE-WAIT', 'close_wait'],
  ['LAST-ACK', 'last_ack'],
  ['LISTEN', 'listen'],
  ['CLOSING', 'closing'],
  ['SYN-RECV', 'syn_recv'],
] as const;

const FIELDS = [...new Set(STATES.map(([, field]) => field))];

/** Counts on the host: a line a state, and how many sockets were looked at in all. */
const PROBE = framed(
  'sockets',
  String.raw`
count() {
  awk -v proc="$1" '
    $0 == "whole" { whole = 1; next }
    proc && !($4 ~ /^[0-9A-F][0-9A-F]$/ && $2 ~ /^[0-9A-F]+:[0-9A-F]+$/) { if ($1 != "sl") odd++; next }
    !proc && $1 == "State" { next }
    !proc && (NF < 5 || $1 !~ /^[A-Z]+(-[A-Z0-9]+)*$/) { odd++; next }
    {
      state = proc ? $4 : $1; here = proc ? $2 : $4; there = proc ? $3 : $5
      all++
      if (ENVIRON["PEER"] != "") {
        ip = there; sub(/:[^:]*$/, "", ip)
        if (proc) { if (ip != ENVIRON["PEER_HEX"] && ip != "0000000000000000FFFF0000" ENVIRON["PEER_HEX"]) next }
        else { gsub(/[][]/, "", ip); sub(/^::ffff:/, "", ip); sub(/%.*/, "", ip); if (ip != ENVIRON["PEER"]) next }
      }
      n = split(there, part, ":")
      if (ENVIRON["PEER_PORT"] != "" && part[n] != (proc ? ENVIRON["PEER_PORT_HEX"] : ENVIRON["PEER_PORT"])) next
      n = split(here, part, ":")
      if (ENVIRON["LOCAL_PORT"] != "" && part[n] != (proc ? ENVIRON["LOCAL_PORT_HEX"] : ENVIRON["LOCAL_PORT"])) next
      count[state]++
    }
    END {
      for (state in count) print "state\t" state "\t" count[state]
      print "looked\t" all + 0 "\t" odd + !whole
    }'
}
gather() {
  if [ -n "$(ss -ltn 2>/dev/null)" ]; then printf 'source\tss\n'; { ss -tan 2>/dev/null && echo whole; } | count ''
  elif [ -r /proc/net/tcp ]; then printf 'source\tproc\n'; { cat /proc/net/tcp && { [ ! -r /proc/net/tcp6 ] || cat /proc/net/tcp6; } && echo whole; } | count 1
  else echo unreadable
  fi
}
`,
);

/**
 * TCP sockets of the host's own network namespace by state, all or only those of a `peer` (IPv4), a `peer_port` or a
 * local `port`. An IPv4 peer of an IPv6 socket counts as that peer.
 */
export const sockets: HostFact<Args> = {
  name: 'sockets',
  summary: 'How many TCP sockets there are in each state, of all or of one peer or port.',
  args,
  schema: { total: 'int', ...Object.fromEntries(FIELDS.map((field) => [field, 'int' as const])) },
  probe: (wanted) => ({ script: PROBE, env: envOf(wanted) }),
  parse: (output) => {
    const frame = unframed('sockets', output);
    return frame.ok ? read(frame.records) : error(frame.reason);
  },
};

const hex = (n: number, width: number): string => n.toString(16).toUpperCase().padStart(width, '0');
const hexPort = (n: number | undefined): string => (n === undefined ? '' : hex(n, 4));

const envOf = ({ peer, peer_port, port: local }: Args) => ({
  PEER: peer ?? '',
  PEER_HEX: (peer ?? '')
    .split('.')
    .reverse()
    .map((byte) => hex(Number(byte), 2))
    .join(''),
  PEER_PORT: String(peer_port ?? ''),
  PEER_PORT_HEX: hexPort(peer_port),
  LOCAL_PORT: String(local ?? ''),
  LOCAL_PORT_HEX: hexPort(local),
});

const error = (reason: string): Reading => ({ status: 'error', reason });
const FOREIGN = 'The output has a line that is not the probe’s.';

const read = (records: readonly (readonly string[])[]): Reading => {
  const [source, ...rest] = records;
  if (source?.[0] === 'unreadable') return error('There is neither ss nor /proc/net/tcp on this host.');
  if (source?.[0] !== 'source' || !['ss', 'proc'].includes(source[1] ?? '')) return error(FOREIGN);
  const counts = new Map<string, number>(FIELDS.map((field) => [field, 0]));
  const looked = rest.at(-1);
  const [kind, all = '', odd = '', ...more] = looked ?? [];
  if (kind !== 'looked' || !/^\d{1,9}$/.test(all) || more.length > 0) return error(FOREIGN);
  if (odd !== '0') return error(`${odd} lines of the socket list make no sense.`);
  const seen = new Set<string>();
  for (const [what, state = '', n = '', ...extra] of rest.slice(0, -1)) {
    const field = STATES.find(([name], i) => (source[1] === 'ss' ? name === state : hex(i + 1, 2) === state))?.[1];
    if (what !== 'state' || field === undefined || seen.has(state) || !/^\d{1,9}$/.test(n) || extra.length > 0)
      return error(FOREIGN);
    seen.add(state);
    counts.set(field, (counts.get(field) ?? 0) + Number(n));
  }
  const total = [...counts.values()].reduce((sum, n) => sum + n, 0);
  if (total > Number(all)) return error('The counts make no sense.');
  const parts = [...counts].filter(([, n]) => n > 0).map(([field, n]) => `${n} ${field}`);
  const evidence = [`${total} of ${all} TCP sockets${parts.length > 0 ? `: ${parts.join(', ')}` : ''}`];
  return { status: 'read', value: { total, ...Object.fromEntries(counts) }, evidence };
};
