import { ASK_SOCKET } from '../../sh/ask-socket.js';
import { framed, OWN_UID } from '../framing.js';
import { FIND_HAPROXY } from './find.js';

/**
 * Asks the running process through a stats socket (the one of level admin first), or through its master's socket: which
 * servers the backend has, in which state, and every server of any backend whose administrative state or weight is not
 * as configured.
 */
export const HAPROXY_STATE_PROBE = framed(
  'haproxy-state',
  String.raw`${FIND_HAPROXY}${ASK_SOCKET}
sockets() {
  over_files '
    { sub(/\r$/, "") }
    is_section($1) { global = $1 == "global"; next }
    global && $1 == "stats" && $2 == "socket" {
      level = "operator"
      for (i = 4; i < NF; i++) if ($i == "level") level = $(i + 1)
      address = $3
      sub(/^(unix|ipv4|ipv6)@/, "", address)
      sub(/^\*:/, "127.0.0.1:", address)
      print (level == "admin" ? 1 : level == "operator" ? 3 : 4) "\t" address "\t-"
    }'
  [ -z "$master" ] || printf '2\t%s\t@1\n' "$master"
}
listing() {
  SECTION=$section awk -v address="$1" -v via="$2" '
    /^Pid: [0-9]+$/ { worker = $2; next }
    /^Version: / { version = $2; next }
    /^(admin|operator|user)$/ { level = $1; next }
    $1 == "#" { for (i = 2; i <= NF; i++) column[$i] = i - 1; next }
    worker == "" && !said { said = 1; words = substr($0, 1, 200); next }
    NF < 10 || !("srv_uweight" in column) { next }
    {
      be = $(column["be_name"]); admin = $(column["srv_admin_state"])
      odd = admin % 2 == 1 || int(admin / 8) % 2 == 1 || $(column["srv_uweight"]) != $(column["srv_iweight"])
      if (be != ENVIRON["SECTION"] && !odd) next
      print "server\t" be "\t" $(column["srv_name"]) "\t" $(column["srv_addr"]) "\t" $(column["srv_port"]) "\t" $(column["srv_op_state"]) "\t" admin "\t" $(column["srv_uweight"]) "\t" $(column["srv_iweight"]) "\t" $(column["srv_check_result"])
      if (be == ENVIRON["SECTION"]) n++
    }
    END {
      if (worker == "") { print "unreached\t" address "\t" words; exit 1 }
      print "socket\t" address "\t" via "\t" level
      print "worker\t" worker "\t" version
      print (("srv_uweight" in column) ? "listed" : "unlisted") "\t" n + 0
    }'
}
gather() {
  find_haproxy
  ${OWN_UID}
  printf 'uid\t%s\n' "$uid"
  printf 'found\t%s\n' "$count"
  [ -z "$ignored" ] || printf 'ignored\t%s\n' "$ignored"
  [ "$count" = 1 ] || return 0
  for f in $files; do [ -r "$f" ] || { printf 'unread\t%s\n' "$f"; return 0; }; done
  case $files in '') printf 'unread\tits command line\n'; return 0 ;; esac
  choose_backend
  [ -n "$section" ] || return 0
  printf 'backend\t%s\n' "$section"
  [ -n "$asked_by" ] || { printf 'tools\tnone\n'; return 0; }
  sockets | sort -n | while IFS=$tab read -r rank address via; do
    case $via in -) prefix= ;; *) prefix="$via " ;; esac
    ask "$address" 3 "${'${prefix}'}show info; ${'${prefix}'}show cli level; ${'${prefix}'}show servers state" 2>&1 | listing "$address" "$via" && break
  done
  [ -n "$master" ] || return 0
  ask "$master" 3 'show proc' 2>&1 | MASTER=$master awk '
    NF && !n++ { words = substr($0, 1, 200) }
    $2 == "master" && $1 ~ /^[0-9]+$/ {
      found = 1; failed = "unknown"
      if (match($0, /\[failed: [0-9]+\]/)) failed = substr($0, RSTART + 9, RLENGTH - 10)
    }
    END { print found ? "master\t" ENVIRON["MASTER"] "\t" failed : "unreached\t" ENVIRON["MASTER"] "\t" words }'
  return 0
}
`,
);
