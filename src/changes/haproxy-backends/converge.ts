import { ASK_SOCKET } from '../../sh/ask-socket.js';
import { RUN_AS_LIVE } from '../../sh/run-as-live.js';
import { DIGEST } from '../digest.js';
import { RELOAD } from './reload.js';
import { RUNTIME_API } from './runtime-api.js';

/**
 * POSIX sh shared by the host's side of `haproxy_backends`: what runs (`state`), what leads from there to a table of
 * servers (`difference`), and how it is brought about (`converge`): by the runtime API, else by the reload in use.
 *
 * `state` prints `BACKEND NAME ENDPOINT OPERATIONAL FORCED WEIGHT CHECK INITIAL CHECKS` for every server and fails where
 * the socket does not answer: no answer is never an empty set. CHECKS is `on`, `off` (`disable health`) or `none`, by
 * `srv_check_state` of HAProxy's management guide; a weight that an agent sets is `agent`. For a while after a reload the
 * worker that leaves takes connections from the same socket: what one of those in `$BACKUP/left` says counts for nothing.
 * Administrative states, weights and stopped checks are brought over a reload (`carry`), by the first words the new worker
 * hears.
 */
export const CONVERGE = String.raw`${ASK_SOCKET}${RUN_AS_LIVE}
LC_ALL=C; export LC_ALL
${DIGEST}
digest_or_empty() { if [ -f "$1" ]; then digest "$1"; fi; }
nap() { sleep 0.05 2>/dev/null || sleep 1; }
seconds() { sed 's/ .*//;s/\..*//' /proc/uptime; }
cli() { ask "$SOCKET" 5 "$VIA$1" 2>/dev/null; }
worker() { cli 'show info' | sed -n 's/^Pid: \([0-9]*\)$/\1/p' | head -n 1; }
alive() {
  set -- $PROCESS
  [ "$(sed 's/^.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20)" = "$2" ]
}
hear() {
  tries=0
  while :; do
    cli "show info;${'$'}{VIA}show servers state" > "$BACKUP/heard"
    grep -qsxF "$(sed -n 's/^Pid: \([0-9]*\)$/\1/p' "$BACKUP/heard" | head -n 1)" "$BACKUP/left" || return 0
    tries=$((tries + 1))
    [ "$tries" -lt 100 ] || return 1
    nap
  done
}
state() {
  hear || return 1
  awk '
    $1 == "#" { for (i = 2; i <= NF; i++) column[$i] = i - 1; headed = 1; next }
    headed && NF > 9 {
      address = $(column["srv_addr"]); if (address ~ /:/) address = "[" address "]"
      admin = $(column["srv_admin_state"])
      checks = $(column["srv_check_state"])
      agent = int($(column["srv_agent_state"]) / 4) % 2
      print $(column["be_name"]), $(column["srv_name"]), address ":" $(column["srv_port"]), $(column["srv_op_state"]), \
        (admin % 2 == 1 ? "maint" : int(admin / 8) % 2 == 1 ? "drain" : "ready"), \
        (agent ? "agent" : $(column["srv_uweight"])), $(column["srv_check_result"]), \
        (agent ? "agent" : $(column["srv_iweight"])), \
        (int(checks / 4) % 2 ? "on" : int(checks / 2) % 2 ? "off" : "none")
    }
    END { exit !headed }' "$BACKUP/heard"
}
difference() {
  state > "$BACKUP/now" || return 1
  TABLE=$1 awk '
    BEGIN {
      n = split(ENVIRON["TABLE"], line, "\n")
      for (i = 1; i <= n; i++) { split(line[i], word, " "); name[i] = word[1]; want[word[1]] = word[2] }
    }
    $1 != ENVIRON["BACKEND"] { next }
    { seen[$2] = 1 }
    !($2 in want) { print "remove " $2; next }
    want[$2] != "-" && want[$2] != $3 { print "moved " $2 }
    END { for (i = 1; i <= n; i++) if (name[i] != "" && !(name[i] in seen)) print "add " line[i] }' "$BACKUP/now"
}
settled() { left=$(difference "$1") && [ -z "$left" ]; }
${RUNTIME_API}# What must be said to bring the states in a file back; nothing when all of them hold.
states_apart() {
  state > "$BACKUP/now" || { echo unread; return; }
  awk '
    { k = $1 "/" $2 }
    NR == FNR { forced[k] = $5; weight[k] = $6; checks[k] = $9; next }
    !(k in forced) { next }
    forced[k] != $5 { print "set server " k " state " forced[k] }
    weight[k] != $6 { print "set server " k " weight " weight[k] }
    checks[k] == "off" && $9 == "on" { print "disable health " k }' "$1" "$BACKUP/now"
}
carry() {
  for n in 1 2 3 4 5 6 7 8 9 10; do
    left=$(states_apart "$1")
    [ -n "$left" ] || return 0
    printf '%s\n' "$left" | while read -r words; do cli "$words"; done >/dev/null
  done
  left=$(states_apart "$1")
  [ -z "$left" ] || { echo "States and weights could not be brought over: $(printf '%s\n' "$left" | head -n 3 | tr '\n' ';')"; return 1; }
}
${RELOAD}converge() {
  if [ "$WAY" = runtime ]; then
    by_runtime "$1"
    case $? in
      0) settled "$1" && return 0 ;;
      2) return 1 ;;
    esac
  fi
  by_reload "$2" || return 1
  settled "$1" || { echo "The running servers are not as wanted: $(printf '%s\n' "$left" | head -n 3 | tr '\n' ';')"; return 1; }
  come_up "$NEW"
}
# Two requests for each server, so that each has its turn, must all be answered well, the new ones' too.
answers() {
  [ -n "$URL" ] || return 0
  to=${'${URL#http://}'}
  path=/${'${to#*/}'}
  to=${'${to%%/*}'}
  case $to in localhost*) to=127.0.0.1${'${to#localhost}'} ;; esac
  case $to in *\]) to=$to:80 ;; \[*) ;; *:*) ;; *) to=$to:80 ;; esac
  cr=$(printf '\r')
  all=$(printf '%s\n' "$WANTED" | awk 'NF { n++ } END { print n < 2 ? 4 : 2 * n }')
  end=$(($(seconds) + 40))
  n=0
  while [ "$n" -lt "$all" ]; do
    [ "$(seconds)" -lt "$end" ] || { echo "$n of $all requests for $URL were answered within 40 s: too few to tell of each server."; return 1; }
    n=$((n + 1))
    first=$(ask "$to" 5 "GET $path HTTP/1.0$cr
Host: ${'${to%:*}'}$cr
Connection: close$cr
$cr" 2>/dev/null | head -n 1 | cut -c 1-60)
    case $first in HTTP/1.[01]\ [23]*) ;; *) echo "Request $n of $all for $URL was answered by: ${'${first:-nothing}'}"; return 1 ;; esac
  done
}
`;
