import { framed } from '../framing.js';

/**
 * Lists what listens on `PORT` (`PORT_HEX` as /proc writes it), `PROTO` tcp or udp: one `ss` of listening sockets only,
 * or /proc/net where there is none, with the owners found by one `ls` over the open files.
 */
export const LISTENER_PROBE = framed(
  'listener',
  String.raw`
by_ss() {
  printf 'source\tss\n'
  printf '%s\n' "$rows" | awk -v port="$PORT" '
    $1 == "State" || NF < 5 { next }
    $4 ~ (":" port "$") {
      users = ""
      if (match($0, /users:\(.*\)/)) users = substr($0, RSTART, RLENGTH > 2000 ? 2000 : RLENGTH)
      print "listen\t" $4 "\t" $2 "\t" $3 "\t" users
    }'
}
by_proc() {
  printf 'source\tproc\n'
  state=0A; [ "$PROTO" = udp ] && state=07
  found=$(cat "/proc/net/$PROTO" "/proc/net/${'$'}{PROTO}6" 2>/dev/null | awk -v port=":$PORT_HEX" -v state="$state" '
    $4 == state && substr($2, length($2) - 4) == port { split($5, queue, ":"); print "listen\t" $2 "\t" queue[2] "\t\t" $10 }')
  [ -n "$found" ] || return 0
  printf '%s\n' "$found"
  inodes=$(printf '%s\n' "$found" | cut -f 5 | sed 's/.*/-e socket:\\[&\\]/')
  ls -l /proc/[0-9]*/fd/ 2>/dev/null | awk '/^\/proc\// { pid = $1 } /socket:/ { print pid " " $NF }' | grep $inodes |
  sort -u | head -n 50 | while read -r directory link; do
    pid=${'$'}{directory#/proc/}
    pid=${'$'}{pid%%/*}
    inode=${'$'}{link#socket:?}
    printf 'owner\t%s\t%s\t%s\n' "${'$'}{inode%?}" "$pid" "$(head -n 1 "/proc/$pid/comm" 2>/dev/null | tr '\t' ' ')"
  done
}
gather() {
  printf 'asked\t%s\t%s\n' "$PROTO" "$PORT"
  printf 'uid\t%s\n' "$(id -u)"
  kind=t; [ "$PROTO" = udp ] && kind=u
  if rows=$(ss -"$kind"lnp 2>/dev/null) && [ -n "$rows" ]; then by_ss
  elif [ -r "/proc/net/$PROTO" ]; then by_proc
  else echo unreadable
  fi
}
`,
);
