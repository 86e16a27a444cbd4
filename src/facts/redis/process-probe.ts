/**
 * sh functions about one process, `$pid`, that is called as a server is (`SERVER_NAMES`, for grep over /proc/PID/comm:
 * with a version too, as Amazon Linux has redis6-server). `titled`: what its title tells, `$host`, `$port`, `$mode`
 * (unix, sentinel, odd: not what to ask), `$conf`, `$by_arguments` (the value of --tcp-keepalive); fails for a server's
 * child, for a script of that name and for what has ended. `net_of PID`: its network namespace, `owner_of PID`: its
 * user, `named_by FILE`: who else names the file.
 */
export const SERVER_NAMES = '^(redis|valkey)[0-9]?-server(-?[0-9].*)?( .*)?$';

export const REDIS_PROCESS = String.raw`
is_server() {
  case ${'$'}{1%%-server*} in redis|redis[0-9]|valkey|valkey[0-9]) ;; *) return 1 ;; esac
  case ${'$'}{1#*-server} in ''|' '*|[0-9]*|-[0-9]*) ;; *) return 1 ;; esac
}
title_of() { tr '\000\t\n' '   ' < "/proc/$1/cmdline" 2>/dev/null | cut -c 1-400; }
net_of() { ls -i "/proc/$1/net/sockstat" 2>/dev/null | { read -r inode path; printf '%s' "$inode"; }; }
# The user of a process; nobody's where its ids differ: a setuid program has the name and title its caller gives it.
owner_of() {
  while read -r key real effective saved files; do
    [ "$key" = Uid: ] || continue
    [ "$real$effective$saved" = "$effective$saved$files" ] && [ "$real" = "$effective" ] && printf '%s' "$real"
    return
  done < "/proc/$1/status"
}
# One that saves or rewrites has the title of what it does, and the server as its parent.
is_child() {
  while read -r field parent rest; do [ "$field" != PPid: ] || break; done 2>/dev/null < "/proc/$1/status"
  read -r name 2>/dev/null < "/proc/$parent/comm" && is_server "$name" && ! is_script "$parent" "$name"
}
# An interpreter with a script of that name.
is_script() {
  set -f
  set -- "$2" $(title_of "$1")
  set +f
  [ $# -ge 3 ] && [ "${'$'}{3##*/}" = "$1" ] && ! is_server "${'$'}{2##*/}"
}
titled() {
  set -f
  set -- $(title_of "$pid")
  set +f
  [ $# -gt 0 ] && ! is_child "$pid" || return 1
  host='' port='' mode='' conf='' by_arguments='' own_title=''
  if ! is_server "${'$'}{1##*/}"; then
    is_script "$pid" "$program" && return 1
    own_title=1
  fi
  shift
  case ${'$'}{1:-} in
    unixsocket:*) mode=unix ;;
    *:[0-9]*) port=${'$'}{1##*:}; host=${'$'}{1%:*} ;;
    /*) conf=$1 ;;
    ''|-*) ;;
    *) own_title=1 ;;
  esac
  while [ $# -gt 0 ]; do
    case $1 in
      --port|--tls-port) [ "${'$'}{2:-0}" = 0 ] || port=$2 ;;
      --bind) host=${'$'}{2:-} ;;
      --sentinel|'[sentinel]') mode=sentinel ;;
      --tcp-keepalive) by_arguments=${'$'}{2:-?} ;;
    esac
    shift
  done
  if [ -z "$port$mode" ] && [ -n "$conf" -o -z "$own_title" ]; then
    port=$(conf_value port "$conf")
    port=${'$'}{port:-6379}
    host=$(conf_value bind "$conf" | cut -d ' ' -f 1)
  fi
  host=${'$'}{host#-}
  host=${'$'}{host#[}
  host=${'$'}{host%]}
  case $host in ''|'*'|0.0.0.0) host=127.0.0.1 ;; ::|::\*) host=::1 ;; esac
  [ "$mode" != unix ] || port=''
  [ -n "$mode" ] || addressed || mode=odd port=''
}
# What else than the answer of the server names its file: argv (which its user writes) or a unit.
named_by() {
  tr '\000' '\n' < "/proc/$pid/cmdline" 2>/dev/null | tr ' ' '\n' | grep -qxF -e "$1" && { echo argv; return; }
  grep -qsF -e "$1" /etc/systemd/system/*redis* /etc/systemd/system/*valkey* /lib/systemd/system/*redis* \
    /lib/systemd/system/*valkey* /etc/systemd/system/*redis*.d/* /etc/systemd/system/*valkey*.d/* && echo unit
}
`;
