import { framing, OWN_UID } from '../framing.js';
import { ADDRESSES, CONNECTIONS, ELSEWHERE, LISTENERS } from './sockets-awk.js';
import { SOCKETS_PROBE } from './sockets-probe.js';
import { TASKS_PROBE } from './tasks-probe.js';

/**
 * Looks at every TCP listener of the host, in the network namespaces of its containers too. Only where an accept queue is
 * not empty does it look closer: who shares the listener, what each of their tasks waits in, on which socket, and what that
 * socket has received. Only where a request waits in such a queue, or the queue is full or may be, does it wait 5 s and
 * look again. Works with dash, bash
 * and busybox sh, with mawk, gawk and busybox awk, with `ss` of any age or /proc/net/tcp alone. Changes nothing.
 */
export const BLOCKED_LISTENER_PROBE = String.raw`
LC_ALL=C; export LC_ALL
machine=$(uname -m)
case "$machine" in
x86_64) CALLS=$CALLS_x86_64 ;;
aarch64|arm64) CALLS=$CALLS_aarch64 ;;
*) CALLS='' ;;
esac
export CALLS
# How this ss is asked for lines without a header, one a socket; empty where there is none that answers.
SS=''
for options in HO H ''; do
  ss "-tan$options" state listening >/dev/null 2>&1 && { SS="-tn$options"; break; }
done
LS=-ln
ls -lnq / >/dev/null 2>&1 && LS=-lnq
lines() { [ -z "$1" ] || printf '%s\n' "$1"; }

# ns and a process in it: 0 is this one
find_nets() {
  own=$(ls -i /proc/self/net/sockstat 2>/dev/null | { read -r inode path; printf '%s' "$inode"; })
  echo "0 self"
  ls -i /proc/[0-9]*/net/sockstat 2>&1 | awk -v self="$own" '
    /(ermission denied|not permitted)$/ { unread++; next }
    $1 ~ /^[0-9]+$/ && $1 != self && !($1 in seen) { seen[$1] = 1; split($2, part, "/"); if (++n <= 200) print n, part[3]; else unread++ }
    END { print "unread", unread + 0 }'
}
listeners() {
  awk '${ADDRESSES}${LISTENERS}'
}
${TASKS_PROBE}${SOCKETS_PROBE}# One look at the listeners of HOT: prints its lines; leaves what waits unaccepted, and what is held, in WAITING.
look() {
  export S
  TASKS=$(tasks)
  lines "$TASKS"
  FDS=$(lines "$TASKS" | awk -F '\t' '$1 == "task" && $8 != "-" && $6 !~ /^accept/ && !(($3, $8) in seen) { seen[$3, $8] = 1; print $3, $8 }')
  FD_LINES=''
  [ -z "$FDS" ] || FD_LINES=$(descriptors)
  lines "$FD_LINES"
  WANTED=$(lines "$FD_LINES" | awk -F '\t' '$5 != "none" && !($5 in seen) { seen[$5] = 1; printf "%s ", $5 }')
  export WANTED
  FOUND=$({ lines "$WAITING"; tables; } | awk '${ADDRESSES}${CONNECTIONS}')
  CONNECTED=$(lines "$FOUND" | grep '^conn')
  lines "$FOUND" | grep -v '^@'
  WAITING=$(lines "$FOUND" | grep '^@')
  [ -z "$CONNECTED" ] || received
  WANTED=$(lines "$CONNECTED" | awk -F '\t' 'BEGIN { n = split(ENVIRON["WANTED"], row, " "); for (i = 1; i <= n; i++) want[row[i]] = 1 } { delete want[$4] } END { for (inode in want) printf "%s ", inode }')
  [ -z "$WANTED" ] || awk '${ADDRESSES}${ELSEWHERE}'
}
share() {
  OWN=$(lines "$OWN" | awk '$1 != "denied" && !(($2, $3) in seen) { seen[$2, $3] = 1; print }')
  export OWN
  PIDS=$(lines "$OWN" | awk '!($2 in seen) { seen[$2] = 1; printf "%s ", $2 }')
}
kinds() {
  n=0
  for pid in $PIDS; do
    n=$((n + 1)); [ $n -le 16 ] || break
    words=$(head -c 2000 "/proc/$pid/cmdline" 2>/dev/null | tr '\000\n\t' '   ')
    case " $words " in
    *gunicorn*) kind=gunicorn ;;
    *uwsgi*) kind=uwsgi ;;
    *unicorn*) kind=unicorn ;;
    *' manage.py runserver '*) kind=django ;;
    *http.server*|*SimpleHTTPServer*) kind=http.server ;;
    *php*' -S '*) kind=php ;;
    *apache2*|*httpd*) kind=apache ;;
    *starman*) kind=starman ;;
    *perl*) kind=perl ;;
    *python*) kind=python ;;
    *ruby*) kind=ruby ;;
    *) kind=other ;;
    esac
    printf 'kind\t%s\t%s\n' "$pid" "$kind"
  done
}
moment() { read -r up idle </proc/uptime && printf '%s' "$up"; }

gather() {
  ${OWN_UID}
  printf 'uid\t%s\n' "$uid"
  printf 'machine\t%s\t%s\n' "$machine" "$(uname -r)"
  printf 'source\t%s\n' "$([ -n "$SS" ] && echo ss || echo proc)"
  [ -r /proc/net/tcp ] || return 0
  NETS=$(find_nets)
  hidden=$(lines "$NETS" | awk '$1 == "unread" { print $2 }')
  NETS=$(lines "$NETS" | grep -v unread); export NETS
  ALL=$(listeners)
  unread=$(lines "$ALL" | grep -c '^unread')
  ALL=$(lines "$ALL" | grep -v '^unread')
  printf 'hidden\t%s\n' "$((hidden + unread))"
  lines "$ALL" | awk '
    { rank = ($5 > 0 ? 0 : 1); row[rank, ++n[rank]] = $0 }
    END {
      for (rank = 0; rank < 2; rank++) for (i = 1; i <= n[rank]; i++) {
        if (rank && shown >= 100 || shown >= 300) { more[rank]++; continue }
        shown++
        split(row[rank, i], f, " ")
        print "listen\ta\t" f[1] "\t" f[2] "\t" f[3] "\t" f[4] "\t" f[5] "\t" f[6]
      }
      print "more\t" more[0] + 0 "\t" more[1] + 0
    }'
  HOT=$(lines "$ALL" | awk '$5 > 0' | head -n 300); export HOT
  [ -n "$HOT" ] || return 0
  # Listeners without a queue on the ports of those with one.
  COLD=$({ lines "$HOT"; lines "$ALL"; } | awk '$5 > 0 { hot[$1, $4] = 1; next } ($1, $4) in hot { print $1, $3, $4 }'); export COLD
  HOT_NETS=$({ lines "$NETS"; echo @hot; lines "$HOT"; } | awk '
    $1 == "@hot" { hot = 1; next }
    !hot { pid[$1] = $2; next }
    !($1 in seen) { seen[$1] = 1; print $1, pid[$1] }')
  lines "$HOT_NETS" | while read -r ns pid; do
    [ "$ns" = 0 ] || printf 'net\t%s\t%s\t%s\n' "$ns" "$pid" "$(tr -c '[:alnum:]._\n-' '?' < "/proc/$pid/comm" 2>/dev/null)"
  done
  INODES=$(lines "$HOT" | awk '{ printf "%s ", $2 }'); export INODES
  OWN=$(sharers /proc/[0-9]*/fd)
  printf 'denied\t%s\n' "$(lines "$OWN" | awk '$1 == "denied" { print $2 }')"
  KNOWN=$(echo /proc/[0-9]*/fd)
  share
  BACKLOGS=$(backlogs)
  lines "$BACKLOGS"
  kinds
  started=$(moment)
  S=a
  WAITING=''
  look
  S=b; export S
  # Does a request wait, or may a queue be full? If not, nothing is blocked, and nobody has to wait for us.
  if ! { lines "$BACKLOGS"; lines "$HOT"; lines "$WAITING"; } | awk '
    $1 == "backlog" { backlog[$2] = $3; next }
    $1 == "@wait" ? $7 > 0 : $1 != "@held" && (!($2 in backlog) || $5 > backlog[$2]) { found = 1 }
    END { exit !found }'; then
    lines "$WAITING" | awk '${ADDRESSES}${CONNECTIONS}'
    return 0
  fi
  sleep 5
  ALL=$(listeners | grep -v '^unread')
  { lines "$HOT"; echo @now; lines "$ALL"; } | awk '
    $1 == "@now" { now = 1; next }
    !now { hot[$2] = 1; next }
    $2 in hot { print "listen\tb\t" $1 "\t" $2 "\t" $3 "\t" $4 "\t" $5 "\t" $6 }'
  fresh=$({ lines "$KNOWN" | tr ' ' '\n'; echo @now; echo /proc/[0-9]*/fd | tr ' ' '\n'; } | awk '
    $1 == "@now" { now = 1; next }
    !now { known[$1] = 1; next }
    !($1 in known)' | tr '\n' ' ')
  OWN=$(lines "$OWN"; [ -z "$fresh" ] || sharers $fresh)
  share
  lines "$OWN" | awk '{ print "own\t" $1 "\t" $2 "\t" $3 }' | head -n 1000
  look
  printf 'unseen\t%s\n' "$(task_list | awk -v most="$MOST_TASKS" 'END { print (NR > most ? NR - most : 0) }')"
  printf 'waited\t%s\t%s\n' "$started" "$(moment)"
}
gather | tr -d '\000' | ${framing('listeners')}
`;
