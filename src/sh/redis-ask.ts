/**
 * POSIX sh (dash, bash, busybox) with which facts and changes ask a Redis: over redis-cli, or the plain protocol by
 * bash, busybox nc, nc or perl where there is no client; TLS by redis-cli or openssl. Always bounded in time. A
 * password is read from `$password`; it reaches a client by its environment or standard input, never by its arguments,
 * and what a server says is printed as one of a few words, so that an error that echoes the password is never passed
 * on.
 *
 * `clients`: sets `cli` and `wire`, empty where there is none. `ask WORDS`: one line of commands separated by `;`, sent
 * to `$host:$port` (`$tls` 1, with `$cert`, `$key`, `$ca` where set, `$insecure` 1 to take any certificate; `$user`;
 * `$enter`: words before the client, such as nsenter's); prints `config NAME VALUE`, `info NAME VALUE`, `done`, and
 * `said CLASS TEXT`, tab-separated. CLASS: noauth, wrongpass, noperm, busy (a script does not end), unknown (the
 * command: managed or renamed), protected, refused, reset, silent, tls, other, address. Measured on redis 7.0.15:
 * NOAUTH, NOPERM and unknown command exit 0 in a script, so lines are matched, in any case.
 *
 * `addressed`: may `$host` and `$port` be given to a client? They may come from a process's title, which its owner
 * writes: what could be read as an option is never passed on (busybox nc has `-e PROGRAM`), and `ask` says `address`.
 */
