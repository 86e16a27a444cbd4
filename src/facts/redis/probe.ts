import { REDIS_ASK } from '../../sh/redis-ask.js';
import { framed } from '../framing.js';
import { REDIS_FILE } from './file-probe.js';
import { REDIS_SOCKETS } from './sockets-probe.js';

/**
 * Finds the redis-server and valkey-server processes of a host, asks each for its settings, and looks at its file and
 * its sockets. Data from the environment: `ENDPOINT` (host:port of a Redis elsewhere, or empty), `ENDPOINT_TLS` (1),
 * `NAME` (ACL user), `PASSWORD`, `PASSWORD_FILE`. A password goes only to a process of root, redis, valkey or the owner
 * of the file it comes from, and to an endpoint only where this host is connected to it already. Changes nothing.
 */
export const REDIS_PROBE = framed(
  'redis',
  String.raw`
nl='
'
tab='	'
${REDIS_ASK}
${REDIS_FILE}
${REDIS_SOCKETS}
printable() { printf '%s' "$1" | tr -c '\040-\176' '?' | cut -c 1-300; }
emit() {
  printf '%s\t%s' "$1" "$n"
  shift
  for f in "$@"; do
    case $f in *[![:print:]]*) f=$(printable "$f") ;; esac
    printf '\t%s' "$f"
  done
  echo
}
has() { case $nl$replies in *"$nl$1$tab"*) return 0 ;; esac; return 1; }
says() { has "said$tab$1"; }
try() { replies=$(ask 'CONFIG GET tcp-keepalive;CONFIG GET timeout;CONFIG GET bind;INFO server'); }
answered() { has "config${'$'}{tab}tcp-keepalive"; }
net_of() { ls -i "/proc/$1/net/sockstat" 2>/dev/null | { read -r inode path; printf '%s' "$inode"; }; }
# One line of at most 512 bytes: what is longer is no password.
password_file() {
  [ -f "$1" ] && [ -r "$1" ] && [ "$(head -c 514 "$1" | wc -c)" -le 513 ] && [ "$(head -c 514 "$1" | wc -l)" -le 1 ] || return 1
  head -n 1 "$1" | tr -d '\r'
}
given() {
  password=$PASSWORD
  user=$NAME
  [ -n "$PASSWORD_FILE" ] || return 0
  if password=$(password_file "$PASSWORD_FILE"); then :; else password=''; printf 'passfile\t%s\n' "$(printable "$PASSWORD_FILE")"; fi
}
# The user of a process; nobody's where its ids differ: a setuid program has the name and title its caller gives it.
owner_of() {
  while read -r key real effective saved files; do
    [ "$key" = Uid: ] || continue
    [ "$real$effective$saved" = "$effective$saved$files" ] && [ "$real" = "$effective" ] && printf '%s' "$real"
    return
  done < "/proc/$1/status"
}
trusted() {
  case $owner in '') return 1 ;; 0|"$(stat -L -c %u "$1" 2>/dev/null)") return 0 ;; esac
  case $(stat -c %U "/proc/$pid" 2>/dev/null) in redis|valkey) return 0 ;; esac
  return 1
}
# What else than the answer of the server names its file: argv (which its user writes) or a unit.
named_by() {
  tr '\000' '\n' < "/proc/$pid/cmdline" 2>/dev/null | tr ' ' '\n' | grep -qxF -e "$1" && { echo argv; return; }
  grep -qsF -e "$1" /etc/systemd/system/*redis* /etc/systemd/system/*valkey* /lib/systemd/system/*redis* \
    /lib/systemd/system/*valkey* /etc/systemd/system/*redis*.d/* /etc/systemd/system/*valkey*.d/* && echo unit
}
over_tls() {
  tls=1
  insecure=1
  first=$(printf '%s' "$confs" | head -n 1)
  cert=$(conf_value tls-client-cert-file "$first")
  key=$(conf_value tls-client-key-file "$first")
  if [ -z "$cert" ]; then cert=$(conf_value tls-cert-file "$first"); key=$(conf_value tls-key-file "$first"); fi
  if [ -n "$cert" ] && [ ! -r "$key" ]; then cert=''; fi
  if [ -z "$cli" ] && ! has_tool openssl; then replies="said${'$'}{tab}notls$tab"; return; fi
  try
}
reach() {
  tls=0 insecure='' cert='' key='' ca='' password='' user=''
  confs=$(confs_of "$port")
  trusted "${'$'}{PASSWORD_FILE:-/}" && { password=$given; user=$NAME; }
  try
  case $host in 127.*|::1) ;; *)
    # Without a password and in protected mode a server answers on loopback only.
    if says protected || says reset; then
      kept=$host
      before=$replies
      host=127.0.0.1
      try
      answered || says noauth || { host=$kept; replies=$before; }
    fi ;;
  esac
  # redis-cli is told of the reset by a TLS port; the others see nothing.
  if ! answered && { says reset || { says silent && [ -z "$cli" ]; }; }; then
    before=$replies
    over_tls
    says tls && replies=$before
  fi
  if says noauth || says wrongpass; then
    user=''
    saved=$IFS; IFS=$nl; set -f
    for conf in $confs; do
      IFS=$saved; set +f
      answered && break
      password=$(conf_value requirepass "$conf")
      [ -n "$password" ] && trusted "$conf" && try && answered && emit secret "$conf"
    done
    IFS=$saved; set +f
  fi
}
report() {
  emit asked "$host"
  [ "$tls" = 1 ] && emit tls "$insecure" "$cert" "$key"
  printf '%s\n' "$replies" | N=$n awk -F '\t' '
    $1 == "config" || $1 == "info" || $1 == "said" {
      at = index($0, "\t")
      text = substr($0, at + 1)
      printf "%s\t%s\t%s\n", $1, ENVIRON["N"], text
    }'
}
one_process() {
  pid=$1
  title=$(tr '\000\t\n' '   ' < "/proc/$pid/cmdline" 2>/dev/null | cut -c 1-400)
  set -f
  set -- $title
  set +f
  program=${'$'}{1##*/}
  shift
  host='' port='' mode='' conf=''
  case ${'$'}{1:-} in
    unixsocket:*) mode=unix ;;
    *:[0-9]*) port=${'$'}{1##*:}; host=${'$'}{1%:*} ;;
    ''|-*) ;;
    /*) conf=$1 ;;
  esac
  by_arguments=''
  while [ $# -gt 0 ]; do
    case $1 in
      --port|--tls-port) [ "${'$'}{2:-0}" = 0 ] || port=$2 ;;
      --bind) host=${'$'}{2:-} ;;
      --sentinel|'[sentinel]') mode=sentinel ;;
      --tcp-keepalive) by_arguments='its command line' ;;
    esac
    shift
  done
  case ${'$'}{program%:} in redis-server|valkey-server) ;; *) return ;; esac
  if [ -z "$port" ] && [ "$mode" != unix ]; then
    port=$(conf_value port "$conf")
    host=$(conf_value bind "$conf" | cut -d ' ' -f 1)
    port=${'$'}{port:-6379}
  fi
  host=${'$'}{host#-}
  host=${'$'}{host#[}
  host=${'$'}{host%]}
  case $host in ''|'*'|0.0.0.0) host=127.0.0.1 ;; ::|::\*) host=::1 ;; esac
  if [ "$mode" = unix ]; then port=''; elif addressed; then :; else mode=odd port=''; fi
  owner=$(owner_of "$pid" 2>/dev/null)
  where=host
  enter=''
  own=$(net_of self)
  its=$(net_of "$pid")
  if [ -n "$its" ] && [ "$its" != "$own" ]; then where=container; enter="nsenter -t $pid -n"; fi
  # Two of one user at one address are a server and its child; another user's is another's.
  if [ "$mode" != odd ]; then
    case " $done_before " in *" $its/$owner/$host/$port "*) return ;; esac
    done_before="$done_before $its/$owner/$host/$port"
  fi
  n=$((n + 1))
  emit instance "$pid" "${'$'}{program%:}" "$where" "$host" "$port" "$mode"
  [ "$mode" != odd ] || emit said address ''
  [ "$mode" = '' ] || return
  if [ "$where" = container ] && ! $enter true >/dev/null 2>&1; then emit said container ''; return; fi
  if [ -z "$cli$wire" ]; then emit said nobody ''; return; fi
  if [ "$(($(date +%s) - began))" -gt 6 ]; then emit said late ''; return; fi
  reach
  report
  path=$(printf '%s\n' "$replies" | sed -n "s/^info${'$'}{tab}config_file${'$'}{tab}//p" | head -n 1)
  [ "$where" = host ] && case $path in
    /*)
      file_of "$path"
      trusted "$path" && trust=1 || trust=0
      emit tied "$owner" "$trust" "$(named_by "$path")" ;;
  esac
  [ -z "$by_arguments" ] || emit setter "$by_arguments"
  if [ "$where" = host ]; then ports="$ports $port"; else sockets_of "$pid" "$port"; fi
}
elsewhere() {
  n=$((n + 1))
  host=${'$'}{ENDPOINT%:*} port=${'$'}{ENDPOINT##*:} enter=''
  host=${'$'}{host#[}
  host=${'$'}{host%]}
  emit instance 0 endpoint endpoint "$host" "$port" ''
  if [ -z "$cli$wire" ]; then emit said nobody ''; return; fi
  addressed || { emit said address ''; return; }
  tls=${'$'}{ENDPOINT_TLS:-0} insecure='' cert='' key='' ca='' password='' user=''
  if [ -n "$given" ]; then
    if connected; then password=$given; user=$NAME; else emit withheld 1; fi
  fi
  try
  if [ "$tls" = 0 ] && says reset; then emit maybe_tls 1; fi
  report
}
gather() {
  clients
  began=$(date +%s)
  n=0 ports='' done_before='' host='' port=''
  printf 'uid\t%s\n' "$(id -u)"
  printf 'client\t%s\t%s\n' "$cli" "$wire"
  [ -r /proc/1/comm ] || printf 'hidden\t1\n'
  given | sed -n '/^passfile/p'
  password='' user=''
  given >/dev/null
  given=$password
  set -- $(grep -lsE '^(redis|valkey)-server' /proc/[0-9]*/comm)
  [ $# -le 64 ] || printf 'beyond\t%s\n' $(($# - 64))
  for file in $(printf '%s\n' "$@" | head -n 64); do
    file=${'$'}{file#/proc/}
    one_process "${'$'}{file%/comm}"
  done
  set -f
  [ -z "$ports" ] || sockets_on $ports
  set +f
  [ -z "$ENDPOINT" ] || elsewhere
  return 0
}
`,
);
