import { BACKLOGS, RECEIVED } from './sockets-awk.js';

/**
 * sh functions `backlogs`, `tables` and `received`: of listeners with a queue, its bound, their connections and what
 * those have received.
 */
export const SOCKETS_PROBE = String.raw`# ns and pid: how to ask ss there
ask_ss() {
  ns=$1 pid=$2; shift 2
  if [ "$ns" = 0 ]; then ss "$@" 2>/dev/null; else nsenter -t "$pid" -n ss "$@" 2>/dev/null; fi
}
# the ports of HOT in namespace $1, as ss is asked for them
ports_in() { lines "$HOT" | awk -v ns="$1" '$1 == ns && !($4 in seen) { seen[$4] = 1; printf "%s%s", (n++ ? " or " : ""), "sport = :" $4 }'; }
backlogs() {
  [ -n "$SS" ] || return 0
  lines "$HOT_NETS" | while read -r ns pid; do
    ask_ss "$ns" "$pid" "$SS"le "( $(ports_in "$ns") )"
  done | awk '${BACKLOGS}'
}
tables() {
  lines "$HOT_NETS" | while read -r ns pid; do
    ports=$(ports_in "$ns")
    table=''
    if [ -n "$SS" ] && table=$(ask_ss "$ns" "$pid" "$SS"e state connected "( $ports )"); then
      printf '@table %s ss\n' "$ns"
      lines "$table"
    else
      printf '@table %s proc\n' "$ns"
      set -- $(lines "$HOT" | awk -v ns="$ns" '$1 == ns && !($4 in seen) { seen[$4] = 1; printf "-e :%04X ", $4 }')
      for inode in $WANTED; do set -- "$@" -e "$inode"; done
      cat "/proc/$pid/net/tcp" "/proc/$pid/net/tcp6" 2>/dev/null | grep -F "$@"
    fi
  done
}
received() {
  [ -n "$SS" ] || return 0
  lines "$HOT_NETS" | while read -r ns pid; do
    pairs=$(lines "$CONNECTED" | awk -F '\t' -v ns="$ns" '$3 == ns { if (++n > 20) exit; printf "%s%s", (n > 1 ? " or " : ""), "( sport = :" $8 " and dport = :" $10 " )" } ')
    [ -z "$pairs" ] || ask_ss "$ns" "$pid" "$SS"ei state established "( $pairs )" | awk '${RECEIVED}'
  done
}
`;
