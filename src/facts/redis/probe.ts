import { REDIS_ASK } from '../../sh/redis-ask.js';
import { framed, OWN_UID } from '../framing.js';
import { REDIS_CLIENTS } from './clients-probe.js';
import { REDIS_CONNECTED } from './connected-probe.js';
import { REDIS_COUNT } from './count-probe.js';
import { REDIS_FILE } from './file-probe.js';
import { REDIS_PROCESS, SERVER_NAMES } from './process-probe.js';
import { REDIS_REACH } from './reach-probe.js';
import { REDIS_SETTERS } from './setter-probe.js';

/**
 * Both ends of Redis connections on a host. With `SERVERS` set it finds the redis-server and valkey-server processes,
 * asks each for its settings, and looks at its file and its sockets; further data from the environment: `ENDPOINT`
 * (host:port of a Redis elsewhere, or empty), `ENDPOINT_TLS` (1), `NAME` (ACL user), `PASSWORD`, `PASSWORD_FILE`. With
 * `PORTS`, split by spaces, it looks at this host's connections to those ports (lines that begin with `clients`). A
 * password goes only to a process of root, redis, valkey or the owner of the file it comes from, and to an endpoint
 * only where this host is connected to it already. Changes nothing.
 */
export const REDIS_PROBE = framed(
  'redis',
  String.raw`
nl='
'
tab='	'
${REDIS_ASK}
${REDIS_FILE}
${REDIS_CONNECTED}
${REDIS_COUNT}
${REDIS_CLIENTS}
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
${REDIS_REACH}
${REDIS_PROCESS}
${REDIS_SETTERS}
one_process() {
  pid=$1
  read -r program 2>/dev/null < "/proc/$pid/comm" || return
  titled || return
  owner=$(owner_of "$pid" 2>/dev/null)
  where=host
  enter=''
  own=$(net_of self)
  its=$(net_of "$pid")
  if [ -n "$its" ] && [ "$its" != "$own" ]; then where=container; enter="nsenter -t $pid -n"; fi
  # At the address of one that was asked is another's title, or one that does not tell.
  case " $done_before " in *" $its/$owner/$host/$port "*) [ -n "$mode" ] || mode=odd port='' ;; esac
  done_before="$done_before $its/$owner/$host/$port"
  n=$((n + 1))
  emit instance "$pid" "$program" "$where" "$host" "$port" "$mode"
  [ "$mode" != odd ] || emit said address ''
  [ "$mode" = '' ] || return
  if [ "$where" = container ] && ! $enter true >/dev/null 2>&1; then emit said container ''; return; fi
  if [ -z "$cli$wire" ]; then emit said nobody ''; return; fi
  if [ "$(($(date +%s) - began))" -gt 6 ]; then emit said late ''; return; fi
  reach
  report
  told "info${'$'}{tab}config_file"
  path=$value
  [ "$where" = host ] && case $path in
    /*)
      file_of "$path"
      trusted "$path" && trust=1 || trust=0
      emit tied "$owner" "$trust" "$(named_by "$path")" ;;
  esac
  ports_told
  if [ "$where" = host ]; then
    setters
    ports="$ports $its_ports"
  else
    sockets_in "$pid"
  fi
}
# Those of a server in a network namespace of its own.
sockets_in() {
  tables "$1" "$its_ports" '' | count proc "$its_ports" '' | sed "s/^\([a-z]*\)	[0-9]*	/\1_in	$n	/"
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
servers() {
  clients
  began=$(date +%s)
  n=0 done_before='' host='' port=''
  ${OWN_UID}
  printf 'uid\t%s\n' "$uid"
  printf 'client\t%s\t%s\n' "$cli" "$wire"
  [ -r /proc/1/comm ] || printf 'hidden\t1\n'
  given | sed -n '/^passfile/p'
  password='' user=''
  given >/dev/null
  given=$password
  set -- $(grep -lsE '${SERVER_NAMES}' /proc/[0-9]*/comm)
  [ $# -le 64 ] || printf 'beyond\t%s\n' $(($# - 64))
  for file in $(printf '%s\n' "$@" | head -n 64); do
    file=${'$'}{file#/proc/}
    one_process "${'$'}{file%/comm}"
  done
}
gather() {
  ports=''
  [ -z "$SERVERS" ] || servers
  if [ -n "$ports$PORTS" ]; then
    if count_here "$ports" "$PORTS"; then
      printf '%s\n' "$counted" | grep -v '^suspect'
      [ -z "$PORTS" ] || reached
    elif [ -n "$PORTS" ]; then printf 'clients\tfailed\n'
    fi
  fi
  [ -z "$ENDPOINT" ] || elsewhere
  return 0
}
`,
);
