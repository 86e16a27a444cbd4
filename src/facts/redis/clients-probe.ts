import { CLIENT_ROOMS } from './client-rooms.js';

/** One line of ss -tnoi (joined) or /proc/net/tcp to `local peer retransmits segs_in lastrcv process`. */
const DETAIL = String.raw`
  function field(name,   v) { if (!match($0, "[ \t]" name ":[0-9]+")) return -1; v = substr($0, RSTART + length(name) + 2, RLENGTH - length(name) - 2); return v }
  BEGIN { proc = (ENVIRON["SOURCE"] == "proc") }
  proc && $4 == "01" && substr($6, 1, 2) == "01" {
    n = 0
    for (i = 1; i <= length($7); i++) n = n * 16 + index("0123456789ABCDEF", substr($7, i, 1)) - 1
    print $2 "\t" $3 "\t" n "\t-1\t-1\t"
  }
  !proc && match($0, /timer:\(on,[^,)]*,[0-9]+\)/) {
    again = substr($0, RSTART, RLENGTH)
    sub(/^.*,/, "", again)
    who = ""
    if (match($0, /users:\(\("[^"]*"/)) who = substr($0, RSTART + 9, RLENGTH - 10)
    print $3 "\t" $4 "\t" again + 0 "\t" field("segs_in") "\t" field("lastrcv") "\t" who
  }`;

/**
 * sh function `reached`: what `count_here` counted of this host's connections to Redis (`$counted`, `$source`), and two
 * samples 2 s apart of those that retransmit (up to 20; without any it does not wait). `PORTS`: the peers' ports, split
 * by spaces. Prints `clients source`, and for each retransmitting socket seen twice `clients stuck LOCAL PEER
 * RETRANSMITS_1 RETRANSMITS_2 SEGS_IN_1 SEGS_IN_2 LASTRCV_MS PROCESS` (-1: not shown by this kernel or without ss).
 * Those of other network namespaces are counted by /proc alone (`clients room`, see `client-rooms.ts`).
 */
export const REDIS_CLIENTS = String.raw`
detail() { SOURCE=$1 awk '${DETAIL}'; }
joined() { awk '/^[ \t]/ { printf " %s", $0; next } { if (NR > 1) print ""; printf "%s", $0 } END { print "" }'; }
# Lines of the sockets that retransmit: the network namespace (0: this one), then what detail prints.
sample() {
  if [ "$source" = proc ]; then tables self '' "$PORTS" | detail proc
  else ss "$details" state established "$(ss_filter '' "$PORTS")" 2>/dev/null | joined | detail ss
  fi | sed 's/^/0	/'
  for pid in $suspicious; do
    tables "$pid" '' "$PORTS" | detail proc | while IFS= read -r row; do printf '%s\t%s\n' "$pid" "$row"; done
  done
}
${CLIENT_ROOMS}
reached() {
  details=-tnoi
  [ "$(id -u)" != 0 ] || details=-tnoip
  printf 'clients\tsource\t%s\n' "$source"
  others=$(rooms)
  printf '%s\n' "$others" | grep -v '^suspect'
  suspicious=$(printf '%s\n' "$others" | awk -F '\t' '$1 == "suspect" && !($2 in seen) { seen[$2]; print $2 }')
  case $counted$others in *suspect*) ;; *) return 0 ;; esac
  first=$(sample)
  sleep 2
  second=$(sample)
  {
    printf '%s\n' "$others" | sed 's/^clients	//'
    printf '%s\n' "$counted" | sed -n 's/^suspect	/suspect	0	/p'
    printf '%s\n' "$first" | sed 's/^/first	/'
    printf '%s\n' "$second" | sed 's/^/second	/'
  } | awk -F '\t' '
    $1 == "room" { room[$2] = $3 " (pid " $2 ")" }
    $1 == "suspect" { wanted[$2 "\t" $3 "\t" $4] = 1 }
    $1 == "first" { k = $2 "\t" $3 "\t" $4; again[k] = $5; segs[k] = $6 }
    $1 == "second" {
      k = $2 "\t" $3 "\t" $4
      if (!(k in wanted) || !(k in again)) next
      who = ($2 in room) ? room[$2] : $8
      gsub(/[^ -~]/, "?", who)
      print "clients\tstuck\t" $3 "\t" $4 "\t" again[k] "\t" $5 "\t" segs[k] "\t" $6 "\t" $7 "\t" who
    }'
}
`;
