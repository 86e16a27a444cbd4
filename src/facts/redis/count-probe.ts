import { COUNT } from './count-rows.js';

/**
 * sh functions that count Redis connections by their timers, both ends in one pass over a host's sockets: fifty
 * thousand rows are dear to read and dearer to split. `count SOURCE SERVERS CLIENTS`: the rows of `ss` or of
 * /proc/net/tcp (`proc`) on its standard input, the server's ports and the peers' ports, each split by spaces. `tables
 * PID SERVERS CLIENTS`: the rows that can matter in the network namespace of a process. `count_here SERVERS CLIENTS`:
 * both, in this one; sets `source` and `counted`, and fails where neither ss nor /proc tells. What is printed:
 * `count-rows.ts`.
 */
export const REDIS_COUNT = String.raw`
count() { SOURCE=$1 SERVER_PORTS=$2 CLIENT_PORTS=$3 awk '${COUNT}'; }
hex_ports() { for p in $1; do printf ":%04X $2\n" "$p"; done; }
tables() { grep -hsF "$(hex_ports "$2" ''; hex_ports "$3" '01 ')" "/proc/$1/net/tcp" "/proc/$1/net/tcp6"; }
ss_filter() {
  either=''
  for p in $1; do either="$either or sport = :$p"; done
  for p in $2; do either="$either or dport = :$p"; done
  printf '( %s )' "${'$'}{either# or }"
}
count_here() {
  source=ss
  has_tool ss && counted=$({ ss -tno state established state listening "$(ss_filter "$@")" 2>/dev/null || echo @failed; } | count ss "$@") && return
  source=proc
  [ -r /proc/net/tcp ] && counted=$(tables self "$@" | count proc "$@")
}
`;
