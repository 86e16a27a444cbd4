import { ASK_SOCKET } from '../../sh/ask-socket.js';
import { RUN_AS_LIVE } from '../../sh/run-as-live.js';
import { DIGEST } from '../digest.js';

/**
 * POSIX sh shared by the host's side of `haproxy_backends`: what runs (`state`), what leads from there to a table of
 * servers (`difference`), and how it is brought about (`converge`): by the runtime API, else by the reload in use.
 *
 * `state` prints `BACKEND NAME ENDPOINT OPERATIONAL FORCED WEIGHT CHECK INITIAL` for every server and fails where the
 * socket does not answer: no answer is never an empty set. Administrative states and weights are brought over a reload
 * (`carry`), by the first words the new worker hears.
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
state() {
  cli 'show servers state' | awk '
    $1 == "#" { for (i = 2; i <= NF; i++) column[$i] = i - 1; headed = 1; next }
    headed && NF > 9 {
      address = $(column["srv_addr"]); if (address ~ /:/) address = "[" address "]"
      admin = $(column["srv_admin_state"])
      print $(column["be_name"]), $(column["srv_name"]), address ":" $(column["srv_port"]), $(column["srv_op_state"]), \
        (admin % 2 == 1 ? "maint" : int(admin / 8) % 2 == 1 ? "drain" : "ready"), \
        $(column["srv_uweight"]), $(column["srv_check_result"]), $(column["srv_iweight"])
    }
    END { exit !headed }'
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
# Servers that were added: those with a check must have passed it, or at least not failed it within the time. What is
# taken back may have been down before.
come_up() {
  [ -z "$TAKING_BACK" ] || return 0
  end=$(($(seconds) + 10))
  while :; do
    state > "$BACKUP/now" || return 1
    waiting=$(TABLE=$1 awk '
      BEGIN {
        n = split(ENVIRON["TABLE"], line, "\n")
        for (i = 1; i <= n; i++) { split(line[i], word, " "); if (word[1] == "add") rest[word[2]] = " " line[i] " " }
      }
      $1 == ENVIRON["BACKEND"] && ($2 in rest) && $5 == "ready" {
        if ($4 != 2) print "down " $2
        else if (rest[$2] ~ / check / && $7 < 3) print "unchecked " $2
      }' "$BACKUP/now")
    [ -n "$waiting" ] || return 0
    [ "$(seconds)" -lt "$end" ] || break
    nap
  done
  case $waiting in
    *down\ *) echo "Not UP after 10 s: $(printf '%s\n' "$waiting" | sed -n 's/^down //p' | tr '\n' ' ')"; return 1 ;;
  esac
}
drained() {
  end=$(($(seconds) + 10))
  while :; do
    busy=$(cli 'show stat' | NAMES=" $1 " awk -F , '
      $1 == ENVIRON["BACKEND"] && index(ENVIRON["NAMES"], " " $2 " ") { n++; if ($3 + $5 > 0) print $2 }
      END { if (!n) print "unknown" }')
    [ -n "$busy" ] || return 0
    [ "$(seconds)" -lt "$end" ] || return 1
    nap
  done
}
deleted() {
  end=$(($(seconds) + 8))
  while :; do
    said=$(cli "del server $BACKEND/$1")
    case $said in *'Server deleted.'*) return 0 ;; esac
    [ "$(seconds)" -lt "$end" ] || { echo "del server $1: $said" > "$BACKUP/refused"; return 1; }
    nap
  done
}
# Status 1: the runtime API does not do it; 2: it did, and the servers do not come up.
by_runtime() {
  todo=$(difference "$1") || return 1
  case $todo in *moved\ *) return 1 ;; esac
  printf '%s\n' "$todo" | while read -r verb name endpoint rest; do
    [ "$verb" = add ] || continue
    case $endpoint in -) exit 1 ;; esac
    case $rest in *[!A-Za-z0-9_.,:/%\(\)@{}=\ -]*) exit 1 ;; esac
    said=$(cli "add server $BACKEND/$name $endpoint $rest")
    case $said in *'New server registered.'*) ;; *) printf 'add server %s: %s\n' "$name" "$said" > "$BACKUP/refused"; exit 1 ;; esac
    case " $rest " in *' check '*) cli "enable health $BACKEND/$name" ;; esac
    case " $rest " in *' agent-check '*) cli "enable agent $BACKEND/$name" ;; esac
    case " $rest " in *' disabled '*) ;; *) cli "enable server $BACKEND/$name" ;; esac
  done >/dev/null || return 1
  come_up "$todo" || return 2
  going=$(printf '%s\n' "$todo" | sed -n 's/^remove //p' | tr '\n' ' ')
  [ -n "$going" ] || return 0
  for name in $going; do cli "set server $BACKEND/$name state drain" >/dev/null; done
  drained "$going" || return 1
  for name in $going; do
    cli "set server $BACKEND/$name state maint" >/dev/null
    deleted "$name" || return 1
  done
}
# What must be said to bring the states in a file back; nothing when all of them hold.
states_apart() {
  state > "$BACKUP/now" || { echo unread; return; }
  awk '
    { k = $1 "/" $2 }
    NR == FNR { forced[k] = $5; weight[k] = $6; next }
    !(k in forced) { next }
    forced[k] != $5 { print "set server " k " state " forced[k] }
    weight[k] != $6 { print "set server " k " weight " weight[k] }' "$1" "$BACKUP/now"
}
carry() {
  states_apart "$1" | while read -r words; do cli "$words"; done >/dev/null
  left=$(states_apart "$1")
  [ -z "$left" ] || { echo "States and weights could not be brought over: $(printf '%s\n' "$left" | head -n 3 | tr '\n' ';')"; return 1; }
}
not_run() { echo "$PROGRAM is not run: $loose $why."; }
with_environment() {
  may_run "$1" "$PROGRAM" $(printf '%s\n' "$FILES" | cut -c 66-) || { not_run; return 1; }
  { printf '%s\n' "$KEEP" | grep . | tr '\n' '\000'
    cat
  } | LIMIT= run_as_live "$1" "$PROGRAM" 2>&1
}
# A successor that takes the listeners over from the old process, which finishes what it has and leaves.
succeed() {
  { printf '%s\0' -D
    [ -z "$PID_FILE" ] || printf '%s\0' -p "$PID_FILE"
    printf '%s\n' "$CONFIGS" | while read -r c; do printf '%s\0' -f "$c"; done
    printf '%s\0' -x "$EXPOSING" -sf "$1"
  } | with_environment "$1"
}
failed_reloads() { ask "$MASTER" 5 'show proc' 2>/dev/null | sed -n 's/^[0-9]* *master .*\[failed: \([0-9]*\)\].*/\1/p' | head -n 1; }
# Somebody else who listens, since the plan, on a port that is bound: a reload would fail at bind.
still_free() {
  [ -n "$BINDS" ] || return 0
  held=$(for p in "${'${PROCESS%% *}'}" "$1" $(cat /proc/[0-9]*/stat 2>/dev/null | awk -v master="${'${PROCESS%% *}'}" '
    { pid = $1; sub(/^.*\) /, ""); if ($2 == master) print pid }'); do ls -l "/proc/$p/fd"; done 2>/dev/null)
  taken=$({ printf '%s\n' "$held"; cat "/proc/$1/net/tcp" "/proc/$1/net/tcp6" 2>/dev/null; } | awk '
    BEGIN {
      n = split(ENVIRON["BINDS"], list, "\n"); for (i = 1; i <= n; i++) bound[list[i]] = 1
      n = split(ENVIRON["BESIDE"], list, "\n"); for (i = 1; i <= n; i++) beside[list[i]] = 1
    }
    match($0, /socket:\[[0-9]+\]$/) { mine[substr($0, RSTART + 8, RLENGTH - 9)] = 1; any = 1; next }
    $1 ~ /^[0-9]+:$/ && $4 == "0A" {
      port = $2; sub(/.*:/, "", port)
      if ((port in bound) && !($2 in beside) && !($10 in mine)) { print port; exit }
    }
    END { if (!any) print "unread" }')
  case $taken in
    '') return 0 ;;
    unread) echo "Which addresses are its own cannot be read; nothing was reloaded." ;;
    *) echo "Port $(printf '%d' "0x$taken") is listened on by another process since the plan: a reload could fail at bind; nothing was reloaded." ;;
  esac
  return 1
}
by_reload() {
  old=$(worker)
  [ -n "$old" ] || { echo "$SOCKET does not answer; nothing was reloaded."; return 1; }
  if [ "$LEVEL" != admin ] && awk '$5 != "ready" || $6 != $8 { odd = 1 } END { exit !odd }' "$1"; then
    echo "$SOCKET may not set MAINT, DRAIN or a weight again after a reload; nothing was reloaded."
    return 1
  fi
  still_free "$old" || return 1
  echo reload > "$BACKUP/by-reload"
  case $MODE in
    usr2) alive && kill -USR2 "${'${PROCESS%% *}'}" || { echo "Its master is gone."; return 1; } ;;
    systemd) said=$(systemctl reload "$UNIT" 2>&1) || { echo "systemctl reload $UNIT: $said"; return 1; } ;;
    sockets) said=$(succeed "$old") || { echo "No successor could be started: $said"; return 1; } ;;
    *) echo "Its way to reload is not known."; return 1 ;;
  esac
  end=$(($(seconds) + 10))
  new=$old
  while [ -z "$new" ] || [ "$new" = "$old" ]; do
    [ "$(seconds)" -lt "$end" ] || { echo "No new worker within 10 s: the reload failed and process $old serves on."; return 1; }
    nap
    new=$(worker)
  done
  carry "$1" || return 1
  [ -n "$MASTER" ] || return 0
  end=$(($(seconds) + 5))
  while :; do
    failed=$(failed_reloads)
    [ "$failed" != 0 ] || return 0
    [ "$(seconds)" -lt "$end" ] || break
    nap
  done
  case $failed in
    '') ask "$MASTER" 5 'show proc' 2>/dev/null | grep -q "^$new  *worker " || { echo "The master does not know the new worker."; return 1; } ;;
    *) echo "The master counts $failed failed reloads."; return 1 ;;
  esac
}
converge() {
  if [ "$WAY" = runtime ]; then
    by_runtime "$1"
    case $? in
      0) settled "$1" && return 0 ;;
      2) return 1 ;;
    esac
  fi
  by_reload "$2" || return 1
  settled "$1" || { echo "The running servers are not as wanted: $(printf '%s\n' "$left" | head -n 3 | tr '\n' ';')"; return 1; }
  come_up "$(printf '%s\n' "$NEW" | sed 's/^/add /')"
}
answers() {
  [ -n "$URL" ] || return 0
  to=${'${URL#http://}'}
  path=/${'${to#*/}'}
  to=${'${to%%/*}'}
  case $to in localhost*) to=127.0.0.1${'${to#localhost}'} ;; esac
  case $to in *\]) to=$to:80 ;; \[*) ;; *:*) ;; *) to=$to:80 ;; esac
  cr=$(printf '\r')
  for n in 1 2 3; do
    first=$(ask "$to" 5 "GET $path HTTP/1.0$cr
Host: ${'${to%:*}'}$cr
Connection: close$cr
$cr" 2>/dev/null | head -n 1 | cut -c 1-60)
    case $first in HTTP/1.[01]\ [23]*) ;; *) echo "A request for $URL was answered by: ${'${first:-nothing}'}"; return 1 ;; esac
  done
}
`;
