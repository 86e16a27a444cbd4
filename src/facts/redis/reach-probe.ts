/**
 * sh functions that get an answer out of a server that was found: `reach` (the server at `$host:$port`: first without a
 * password, then over TLS, then with the password of its own file), `try` (one attempt), `report` (what it said), `told
 * NAME`, `ports_told` (`$its_ports`), `given` (the password that was given, from the environment or a file), `trusted
 * FILE` (may a process of `$owner` have what is in it?). They need `emit`, `ask` and `conf_value`; what was said is in
 * `$replies`.
 */
export const REDIS_REACH = String.raw`
has() { case $nl$replies in *"$nl$1$tab"*) return 0 ;; esac; return 1; }
says() { has "said$tab$1"; }
# What it said of NAME, in $value.
told() {
  value=''
  has "$1" || return 0
  value=$nl$replies
  value=${'$'}{value#*"$nl$1$tab"}
  value=${'$'}{value%%"$nl"*}
}
# Where it listens: the port that was asked, and one of another kind beside it.
ports_told() {
  its_ports=$port
  for kind in port tls-port; do
    told "config$tab$kind"
    case $value in ''|0|"$port"|*[!0-9]*) ;; *) its_ports="$its_ports $value" ;; esac
  done
}
try() { replies=$(ask 'CONFIG GET tcp-keepalive;CONFIG GET timeout;CONFIG GET bind;CONFIG GET port;CONFIG GET tls-port;INFO server'); }
answered() { has "config${'$'}{tab}tcp-keepalive"; }
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
trusted() {
  case $owner in '') return 1 ;; 0|"$(stat -L -c %u "$1" 2>/dev/null)") return 0 ;; esac
  case $(stat -c %U "/proc/$pid" 2>/dev/null) in redis|redis[0-9]|valkey) return 0 ;; esac
  return 1
}
# Is it the process that was found which answers? It knows itself by its number in its own namespace.
is_it() {
  told "info${'$'}{tab}process_id"
  inner=$pid
  while read -r field rest; do [ "$field" != NSpid: ] || inner=${'$'}{rest##*[ $tab]}; done 2>/dev/null < "/proc/$pid/status"
  [ "${'$'}{value:-$inner}" = "$inner" ]
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
  secret=$password name=$user
  try
  case $host in 127.*|::1) ;; *)
    # Without a password and in protected mode a server answers on loopback only, where another one may be, too.
    if says protected || says reset; then
      kept=$host
      before=$replies
      host=127.0.0.1 password='' user=''
      try
      answered && is_it || { host=$kept; replies=$before; }
      password=$secret user=$name
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
  is_it || replies="said${'$'}{tab}another$tab"
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
`;
