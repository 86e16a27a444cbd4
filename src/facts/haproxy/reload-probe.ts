import { MASKED } from '../../sh/haproxy-words.js';
import { framed, OWN_UID } from '../framing.js';
import { FIND_HAPROXY } from './find.js';

/**
 * What a reload would meet: `haproxy -c` with the live process's own files, arguments and environment, each bind line, and
 * each listening socket of its network namespace, `ours` when one of its processes holds it.
 */
export const HAPROXY_RELOAD_PROBE = framed(
  'haproxy-reload',
  String.raw`${FIND_HAPROXY}${MASKED}
checked() {
  program_of || { printf 'untrusted\t%s\n' "$loose $why"; return 0; }
  LIMIT=
  ! timeout 8 true >/dev/null 2>&1 || LIMIT='timeout 8'
  said=$(cd "/proc/$pid/cwd" 2>/dev/null; { printf '%s\0' -c
    printf '%s\n' "$args" | while IFS=$tab read -r kind value; do [ "$kind" != keep ] || printf '%s\0' "$value"; done
    printf '%s\n' "$files" | while read -r f; do printf '%s\0' -f "$f"; done
  } | run_as_live "$pid" "$exe" 2>&1)
  printf 'checked\t%s\n' "$?"
  printf '%s\n' "$said" | masked | awk '
    /ALERT/ && a++ < 5 { print "said\t" substr($0, 1, 300) }
    !/ALERT/ && /WARNING|env:|xargs:|sh:/ && w++ < 3 { print "said\t" substr($0, 1, 300) }'
}
binds() {
  over_files '
    { sub(/\r$/, "") }
    is_section($1) { kind = $1; if (kind == "listen" && $3 ~ /:[0-9]/) print "bind\t" FILENAME "\t" FNR "\t" substr($3, 1, 300) "\t"; next }
    (kind == "frontend" || kind == "listen") && $1 == "bind" {
      rest = $0; sub(/^[ \t]*bind[ \t]+[^ \t]+[ \t]*/, "", rest)
      if (++n <= 1000) print "bind\t" FILENAME "\t" FNR "\t" substr($2, 1, 300) "\t" substr(rest, 1, 200)
    }
    END { if (n > 1000) print "cut\t" n }'
}
listeners() {
  # Listeners are opened first: their descriptors are low ones, unless there are very many.
  held=$(for p in $family; do
    case $1 in
      few) ls -l "/proc/$p/fd"/[0-9] "/proc/$p/fd"/[0-9][0-9] "/proc/$p/fd"/[0-9][0-9][0-9] ;;
      *) ls -l "/proc/$p/fd" ;;
    esac
  done 2>/dev/null)
  # The kernel lists what listens first: the rest, of which a balancer has very many, is not read.
  { printf '%s\n' "$held"
    for t in tcp tcp6; do awk 'FNR > 1 { if ($4 != "0A") exit; print }' "/proc/$pid/net/$t" 2>/dev/null; done
  } | awk '
    match($0, /socket:\[[0-9]+\]$/) { mine[substr($0, RSTART + 8, RLENGTH - 9)] = 1; any = 1; next }
    $1 ~ /^[0-9]+:$/ && $4 == "0A" { if (++n <= 2000) print "listener\t" $2 "\t" (($10 in mine) ? "ours" : "other") }
    END { if (!any) print "unread\tsockets"; print "listening\t" n + 0 }'
}
# Names who holds a port that a bind line wants, where somebody else listens on one.
holders() {
  command -v ss >/dev/null 2>&1 || return 0
  nsenter -t "$pid" -n ss -Hltnp 2>/dev/null | awk '
    !/"haproxy"/ && match($0, /users:\(\("[^"]*",pid=[0-9]+/) {
      who = substr($0, RSTART + 8, RLENGTH - 8); gsub(/["\t]/, "", who)
      port = $4; sub(/.*:/, "", port)
      if (!seen[port]++ && n++ < 500) print "holder\t" port "\t" who
    }'
}
gather() {
  find_haproxy
  ${OWN_UID}
  printf 'uid\t%s\n' "$uid"
  printf 'found\t%s\n' "$count"
  [ -z "$ignored" ] || printf 'ignored\t%s\n' "$ignored"
  [ "$count" = 1 ] && [ "$uid" = 0 ] || return 0
  checked
  bound=$(binds)
  [ -z "$bound" ] || printf '%s\n' "$bound"
  [ "$(printf '%s\n' "$bound" | wc -l)" -gt 300 ] && many=many || many=few
  sockets=$(listeners "$many")
  printf '%s\n' "$sockets"
  case $sockets in *other*) holders ;; esac
}
`,
);
