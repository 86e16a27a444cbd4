import { z } from 'zod';
import type { FactValue, HostFact, Reading } from '../core/fact-type.js';
import { cleanLine } from '../core/text.js';
import { framed, OWN_UID, unframed } from './framing.js';

/**
 * Limits whose errors look like a lack of ports: open files of a process (EMFILE), the connection tracking table, its
 * failed insertions (clashes of source NAT), and what EC2 drops. `clashes` and `allowance_exceeded` count since boot or the
 * driver's start, `per_hour` is the mean; a counter that is not 0 is read again after 2 s, and `watched` is what came. Open
 * files of other users' processes need root: what could not be counted has a reason in `unread`.
 */
export const connectionLimits: HostFact<Record<string, never>> = {
  name: 'connection_limits',
  summary: 'Open files, connection tracking and EC2 allowances: limits mistaken for a lack of ports.',
  args: z.strictObject({}),
  schema: {
    open_files: [{ process: 'string', open: 'int', limit: 'int', percent: 'int', unread: 'string' }],
    conntrack: { known: 'bool', count: 'int', max: 'int', percent: 'int' },
    clashes: [{ count: 'int', per_hour: 'int', watched: 'int', unread: 'string' }],
    allowance_known: 'bool',
    allowance_exceeded: 'int',
    allowance_watched: 'int',
    allowance_interface: 'string',
    read: 'bool',
  },
  probe: () => ({ script: PROBE, env: {} }),
  parse: (output) => read(output),
};

/** A table of open files below this is never near a limit that people set. */
const SMALLEST_TABLE = 128;

/** How long counters are watched, s. */
const WATCHED_S = 2;

const PROBE = framed(
  'limits',
  String.raw`
clashes() {
  [ -r /proc/net/stat/nf_conntrack ] || return 0
  awk -v kind="$1" '
    BEGIN { for (i = 0; i < 16; i++) digit[substr("0123456789abcdef", i + 1, 1)] = i }
    NR == 1 { for (i = 1; i <= NF; i++) if ($i == "insert_failed") at = i; next }
    at { n = 0; for (i = 1; i <= length($at); i++) n = n * 16 + digit[substr($at, i, 1)]; sum += n }
    END { if (at) printf "%s\t%.0f\n", kind, sum }' /proc/net/stat/nf_conntrack
}
allowances() {
  command -v ethtool >/dev/null 2>&1 || return 0
  for i in /sys/class/net/*; do
    [ -e "$i/device" ] || continue
    ethtool -S "${'$'}{i##*/}" 2>/dev/null | awk -v i="${'$'}{i##*/}" -v kind="$1" '$1 == "conntrack_allowance_exceeded:" { print kind "\t" i "\t" $2 }'
  done
}
gather() {
  ${OWN_UID}
  printf 'uid\t%s\n' "$uid"
  read -r uptime idle < /proc/uptime && printf 'uptime\t%s\n' "${'$'}{uptime%%.*}"
  if [ -r /proc/sys/net/netfilter/nf_conntrack_count ] && [ -r /proc/sys/net/netfilter/nf_conntrack_max ]; then
    set -- $(cat /proc/sys/net/netfilter/nf_conntrack_count /proc/sys/net/netfilter/nf_conntrack_max)
    printf 'conntrack\t%s\t%s\n' "$1" "$2"
  fi
  counters=$(clashes insert_failed; allowances allowance)
  [ -z "$counters" ] || printf '%s\n' "$counters"
  case $counters in *'	'[1-9]*)
    sleep ${WATCHED_S}
    clashes insert_failed_again
    allowances allowance_again ;;
  esac
  [ "$uid" = 0 ] || [ -r /proc/1/status ] || echo hidepid
  # FDSize, the size of the table of open files, doubles as it grows: what is far below the limit needs no counting.
  cat /proc/[0-9]*/status 2>/dev/null | awk -v least=${SMALLEST_TABLE} '
    $1 == "Name:" { name = substr($0, index($0, "\t") + 1) }
    $1 == "Pid:" { pid = $2 }
    $1 == "FDSize:" && $2 >= least {
      limits = "/proc/" pid "/limits"
      soft = 0
      while ((getline row < limits) > 0) if (substr(row, 1, 14) == "Max open files") { split(substr(row, 15), f, " "); soft = f[1] }
      close(limits)
      if (soft > 0 && $2 * 10 >= soft * 8 && ++found <= 20) print pid, soft, name
    }' | while read -r pid soft name; do
    if [ -r "/proc/$pid/fd" ]; then
      set -- /proc/"$pid"/fd/*
      printf 'files\t%s\t%s\t%s\t%s\n' "$pid" "$#" "$soft" "$name"
    elif [ -e "/proc/$pid/limits" ]; then printf 'hidden\t%s\n' "$pid"
    fi
  done
}`,
);

interface Files {
  readonly process: string;
  readonly open: number;
  readonly limit: number;
}

const share = (part: number, whole: number): number =>
  whole > 0 ? Math.min(100, Math.floor((part * 100) / whole)) : 0;