export const REDIS_ASK = String.raw`
has_tool() { at=$(command -v "$1" 2>/dev/null) && [ -x "$at" ]; }
nc_of() {
  if has_tool bash; then echo bash
  elif has_tool busybox && busybox nc --help >/dev/null 2>&1; then echo busybox
  elif has_tool nc; then echo nc
  elif has_tool perl; then echo perl
  fi
}
addressed() {
  case $host in [!0-9A-Za-z:]*|*[!0-9A-Za-z.:_%-]*|'') return 1 ;; esac
  case $port in *[!0-9]*|''|??????*) return 1 ;; esac
  [ "$port" -ge 1 ] && [ "$port" -le 65535 ]
}
clients() {
  bound=own
  if timeout -k 1 1 true >/dev/null 2>&1; then bound=timeout
  elif busybox timeout -k 1 1 true >/dev/null 2>&1; then bound=busybox
  fi
  cli=''
  for name in redis-cli valkey-cli redis6-cli; do has_tool $name && cli=$name && break; done
  wire=$(nc_of)
}
bounded() {
  case $bound in
    timeout) timeout -k 1 "$@" ;;
    busybox) busybox timeout -k 1 "$@" ;;
    *)
      limit=$1
      shift
      {
        "$@" <&3 3<&- &
        child=$!
        ( exec 3<&- </dev/null >/dev/null 2>&1; sleep "$limit"; kill -9 "$child" ) &
        dog=$!
        wait "$child"
        code=$?
        kill "$dog" 2>/dev/null
      } 3<&0
      return "$code" ;;
  esac
}
word() { printf '$%s\r\n%s\r\n' "${'$'}{#1}" "$1"; }
words() {
  printf '*%s\r\n' "$#"
  for one in "$@"; do word "$one"; done
}
request() {
  if [ -z "$password" ]; then :
  elif [ -n "$user" ]; then words AUTH "$user" "$password"
  else words AUTH "$password"
  fi
  each_command words
  words QUIT
}
each_command() {
  saved=$IFS
  IFS=';'
  set -f
  for command in $commands; do
    IFS=' '
    "$1" $command
    IFS=';'
  done
  IFS=$saved
  set +f
}
line() { printf '%s\n' "$*"; }
by_cli() (
  set -- -h "$host" -p "$port" -e --no-auth-warning
  [ -z "$user" ] || set -- "$@" --user "$user"
  if [ "$tls" = 1 ]; then
    set -- "$@" --tls
    [ -z "$cert" ] || set -- "$@" --cert "$cert" --key "$key"
    if [ -n "$ca" ] && [ "$insecure" != 1 ]; then set -- "$@" --cacert "$ca"; fi
    [ "$insecure" != 1 ] || set -- "$@" --insecure
  fi
  unset REDISCLI_AUTH
  if [ -n "$password" ]; then REDISCLI_AUTH=$password; export REDISCLI_AUTH; fi
  each_command line | bounded 2 $enter "$cli" "$@" 2>&1
)
by_openssl() (
  set -- -quiet -connect "$host:$port"
  [ -z "$cert" ] || set -- "$@" -cert "$cert" -key "$key"
  if [ "$insecure" != 1 ]; then
    set -- "$@" -verify_return_error
    [ -z "$ca" ] || set -- "$@" -CAfile "$ca"
  fi
  request | bounded 2 $enter openssl s_client "$@" 2>/dev/null
)
by_wire() {
  case $wire in
    bash) request | bounded 2 $enter bash -c -- 'exec 3<>"/dev/tcp/$0/$1" && cat >&3 && cat <&3' "$host" "$port" 2>&1 ;;
    busybox) request | bounded 2 $enter busybox nc "$host" "$port" 2>&1 ;;
    nc) request | bounded 2 $enter nc "$host" "$port" 2>&1 ;;
    perl) request | bounded 2 $enter perl -e '
      use IO::Socket::IP; my $s = IO::Socket::IP->new(PeerHost => $ARGV[0], PeerPort => $ARGV[1]) or die "$@\n";
      local $/; print $s <STDIN>; $s->flush; print <$s>;' -- "$host" "$port" 2>&1 ;;
  esac
}
ask() {
  commands=$1
  addressed || { printf 'said\taddress\t\n'; return; }
  if [ -n "$cli" ]; then by_cli
  elif [ "$tls" = 1 ]; then by_openssl
  else by_wire
  fi | tr -d '\r\000' | head -c 65536 | answers
}
answers() {
  SECRET=$password awk '
    function said(class) { if (!(class in seen)) { seen[class] = 1; order[++n] = class } }
    /^[*$][0-9-]+$/ { next }
    wanted == "" && /^[ \t]*$/ { next }
    { any = 1 }
    wanted != "" { print "config\t" wanted "\t" substr($0, 1, wanted == "bind" ? 300 : 40); wanted = ""; next }
    $0 == "tcp-keepalive" || $0 == "timeout" || $0 == "bind" || $0 == "port" || $0 == "tls-port" { wanted = $0; next }
    /^(redis_version|valkey_version|server_name|redis_mode|config_file|process_id|run_id|tcp_port):/ {
      at = index($0, ":")
      print "info\t" substr($0, 1, at - 1) "\t" substr($0, at + 1, 300)
      next
    }
    /^\+?OK$/ { ok = 1; next }
    {
      text = tolower($0)
      if (text ~ /protected mode/) said("protected")
      else if (text ~ /noauth|authentication required/) said("noauth")
      else if (text ~ /wrongpass|invalid password|auth failed|without any password/) said("wrongpass")
      else if (text ~ /noperm/) said("noperm")
      else if (text ~ /^-?busy /) said("busy")
      else if (text ~ /unknown (sub)?command/) said(text ~ /config/ ? "unknown" : "other")
      else if (text ~ /connection refused/) said("refused")
      else if (text ~ /ssl|certificate/) said("tls")
      else if (text ~ /reset by peer|server closed|broken pipe/) said("reset")
      else if (text ~ /(^|-)err|not resolve|name or service|no route|unreachable|timed out|max number of clients/) {
        if (!("other" in seen)) { words = $0; sub(/^-/, "", words) }
        said("other")
      }
    }
    END {
      secret = ENVIRON["SECRET"]
      if (secret != "" && index(words, secret)) words = "an error that repeats the password"
      for (i = 1; i <= n; i++) print "said\t" order[i] "\t" (order[i] == "other" ? substr(words, 1, 160) : "")
      if (ok) print "done"
      if (!any) print "said\tsilent\t"
    }'
}
`;
