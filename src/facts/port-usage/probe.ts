import { quote } from '../../core/script.js';
import { framed, OWN_UID } from '../framing.js';
import { BOUND } from './bound.js';
import { COUNT } from './count.js';
import { DOUBTS } from './doubts.js';
import { SIDES } from './sides.js';

const OWNERS = String.raw`
  NR > 300 { exit }
  /^[ \t]*$/ { next }
  {
    n++
    if (match($0, /users:\(\("[^"]*",pid=[0-9]+/)) {
      name = substr($0, RSTART + 9, RLENGTH - 9)
      pid = name; sub(/^.*pid=/, "", pid)
      sub(/",pid=[0-9]+$/, "", name)
      named++
      if (++seen[name] > most) { most = seen[name]; best = name; whose = pid }
    }
  }
  END { print "owners\t" n + 0 "\t" named + 0 "\t" most + 0 "\t" whose + 0 "\t" best }`;

/** Open sockets with and without IP_BIND_ADDRESS_NO_PORT; nothing where ss cannot print it. */
const FLAGS = String.raw`
  index($0, "inet-sockopt:") { if (index($0, "bind_addr_no_port")) with++; else without++ }
  END { if (with + without) print "flags\t" ip "\t" with + 0 "\t" without + 0 }`;

/** Sockets that the kernel counts in this namespace and lists in no table: neither connected nor listening. */
const UNLISTED = String.raw`
  FILENAME ~ /sockstat6?$/ {
    if ($1 == "sockets:") used = $3
    else if ($1 ~ /^(TCP|UDP|UDPLITE|RAW)6?:$/ && $2 == "inuse") listed += $3
    next
  }
  # Netlink sockets of the kernel itself (port 0) are not counted in used.
  FNR > 1 && !(FILENAME ~ /netlink$/ && $3 == 0) { listed++ }
  END { if (used != "") print "unlisted\t" (used > listed ? used - listed : 0) }`;

/** The process of this namespace with most sockets that are in no table, by the inodes of its open files. */
const HOLDER = String.raw`
  FILENAME ~ /net\/(tcp|udp|raw|netlink)6?$/ { known[$10]; next }
  FILENAME ~ /net\/unix$/ { known[$7]; next }
  FILENAME ~ /net\/packet$/ { known[$9]; next }
  $2 ~ /net\/sockstat$/ { if ($1 == own) { split($2, part, "/"); here[part[3]] }; next }
  /^\/proc\/[0-9]+\/fd:$/ { split($0, part, "/"); pid = (part[3] in here ? part[3] : 0); next }
  pid && match($0, /socket:\[[0-9]+\]$/) {
    inode = substr($0, RSTART + 8, RLENGTH - 9)
    if (!(inode in known) && !((pid " " inode) in seen)) { seen[pid " " inode]; if (++held[pid] > most) { most = held[pid]; whose = pid } }
  }
  END { if (most) print whose "\t" most }`;

/** Prints the table of the network namespace that it runs in. Variables are taken apart by the shell: a fork costs 1 ms. */
const TABLE = String.raw`
tab='	'
nl='
'
set -- /proc/net/tcp
[ -r /proc/net/tcp6 ] && set -- /proc/net/tcp6 /proc/net/tcp
table=''
capacity=0
if [ -r /proc/net/tcp ] && table=$(awk '${COUNT}' "$@"); then
  ask=${'$'}{table##*"${'$'}{nl}ask$tab"}
  table=${'$'}{table%"${'$'}{nl}ask$tab"*}
  doubts=${'$'}{ask#*"${'$'}{nl}doubts"}
  case $doubts in *"${'$'}{nl}bound$nl"*) bounds=${'$'}{doubts#*"${'$'}{nl}bound$nl"} ;; *) bounds='' ;; esac
  doubts=${'$'}{doubts%%"${'$'}{nl}bound$nl"*}
  doubts=${'$'}{doubts%"$nl"}
  ask=${'$'}{ask%%"$nl"*}
  printf 'source\tproc\n%s\n' "$table"
  capacity=${'$'}{table##*"${'$'}{nl}sum$tab"}
  capacity=${'$'}{capacity%%"$nl"*}
  capacity=${'$'}{capacity##*"$tab"}
  opener=${'$'}{ask##*"$tab"}
  ask=${'$'}{ask%"$tab"*}
  bound=${'$'}{ask##*"$tab"}
  ask=${'$'}{ask%"$tab"*}
  peer=${'$'}{ask%%"$tab"*}
  filter=${'$'}{ask##*"$tab"}
  ip=${'$'}{ask#*"$tab"}
  ip=${'$'}{ip%%"$tab"*}
  if [ "$peer$ip" != -- ] && command -v ss >/dev/null 2>&1; then
    if [ "$peer" != - ]; then ss -HtnpiO state established state syn-sent state close-wait state fin-wait-2 dst "$peer" 2>/dev/null | awk '${OWNERS}'; fi
    if [ "$ip" != - ]; then ss -HtnO --inet-sockopt state established state syn-sent state close-wait "$filter" 2>/dev/null | awk -v ip="$ip" '${FLAGS}'; fi
    if [ "$bound" != - ]; then
      { ss -HtnlO; ss -HtniO state established state syn-sent state close-wait "$opener"; } 2>/dev/null | awk -v ip="$bound" '${SIDES}'
    fi
  fi
  [ -z "$doubts" ] || DOUBTS=$doubts awk '${DOUBTS}' "$@"
  [ -z "$bounds" ] || BOUND=$bounds awk '${BOUND}' "$@"
else table=''
fi
set --
for f in /proc/net/sockstat /proc/net/sockstat6 /proc/net/unix /proc/net/netlink /proc/net/packet; do
  [ -r "$f" ] && set -- "$@" "$f"
done
unlisted=$(awk '${UNLISTED}' "$@")
printf '%s\n' "$unlisted"
unlisted=${'$'}{unlisted#*"$tab"}
if [ "${'$'}{capacity:-0}" -gt 0 ] && [ "$((${'$'}{unlisted:-0} * 100))" -ge "$((capacity * 30))" ]; then
  set --
  for f in tcp tcp6 udp udp6 raw raw6 netlink unix packet; do [ -r "/proc/net/$f" ] && set -- "$@" "/proc/net/$f"; done
  { ls -i /proc/[0-9]*/net/sockstat; ls -l /proc/[0-9]*/fd; } 2>/dev/null |
    awk -v own="$(ls -i /proc/self/net/sockstat | { read -r inode path; printf '%s' "$inode"; })" '${HOLDER}' "$@" - |
    while IFS=$tab read -r pid sockets; do
      name=''; read -r name 2>/dev/null < "/proc/$pid/comm"
      printf 'holder\t%s\t%s\t%s\n' "$pid" "$sockets" "$name"
    done
fi
`;

