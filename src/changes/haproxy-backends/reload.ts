/**
 * sh functions `by_reload` and `with_environment`: a reload in the way the live process is run, watched to its end. That is
 * what the master says of it; without a master socket, that the old worker listens no more.
 */
export const RELOAD = String.raw`not_run() { echo "$PROGRAM is not run: $loose $why."; }
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
# Gone, or alive and listening no more: it finishes what it has. What cannot be read is still there.
has_left() {
  case $(sed 's/^.*) //;s/ .*//' "/proc/$1/stat" 2>/dev/null) in ''|Z|X) return 0 ;; esac
  { ls -l "/proc/$1/fd"; cat "/proc/$1/net/tcp" "/proc/$1/net/tcp6"; } 2>/dev/null | awk '
    / -> / { any = 1; if (match($0, /socket:\[[0-9]+\]$/)) mine[substr($0, RSTART + 8, RLENGTH - 9)] = 1; next }
    $4 == "0A" && ($10 in mine) { listens = 1 }
    END { exit listens || !any }'
}
leaving() {
  end=$(($(seconds) + 10))
  while ! has_left "$1"; do
    [ "$(seconds)" -lt "$end" ] || { echo "The old process $1 still listens 10 s after the reload: some requests are answered as before it."; return 1; }
    nap
  done
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
# Servers of other backends that run otherwise than the files say, by the runtime API: a reload would lose that.
otherwise_elsewhere() {
  { printf '%s\n' "$FILES" | cut -c 66- | while read -r f; do awk 1 "$f"; done; echo runbolt-states; cat "$1"; } | awk '
    { sub(/\r$/, "") }
    $1 == "runbolt-states" { states = 1; next }
    !states && $1 ~ /^(global|defaults|frontend|backend|listen|peers|resolvers|userlist|mailers|program|ring|cache|http-errors|fcgi-app|log-forward|crt-store|traces|acme)$/ { section = $1 ~ /^(backend|listen)$/ ? $2 : ""; next }
    !states && section != "" && ($1 == "server-template" || $1 == "server" && $2 ~ /[$"\\]/) { unclear[section] = 1 }
    !states && section != "" && $1 == "server" { line[section "/" $2] = $3 }
    !states || $1 == ENVIRON["BACKEND"] || ($1 in unclear) { next }
    { k = $1 "/" $2 }
    !(k in line) || line[k] ~ /^[0-9.]+:[0-9]+$/ && line[k] != $3 { print k }' | head -n 3 | tr '\n' ' '
}
by_reload() {
  old=$(worker)
  [ -n "$old" ] || { echo "$SOCKET does not answer; nothing was reloaded."; return 1; }
  if [ "$LEVEL" != admin ] && awk '$5 != "ready" || $6 != $8 || $9 == "off" { odd = 1 } END { exit !odd }' "$1"; then
    echo "$SOCKET may not set MAINT, DRAIN, a weight or a stopped check again after a reload; nothing was reloaded."
    return 1
  fi
  lost=$(otherwise_elsewhere "$1")
  [ -z "$lost" ] || { echo "A reload would lose what the runtime API was told of $lost; nothing was reloaded."; return 1; }
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
  printf '%s\n' "$old" >> "$BACKUP/left"
  carry "$1" || return 1
  [ -n "$MASTER" ] || { leaving "$old"; return; }
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
`;
