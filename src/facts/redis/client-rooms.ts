import type { FactValue } from '../../core/fact-type.js';
import { cleanLine } from '../../core/text.js';

/**
 * sh function `rooms`: the connections to Redis of the host's other network namespaces, such as containers. Prints
 * `clients room PID NAME KEEPALIVE_TIME` and the sum of `count` for each that has some to another address than loopback
 * (at most 16, the rest is `unread`), `silent_in PID ADDRESS PORT COUNT` and `suspect PID LOCAL PEER RETRANSMITS` for
 * those that are not answered, and last `clients unread N`. One grep finds the namespaces; KEEPALIVE_TIME is -1 where
 * nsenter may not enter, or the kernel has none there (before 4.5).
 */
export const CLIENT_ROOMS = String.raw`
MOST_ROOMS=16
room_name() {
  inode=$(readlink "/proc/$1/ns/net")
  inode=${'$'}{inode#*:[}
  name=$(ls -i /run/netns 2>/dev/null | awk -v inode="${'$'}{inode%]}" '$1 == inode { print "netns " $2; exit }')
  [ -n "$name" ] || { read -r name 2>/dev/null < "/proc/$1/comm"; }
  printf '%s' "$name" | tr -c '\040-\176' '?' | cut -c 1-60
}
rooms() {
  # ls prints in an order of its own: this namespace has to be known before.
  found=$(ls -i /proc/[0-9]*/net/sockstat 2>&1 | OWN=$(ls -i /proc/self/net/sockstat) awk '
    BEGIN { split(ENVIRON["OWN"], own, " "); seen[own[1]] }
    /(ermission denied|not permitted)$/ { unread++; next }
    $1 ~ /^[0-9]+$/ && !($1 in seen) { seen[$1]; split($2, part, "/"); print part[3] }
    END { print "unread " unread + 0 }')
  unread=${'$'}{found##*unread }
  set --
  for pid in ${'$'}{found%unread *}; do set -- "$@" "/proc/$pid/net/tcp" "/proc/$pid/net/tcp6"; done
  if [ $# -gt 0 ]; then
    held=''
    for pid in $(grep -lsF "$(hex_ports "$PORTS" '01 ')" "$@" | cut -d / -f 3 | uniq); do held="$held $pid"; done
    n=0
    for pid in $held; do
      seen=$(tables "$pid" '' "$PORTS" | count proc '' "$PORTS")
      sum=$(printf '%s\n' "$seen" | sed -n 's/^clients	sum	//p')
      set -- $sum
      [ "${'$'}{1:-0}" -gt "${'$'}{5:-0}" ] || continue
      n=$((n + 1))
      if [ "$n" -gt "$MOST_ROOMS" ]; then unread=$((unread + 1)); continue; fi
      idle=$(nsenter -t "$pid" -n cat /proc/sys/net/ipv4/tcp_keepalive_time 2>/dev/null)
      printf 'clients\troom\t%s\t%s\t%s\t%s\n' "$pid" "$(room_name "$pid")" "${'$'}{idle:--1}" "$sum"
      printf '%s\n' "$seen" | sed -n "s/^suspect	/suspect	$pid	/p; s/^clients	silent	/clients	silent_in	$pid	/p"
    done
  fi
  printf 'clients\tunread\t%s\n' "$unread"
}
`;

export const CLIENT_ROOM = {
  name: 'string',
  connections: 'int',
  with_keepalive: 'int',
  without_keepalive: 'int',
  keepalive_time: 'int',
  longest_s: 'int',
  evidence: 'list<string>',
} as const;

/** The fields of one `room` line; undefined where they make no sense. */
export const clientRoom = (fields: readonly string[]): FactValue | undefined => {
  const [pid = '', name = '', idle = '', ...sums] = fields;
  const counts = sums.map((text) => (/^\d{1,9}$/.test(text) ? Number(text) : Number.NaN));
  const [all = 0, kept = 0, without = 0, other = 0, loopback = 0, longest = 0] = counts;
  const sound = counts.length === 6 && !counts.some(Number.isNaN) && all === kept + without + other + loopback;
  if (!sound || all === loopback || !/^\d{1,10}$/.test(pid) || !/^(-1|\d{1,9})$/.test(idle)) return undefined;
  const title = cleanLine(`${name || 'unnamed'} (pid ${pid})`, 80);
  return {
    name: title,
    connections: all - loopback,
    with_keepalive: kept,
    without_keepalive: without,
    keepalive_time: Number(idle),
    longest_s: longest,
    evidence: [
      `network namespace ${title}: ${all - loopback} connections to Redis, ${kept} with a keepalive timer (the longest has ${longest} s left), ${without} without; tcp_keepalive_time there ${idle === '-1' ? 'not known' : `${idle} s`}`,
    ],
  };
};