const read = (output: string): Reading => {
  const frame = unframed('limits', output);
  if (!frame.ok) return { status: 'error', reason: frame.reason };
  const single = new Map<string, readonly number[]>();
  const files: Files[] = [];
  const allowances: { at: string; dropped: number }[] = [];
  const again = new Map<string, number>();
  let hidden = 0;
  for (const [kind = '', ...fields] of frame.records) {
    const numbers = fields.map((text) => (/^\d{1,15}$/.test(text) ? Number(text) : Number.NaN));
    const [a = Number.NaN, b = Number.NaN, c = Number.NaN] = numbers;
    if (kind === 'files' && a >= 1 && b >= 0 && c >= 1 && fields.length >= 4)
      files.push({ process: cleanLine(`${fields.slice(3).join(' ')} (pid ${a})`, 60), open: b, limit: c });
    else if (kind === 'hidden' && a >= 1 && fields.length === 1) hidden++;
    else if (kind === 'allowance' && b >= 0 && fields.length === 2)
      allowances.push({ at: cleanLine(fields[0] ?? '', 40), dropped: b });
    else if (kind === 'allowance_again' && b >= 0 && fields.length === 2) again.set(cleanLine(fields[0] ?? '', 40), b);
    else if (SIZES.get(kind) === fields.length && numbers.every((n) => n >= 0) && !single.has(kind))
      single.set(kind, numbers);
    else return { status: 'error', reason: 'The output has a line that is not the probe’s.' };
  }
  const [uid] = single.get('uid') ?? [];
  const [uptime] = single.get('uptime') ?? [];
  if (uid === undefined || uptime === undefined) return { status: 'error', reason: 'The output lacks uid or uptime.' };
  const [count = 0, max = 0] = single.get('conntrack') ?? [];
  const [failed] = single.get('insert_failed') ?? [];
  const [failedAgain = failed ?? 0] = single.get('insert_failed_again') ?? [];
  const fullest = [...files].sort((x, y) => y.open / y.limit - x.open / x.limit)[0];
  const watchedOf = ({ at, dropped }: { at: string; dropped: number }) =>
    Math.max(0, (again.get(at) ?? dropped) - dropped);
  const worst = [...allowances].sort((x, y) => watchedOf(y) - watchedOf(x) || y.dropped - x.dropped)[0];
  const none = { process: '', open: 0, limit: 0, percent: 0, unread: '' };
  const uncounted = single.has('hidepid')
    ? 'processes of other users are hidden (hidepid): their open files could not be counted'
    : hidden > 0
      ? `open files of ${hidden} ${hidden === 1 ? 'process' : 'processes'} near the limit could not be counted${uid === 0 ? '' : ' without root'}`
      : '';
  const unseen = `connection tracking holds ${count} entries, and /proc/net/stat/nf_conntrack, which counts its clashes, cannot be read`;
  const value: FactValue = {
    open_files: [
      ...(fullest || uncounted === ''
        ? [{ ...none, ...fullest, percent: share(fullest?.open ?? 0, fullest?.limit ?? 0) }]
        : []),
      ...(uncounted === '' ? [] : [{ ...none, unread: uncounted }]),
    ],
    conntrack: { known: max > 0, count, max, percent: share(count, max) },
    clashes:
      failed !== undefined
        ? [
            {
              count: failedAgain,
              per_hour: Math.floor((failed * 3600) / Math.max(uptime, 3600)),
              watched: Math.max(0, failedAgain - failed),
              unread: '',
            },
          ]
        : count > 0
          ? [{ count: 0, per_hour: 0, watched: 0, unread: unseen }]
          : [],
    allowance_known: worst !== undefined,
    allowance_exceeded: worst ? worst.dropped + watchedOf(worst) : 0,
    allowance_watched: worst ? watchedOf(worst) : 0,
    allowance_interface: worst?.at ?? '',
    read: uid === 0 && hidden === 0,
  };
  const evidence = [
    ...(fullest
      ? [`${fullest.process}: ${fullest.open} of ${fullest.limit} files open`]
      : ['no process is near its limit of open files']),
    max > 0 ? `nf_conntrack_count ${count} of nf_conntrack_max ${max}` : 'no connection tracking here',
    ...(failed === undefined
      ? []
      : [
          `insert_failed ${failed} in /proc/net/stat/nf_conntrack, up ${uptime} s${single.has('insert_failed_again') ? `; ${failedAgain} after ${WATCHED_S} s more` : ''}`,
        ]),
    ...allowances.map(
      (one) =>
        `ethtool -S ${one.at}: conntrack_allowance_exceeded ${one.dropped}${again.has(one.at) ? `; ${again.get(one.at)} after ${WATCHED_S} s more` : ''}`,
    ),
    ...(uncounted === '' ? [] : [uncounted]),
  ];
  return { status: 'read', value, evidence };
};

const SIZES: ReadonlyMap<string, number> = new Map([
  ['uid', 1],
  ['uptime', 1],
  ['conntrack', 2],
  ['insert_failed', 1],
  ['insert_failed_again', 1],
  ['hidepid', 0],
]);