/**
 * Counts sockets on the host, so that fifty thousand of them send a few lines: the ten busiest tuples (local IP, peer IP,
 * peer port), the ten fullest local IPs, sums that the parser checks, and an end line that counts the lines. Then the
 * same for the network namespaces of the host that have most sockets, entered by nsenter. Works with dash, bash and
 * busybox sh, with mawk, gawk and busybox awk. /proc/net/tcp is read because it costs a quarter less than ss does
 * (measured with 50,000 sockets); ss tells who holds them, where it is there. Changes nothing.
 */
export const PORT_USAGE_PROBE = framed(
  'ports',
  String.raw`
TABLE=${quote(TABLE)}
named() {
  inode=$(readlink "/proc/$1/ns/net"); inode=${'$'}{inode#*:[}
  label=$(ls -i /run/netns 2>/dev/null | awk -v inode="${'$'}{inode%]}" '$1 == inode { print "netns " $2; exit }')
  [ -n "$label" ] || { read -r label 2>/dev/null < "/proc/$1/comm"; }
  printf '%s' "$label" | tr -d '\t\n'
}
gather() {
  ${OWN_UID}
  read -r system word kernel rest < /proc/version || kernel=$(uname -r)
  printf 'uid\t%s\nkernel\t%s\n' "$uid" "$kernel"
  eval "$TABLE"
  # A file below /proc/PID/net has the same inode for all processes of a network namespace, and everybody may ask for it.
  ls -i /proc/self/net/sockstat /proc/1/net/sockstat /proc/[0-9]*/net/sockstat 2>&1 | awk '
    /(ermission denied|not permitted)$/ { unread++; next }
    $2 == "/proc/self/net/sockstat" { self = $1; next }
    $2 == "/proc/1/net/sockstat" { first = $1 }
    $1 ~ /^[0-9]+$/ && !($1 in path) { path[$1] = $2; order[++rooms] = $1 }
    function judge(inode,   i, j, m, f, part, table, row, sockets) {
      split(path[inode], part, "/")
      sockets = -1
      for (i = 0; i < 2; i++) {
        table = "/proc/" part[3] "/net/sockstat" (i ? "6" : "")
        while ((getline row < table) > 0) {
          m = split(row, f, " ")
          if (f[1] != "TCP:" && f[1] != "TCP6:") continue
          if (sockets < 0) sockets = 0
          for (j = 2; j < m; j += 2) if (f[j] == "inuse" || f[j] == "tw") sockets += f[j + 1]
        }
        close(table)
      }
      if (sockets < 0) return
      n++
      if (sockets > most) { most = sockets; whose = part[3] }
      if (sockets < 50) return
      for (i = (held < 8 ? ++held : 9); i > 1 && sockets > top[i - 1]; i--) { top[i] = top[i - 1]; line[i] = line[i - 1] }
      top[i] = sockets
      line[i] = part[3] "\t" sockets "\t" inode
    }
    END {
      if (self == "" || first == "") unread++
      for (r = 1; r <= rooms; r++) if (order[r] != self) judge(order[r])
      print "namespace\t" (self == "" ? "-" : self) "\t" (first == "" ? "-" : first)
      print "others\t" n + 0 "\t" most + 0 "\t" whose + 0 "\t" unread + 0
      for (i = 1; i <= held; i++) print "enter\t" line[i]
    }' | while IFS=$tab read -r kind pid sockets inode rest; do
    case $kind in
      namespace) printf 'namespace\t%s\t%s\n' "${'$'}{pid#-}" "${'$'}{sockets#-}"; continue ;;
      others) printf 'others\t%s\t%s\t%s\t%s\n' "$pid" "$sockets" "$inode" "$rest"; continue ;;
    esac
    { command -v nsenter && [ "$uid" = 0 ]; } >/dev/null || break
    entered=$(nsenter -t "$pid" -n sh -c "$TABLE" 2>/dev/null </dev/null) || entered=''
    # Before Linux 4.13 these settings are the host's alone and not to be seen in there.
    case $entered in *"${'$'}{nl}timestamps$tab"[012]"$nl"*) readable=1 ;; *) readable='' ;; esac
    if [ -n "$readable" ]; then
      printf 'room\t%s\t%s\t%s\t%s\n%s\n' "$inode" "$pid" "$sockets" "$(named "$pid")" "$entered"
    else printf 'closed\t%s\t%s\n' "$inode" "$sockets"
    fi
  done
}
`,
);
