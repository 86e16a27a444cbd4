import { z } from 'zod';
import type { HostFact, Reading } from '../../core/fact-type.js';
import { cleanLine } from '../../core/text.js';
import { framed, unframed } from '../framing.js';

const KEYS = [
  ...['tcp_retries2', 'tcp_rto_min_us', 'tcp_rto_max_ms'],
  ...['tcp_keepalive_time', 'tcp_keepalive_intvl', 'tcp_keepalive_probes'],
] as const;

const PROBE = framed(
  'timers',
  String.raw`
gather() {
  printf 'kernel\t%s\n' "$(uname -r | tr -c '\012\040-\176' '?' | cut -c 1-80)"
  awk 'BEGIN {
    n = split("${KEYS.join(' ')}", key, " ")
    for (i = 1; i <= n; i++) { value = ""; getline value < ("/proc/sys/net/ipv4/" key[i]); print key[i] "\t" value }
  }'
}
`,
);

const RTO_MIN_S = 0.2;
const RTO_MAX_S = 120;

/**
 * Seconds that data on a dead connection is retransmitted before the kernel gives up. It does so at the first
 * retransmission that is as long after the first one as its model says: k = floor(log2(max/0.2)); n <= k: (2^(n+1) - 1)
 * 0.2, else (2^(k+1) - 1) 0.2 + (n - k) max, whatever tcp_rto_min_us is. A minimum below 0.2 s does not shorten it, one
 * above spreads the retransmissions. Measured on Linux 6.18: tcp_retries2 5 hung 13.0 s at tcp_rto_min_us 50000, 13.2 s
 * at 200000, 16.5 s at 1000000. A model: real connections take a little longer (15 measured 939.7 s against 924.6),
 * TCP_USER_TIMEOUT of a socket ends it earlier.
 */
export const hangSeconds = (retries: number, rtoMinUs?: number, rtoMaxMs?: number): number => {
  const max = Math.max(RTO_MIN_S, rtoMaxMs === undefined ? RTO_MAX_S : rtoMaxMs / 1e3);
  const k = Math.floor(Math.log2(max / RTO_MIN_S) + 1e-9);
  const limit =
    retries <= k ? (2 ** (retries + 1) - 1) * RTO_MIN_S : (2 ** (k + 1) - 1) * RTO_MIN_S + (retries - k) * max;
  const first = Math.min(max, (rtoMinUs ?? 0) / 1e6);
  if (first <= RTO_MIN_S) return tenths(limit);
  let [end, wait] = [first, first];
  while (end - first < limit) {
    wait = Math.min(2 * wait, max);
    end += wait;
  }
  return tenths(end);
};

const tenths = (seconds: number): number => Math.round(seconds * 10) / 10;

/**
 * How long this host's TCP waits. `hang_s`: predicted seconds until data on a connection that was cut silently fails.
 * `hang_s_8`: the same with tcp_retries2 at 8. `keepalive_*` are the kernel's defaults in s for sockets with
 * SO_KEEPALIVE that set no times of their own; `detects_s` is when such a socket gives an idle peer up. -1: this kernel
 * has no such setting (tcp_rto_min_us since 6.11, tcp_rto_max_ms since 6.15).
 */
export const tcpTimers: HostFact<Record<string, never>> = {
  name: 'tcp_timers',
  summary: 'How long TCP hangs on a dead connection, and the default keepalive times.',
  args: z.strictObject({}),
  schema: {
    retries2: 'int',
    rto_min_us: 'int',
    rto_max_ms: 'int',
    hang_s: 'double',
    hang_s_8: 'double',
    keepalive_time: 'int',
    keepalive_intvl: 'int',
    keepalive_probes: 'int',
    detects_s: 'int',
    kernel: 'string',
  },
  probe: () => ({ script: PROBE, env: {} }),
  parse: (output) => {
    const frame = unframed('timers', output);
    if (!frame.ok) return { status: 'error', reason: frame.reason };
    return interpret(new Map(frame.records.map(([key = '', value = '']) => [key, value])), frame.records.length);
  },
};

const interpret = (seen: ReadonlyMap<string, string>, lines: number): Reading => {
  const kernel = seen.get('kernel');
  const numbers = KEYS.map((key) => {
    const text = seen.get(key);
    return text === '' ? -1 : text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  });
  const [retries2 = -1, minUs = -1, maxMs = -1, time = -1, interval = -1, probes = -1] = numbers;
  if (kernel === undefined || lines !== KEYS.length + 1 || numbers.some(Number.isNaN))
    return { status: 'error', reason: 'The output makes no sense: a TCP setting is missing or no number.' };
  if (retries2 < 0 || time < 0 || interval < 0 || probes < 0)
    return { status: 'error', reason: 'tcp_retries2 or tcp_keepalive_* could not be read.' };
  const hang = (n: number) => hangSeconds(n, minUs < 0 ? undefined : minUs, maxMs < 0 ? undefined : maxMs);
  return {
    status: 'read',
    value: {
      retries2,
      rto_min_us: minUs,
      rto_max_ms: maxMs,
      hang_s: hang(Math.min(retries2, 255)),
      hang_s_8: hang(8),
      keepalive_time: time,
      keepalive_intvl: interval,
      keepalive_probes: probes,
      detects_s: time + interval * probes,
      kernel: cleanLine(kernel, 80),
    },
    evidence: [
      `tcp_retries2 ${retries2}, tcp_rto_min_us ${minUs < 0 ? 'not there (200000)' : minUs}, tcp_rto_max_ms ${maxMs < 0 ? 'not there (120000)' : maxMs}: data on a dead connection fails after ${hang(Math.min(retries2, 255))} s (predicted)`,
      `tcp_keepalive_time ${time} s, tcp_keepalive_intvl ${interval} s, tcp_keepalive_probes ${probes}`,
      `kernel ${cleanLine(kernel, 80)}; the model was measured on Linux 6.18`,
    ],
  };
};
