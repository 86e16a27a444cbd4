import { RUN_AS_LIVE } from '../../sh/run-as-live.js';

/**
 * POSIX sh for the facts of HAProxy: finds the instance, its configuration files and the backend that is meant. `CONFIG`
 * names a configuration file or directory where several instances run, `BACKEND` a section (empty: the only one with
 * servers). Processes of other pid namespaces (containers) are counted, not read. Anybody can name a process haproxy: only
 * those of root and of the user haproxy, and what they started, are taken for one; `ignored` lists the uids of others.
 *
 * `find_haproxy` sets `count`, `pid` (the master, or the newest process), `family` (it and its workers), `elsewhere`,
 * `args` (what of its command line decides, a `KIND<tab>VALUE` a line), `configs` (its files and directories) and
 * `files` (in the order they are read), lists a line an item. `choose_backend` sets `section`, or leaves it empty and
 * prints the choices. Starts few programs: a gathering is bounded.
 */
export const FIND_HAPROXY = String.raw`${RUN_AS_LIVE}
tab='	'
nl='
'
base=/etc/haproxy
read_stat() {
  { read -r stat < "/proc/$1/stat"; } 2>/dev/null || { parent=0; ticks=0; return 1; }
  set -- ${'${stat##*) }'}
  parent=$2
  shift 19
  ticks=$1
}
arguments() {
  tr '\000\n\t' '\n\001\002' < "/proc/$1/cmdline" 2>/dev/null | awk '
    NR == 1 { next }
    /[\001\002]/ { print "odd\t1"; next }
    want != "" { print want "\t" $0; if (also) print "keep\t" $0; want = ""; also = 0; next }
    killing && /^[0-9]+$/ { next }
    { killing = 0 }
    rest { print "config\t" $0; next }
    $0 == "--" { rest = 1; next }
    $0 == "-f" { want = "config"; next }
    $0 == "-S" { want = "master"; next }
    $0 == "-C" { want = "chdir"; next }
    $0 == "-p" { want = "pidfile"; next }
    $0 == "-x" { want = "other"; next }
    $0 == "-L" || $0 == "-n" || $0 == "-m" || $0 == "-N" { print "keep\t" $0; want = "value"; also = 1; next }
    $0 == "-sf" || $0 == "-st" { killing = 1; next }
    $0 == "-dW" { print "keep\t" $0; next }
    $0 == "-W" || $0 == "-Ws" || $0 == "-D" || $0 == "-db" || $0 == "-d" { print "flag\t" $0; next }'
}
# The configuration files and directories in the arguments of a process, with their whole paths.
configs_in() {
  from=
  configs=
  master=
  while IFS=$tab read -r kind value; do
    case $kind in
      chdir) from=$value ;;
      master) master=${'${value%%,*}'}; master=${'${master#unix@}'} ;;
      config) configs=$configs$value$nl ;;
    esac
  done <<END
$2
END
  case $nl$configs in *$nl[!/]*) ;; *) configs=${'${configs%$nl}'}; return 0 ;; esac
  case $from in /*) ;; *) from=$(readlink "/proc/$1/cwd" 2>/dev/null || echo '?')${'${from:+/$from}'} ;; esac
  configs=$(printf %s "$configs" | while read -r c; do case $c in /*) echo "$c" ;; *) echo "$from/$c" ;; esac; done)
}
# Sets uid; fails for a process of a user that HAProxy does not run as.
of_haproxy() {
  uid_of "$1" || return 1
  [ "$uid" != 0 ] || return 0
  [ -n "$own" ] || own=$(id -u haproxy 2>/dev/null || echo none)
  [ "$uid" != "$own" ] || return 0
  case " $ignored " in *" $uid "*) ;; *) ignored=${'${ignored:+$ignored }'}$uid ;; esac
  return 1
}
find_haproxy() {
  all=' '
  elsewhere=0
  for f in /proc/[0-9]*; do
    p=${'${f#/proc/}'}
    { read -r name < "$f/comm"; } 2>/dev/null || continue
    case $name in haproxy|haproxy-*|hapee-lb) ;; *) continue ;; esac
    if [ -e "$f/ns/pid" ] && ! [ "$f/ns/pid" -ef /proc/self/ns/pid ]; then elsewhere=$((elsewhere + 1)); continue; fi
    all="$all$p "
  done
  count=0
  own=
  ignored=
  owner=
  pid=
  known=
  newest=-1
  for p in $all; do
    read_stat "$p" || continue
    case $all in *" $parent "*) continue ;; esac
    of_haproxy "$p" || continue
    these=$(arguments "$p")
    configs_in "$p" "$these"
    [ -z "$CONFIG" ] || case $nl$configs$nl in *"$nl$CONFIG$nl"*) ;; *) continue ;; esac
    case $known in
      *"<$configs>"*)
        if [ "$owner" = 0 ] && [ "$uid" != 0 ]; then continue; fi
        [ "$uid" = 0 ] && [ "$owner" != 0 ] || [ "$ticks" -ge "$newest" ] || continue ;;
      *) count=$((count + 1)); known="$known<$configs>" ;;
    esac
    newest=$ticks
    pid=$p
    owner=$uid
    args=$these
  done
  [ "$count" = 1 ] || return 0
  configs_in "$pid" "$args"
  family=
  for p in $all; do
    read_stat "$p" || continue
    if [ "$p" = "$pid" ] || [ "$parent" = "$pid" ]; then family=$family$p$nl; fi
  done
  files=
  saved=$IFS; IFS=$nl
  for c in $configs; do
    if [ -d "$c" ]; then
      for f in "${'${c%/}'}"/*.cfg; do [ -f "$f" ] && files=$files$f$nl; done
    else files=$files$c$nl
    fi
  done
  IFS=$saved
  files=${'${files%$nl}'}
}
# The program of the instance, without links; fails, and sets loose, where others than root could have it run anything.
program_of() {
  exe=$(readlink "/proc/$pid/exe" 2>/dev/null)
  exe=${'${exe% (deleted)}'}
  [ -x "$exe" ] || exe=/proc/$pid/exe
  [ -x "$exe" ] || exe=$(command -v haproxy)
  [ -n "$exe" ] || { loose='its program'; why='is not found'; return 1; }
  saved=$IFS; IFS=$nl
  set -f
  set -- $files
  set +f
  IFS=$saved
  may_run "$pid" "$exe" "$@" && exe=$real
}
SECTIONS='function is_section(w) { return w ~ /^(global|defaults|frontend|backend|listen|peers|resolvers|mailers|userlist|program|ring|cache|http-errors|fcgi-app|log-forward|log-profile|crt-store|traces|acme)$/ }'
over_files() {
  saved=$IFS; IFS=$nl
  set -f
  awk "$SECTIONS $1" $files
  status=$?
  set +f
  IFS=$saved
  return $status
}
choose_backend() {
  section=$BACKEND
  [ -z "$section" ] || return 0
  sections=$(over_files '
    { sub(/\r$/, "") }
    is_section($1) { here = ($1 == "backend" || $1 == "listen") ? $2 : ""; next }
    here != "" && ($1 == "server" || $1 == "server-template") && !seen[here]++ { print here }')
  case $sections in
    ''|*"$nl"*) printf 'choices\t'; for s in $sections; do printf '%s ' "$s"; done; echo ;;
    *) section=$sections ;;
  esac
}
`;
