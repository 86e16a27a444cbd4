import { framed, OWN_UID } from '../framing.js';
import { FIND_HAPROXY } from './find.js';

/**
 * Ships the instance, how it is reloaded, its configuration files with their hashes, and the lines that decide which
 * servers a backend has. A file whose hash is not the one Runbolt applied last (its copy lies under
 * /var/lib/runbolt/haproxy) comes with the first lines of the difference, without
 * what could be a password.
 */
export const HAPROXY_PROBE = framed(
  'haproxy',
  String.raw`${FIND_HAPROXY}
applied_dir=/var/lib/runbolt/haproxy
sums() {
  if command -v sha256sum >/dev/null 2>&1; then sha256sum "$@"
  elif command -v busybox >/dev/null 2>&1; then busybox sha256sum "$@"
  fi 2>/dev/null
}
processes() {
  while read -r key value; do [ "$key" = btime ] && boot=$value; done < /proc/stat
  for p in $family; do
    caught=0
    while read -r key value; do [ "$key" = SigCgt: ] && caught=$value; done < "/proc/$p/status"
    read_stat "$p"
    case $caught in *[89abcdef][0-9a-f][0-9a-f]) usr2=1 ;; *) usr2=0 ;; esac
    printf 'process\t%s\t%s\t%s\t%s\t%s\n' "$p" "$parent" "$ticks" "$((boot + ticks / 100))" "$usr2"
  done 2>/dev/null
}
reloading() {
  unit=$(sed -n 's/^[0-9]*:\(name=systemd\)\{0,1\}:.*\/\([A-Za-z0-9:_.@\\-]*\.service\)$/\2/p' "/proc/$pid/cgroup" 2>/dev/null)
  [ -n "$unit" ] && [ -d /run/systemd/system ] && command -v systemctl >/dev/null 2>&1 || return 0
  unit=${'${unit%%$nl*}'}
  shown=$(systemctl show -p MainPID -p ExecReload "$unit" 2>/dev/null)
  [ "$(printf '%s\n' "$shown" | sed -n 's/^MainPID=//p')" = "$pid" ] || return 0
  printf 'unit\t%s\t%s\n' "$unit" "$(printf '%s\n' "$shown" | sed -n 's/^ExecReload=.*argv\[\]=\([^;]*\);.*/\1/p' | tr '\n' '|' | cut -c 1-1000)"
}
version_of() {
  program_of || { printf 'untrusted\t%s\n' "$loose $why"; return 0; }
  version=$("$exe" -v 2>/dev/null)
  version=${'${version#*roxy version }'}
  printf 'program\t%s\t%s\n' "$exe" "${'${version%%[ $nl]*}'}"
}
# What people are shown of a difference. Only lines that hold no password are shown whole, of others number and keyword.
differences() {
  awk "$SECTIONS"'
    /^[0-9]+(,[0-9]+)?[acd][0-9]+/ { split($0, at, /[acd]/); line["<"] = at[1] + 0; line[">"] = at[2] + 0; next }
    /^[<>] / && ++n <= 10 {
      number = line[$1]++
      if ($2 ~ /^(server|bind|balance)$/ || is_section($2)) print
      else print $1 " line " number ": " ($2 ~ /^[a-z][a-z.-]*$/ && NF > 2 ? $2 " " : "") "…"
    }'
}
describe_files() {
  copies=
  for f in $files; do
    case $f in *[!A-Za-z0-9@%+=:,./_-]*) printf 'unread\t%s\n' "a path with odd characters"; return 1 ;; esac
    [ -f "$f" ] && [ -r "$f" ] || { printf 'unread\t%s\n' "$f"; return 1; }
    [ ! -L "$f" ] || printf 'link\t%s\n' "$f"
    trusted "${'${f%/*}'}/" || printf 'shared\t%s\n' "$f"
  done
  sums $files | while read -r sum f; do printf 'file\t%s\t%s\n' "$sum" "$f"; done
  stat -L -c 'changed%Z %n' $files | while read -r when f; do printf 'changed\t%s\t%s\n' "${'${when#changed}'}" "$f"; done
  [ -d "$applied_dir" ] || return 0
  for f in $files; do
    copy=$applied_dir/$(printf '%s' "$f" | tr '/' '%')
    [ -f "$copy" ] && [ -r "$copy" ] || continue
    sum=$(sums "$copy")
    printf 'applied\t%s\t%s\n' "${'${sum%% *}'}" "$f"
    diff "$copy" "$f" 2>/dev/null | differences | while read -r line; do printf 'differs\t%s\t%.160s\n' "$f" "$line"; done
  done
}
configuration() {
  choose_backend
  [ -n "$section" ] || return 0
  printf 'backend\t%s\n' "$section"
  SECTION=$section over_files '
    BEGIN { wanted = ENVIRON["SECTION"] }
    function put(kind) {
      if (++n > 5000) over = 1
      else print kind "\t" FILENAME "\t" FNR "\t" (length($0) > 1000 ? "long" : "text") "\t" substr($0, 1, 1000)
    }
    { first = $1; sub(/\r$/, "", first) }
    FNR == 1 { depth = 0 }
    first == ".if" { depth++ }
    first == ".endif" { depth-- }
    is_section(first) {
      kind = first; name = $2; sub(/\r$/, "", name); mine = (kind == "backend" || kind == "listen") && name == wanted
      if (mine || kind == "defaults") put(mine ? (depth > 0 ? "conditional" : "section") : "defaults")
      next
    }
    kind == "global" && first == "stats" && $2 == "socket" { put("socket") }
    kind == "global" && (first == "master-worker" || first == "daemon") { put("global") }
    first == "option" && $2 == "idle-close-on-response" && kind ~ /^(defaults|frontend|listen)$/ { put("idle") }
    mine && first ~ /^\.(if|elif|else|endif)$/ { put("conditional") }
    mine && (first == "server" || first == "server-template") { put(depth > 0 ? "conditional" : "line") }
    (mine || kind == "defaults") && first ~ /^(default-server|balance|hash-type)$/ { put(mine ? "setting" : "default") }
    END { if (over) print "cut\t" n }' || printf 'broken\tconfiguration\n'
}
# The package's unit, switched off: systemd runs and says that it is inactive (not failed, not about to be started once
# more), and nothing else that starts with the host names haproxy.
switched_off() {
  [ -d /run/systemd/system ] && command -v systemctl >/dev/null 2>&1 || return 0
  enabled=$(systemctl is-enabled haproxy.service 2>/dev/null)
  case $enabled in disabled|masked|masked-runtime) ;; *) return 0 ;; esac
  [ "$(systemctl show -p ActiveState haproxy.service 2>/dev/null)" = ActiveState=inactive ] || return 0
  ! grep -qsi haproxy /etc/systemd/system/*.wants/* /etc/systemd/system/*.requires/* /etc/rc.local /etc/rc.d/rc.local \
    /etc/supervisor/conf.d/* /etc/supervisord.conf /etc/supervisord.d/* || return 0
  ! grep -qsi '^[ 	]*@reboot.*haproxy' /etc/crontab /etc/cron.d/* /var/spool/cron/* /var/spool/cron/crontabs/* || return 0
  printf 'off\thaproxy.service\t%s\n' "$enabled"
}
gather() {
  find_haproxy
  ${OWN_UID}
  printf 'uid\t%s\n' "$uid"
  printf 'found\t%s\t%s\n' "$count" "$elsewhere"
  [ -z "$ignored" ] || printf 'ignored\t%s\n' "$ignored"
  if [ "$count" != 1 ]; then
    known=${'${known#<}'}
    [ -z "$known" ] || printf 'instances\t%s\n' "$(printf '%s' "${'${known%>}'}" | tr '\n' ' ' | sed 's/></; /g' | cut -c 1-400)"
    for f in "$base"/*.cfg; do [ -f "$f" ] && printf 'configured\t%s\n' "$f"; done
    [ "$count" != 0 ] || switched_off
    return 0
  fi
  printf 'pid\t%s\n' "$pid"
  processes
  printf '%s\n' "$args" | while IFS=$tab read -r kind value; do printf 'argument\t%s\t%s\n' "$kind" "$value"; done
  version_of
  reloading
  for c in $configs; do [ ! -d "$c" ] || printf 'directory\t%s\t%s\n' "$(stat -L -c %Y "$c")" "$c"; done
  case $files in '') printf 'unread\tits command line\n'; return 0 ;; esac
  describe_files && configuration
  return 0
}
`,
);
