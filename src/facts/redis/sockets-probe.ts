import { FROM_HEX } from './from-hex.js';

/**
 * sh functions that count the server side of Redis connections by their timers: `sockets_on PORT...` in this network
 * namespace, `sockets_of PID PORT` in a process's. For each port and each address that is listened on there (`*` is every
 * address, and where the connections of an address belong that nobody listens on by itself): `sockets PORT ADDRESS all
 * with_keepalive without other listeners`, and up to five peers without a keepalive timer (`bare PORT ADDRESS PEER
 * COUNT`); loopback peers are not counted as without. `connected`: is there a connection from here to `$host:$port`?
 * Measured: a socket with SO_KEEPALIVE shows `timer:(keepalive,...)` or, in /proc/net/tcp, 02, except while data is in
 * flight (01). Rows are only counted as they come; what they say is read from the counts, which are few.
 */
const COUNT = String.raw`
${FROM_HEX}  function plain(text) {
    gsub(/[][]/, "", text)
    sub(/%.*/, "", text)
    if (text ~ /^::ffff:[0-9.]+$/) text = substr(text, 8)
    return text
  }
  function address(text) { return proc ? fromhex(text) : plain(text) }
  function loopback(ip) { return ip ~ /^127\./ || ip == "::1" }
  function place(text,   ip) {
    match(text, /:[^:]*$/)
    port = substr(text, RSTART + 1)
    ip = address(substr(text, 1, RSTART - 1))
    if (proc) port = number(port)
    return port "\t" (ip == "0.0.0.0" || ip == "::" ? "*" : ip)
  }
  BEGIN {
    proc = (ENVIRON["SOURCE"] == "proc")
    m = split(ENVIRON["PORTS"], list, " ")
    for (i = 1; i <= m; i++) hex[sprintf("%04X", list[i] + 0)]
  }
  proc {
    # Columns of a fixed width behind the number: to split every row into its fields costs twice as much.
    at = index($0, ": ") + 2
    wide = substr($0, at + 8, 1) == ":" ? 13 : 37
    if (!(substr($0, at + wide - 4, 4) in hex)) next
    state = substr($0, at + 2 * wide + 2, 2)
    from = substr($0, at, wide)
    if (state == "01") rows[from "|" substr($0, at + 2 * wide + 23, 2) "|" substr($0, at + wide + 1, wide - 5)]++
    else if (state == "0A") rows[from "|L"]++
    next
  }
  $1 == "@failed" { failed = 1 }
  $1 == "ESTAB" { match($5, /:[0-9]+$/); rows[$4 "|" substr($6, 8, 2) "|" substr($5, 1, RSTART - 1)]++; next }
  $1 == "LISTEN" { rows[$4 "|L"]++ }
  END {
    if (failed) exit 3
    for (row in rows) {
      split(row, part, "|")
      at = where[part[1]] = place(part[1])
      if (part[2] == "L") { listeners[at] += rows[row]; all[at] += 0; there[port] }
    }
    for (row in rows) {
      split(row, part, "|")
      kind = part[2]
      if (kind == "L") continue
      at = where[part[1]]
      split(at, of, "\t")
      there[of[1]]
      if (!(at in listeners)) at = of[1] "\t*"
      all[at] += rows[row]
      if (kind == "02" || kind == "ke") { kept[at] += rows[row]; continue }
      if (kind != "" && kind != "00") { other[at] += rows[row]; continue }
      ip = address(part[3])
      if (loopback(ip)) { other[at] += rows[row]; continue }
      without[at] += rows[row]
      bare[at "\t" ip] += rows[row]
    }
    for (i = 1; i <= m; i++) if (!(list[i] in there)) all[list[i] "\t*"] += 0
    for (at in all) {
      print "sockets\t" at "\t" all[at] "\t" kept[at] + 0 "\t" without[at] + 0 "\t" other[at] + 0 "\t" listeners[at] + 0
      for (i = 0; i < 5; i++) {
        best = ""
        for (k in bare) if (index(k, at "\t") == 1 && (best == "" || bare[k] > bare[best])) best = k
        if (best == "") break
        print "bare\t" best "\t" bare[best]
        delete bare[best]
      }
    }
  }`;

export const REDIS_SOCKETS = String.raw`
# Lines that mention a port: fifty thousand sockets are more than an awk should split.
of_ports() { grep -hsF "$(for p in $PORTS; do printf ':%04X \n' "$p"; done)" "$@"; }
count_sockets() { awk '${COUNT}'; }
sockets_on() {
  PORTS="$*"
  export PORTS
  filter=''
  for p in "$@"; do filter="$filter${'$'}{filter:+ or }sport = :$p"; done
  if has_tool ss && counted=$({ ss -tnao "( $filter )" 2>/dev/null || echo @failed; } | SOURCE=ss count_sockets); then
    printf '%s\n' "$counted"
    return
  fi
  of_ports /proc/net/tcp /proc/net/tcp6 | SOURCE=proc count_sockets
}
sockets_of() {
  PORTS=$2
  export PORTS
  of_ports "/proc/$1/net/tcp" "/proc/$1/net/tcp6" | SOURCE=proc count_sockets | sed "s/^sockets	$2	/sockets_in	$n	/; s/^bare	$2	/bare_in	$n	/"
}
connected() {
  addresses=$host
  case $host in *[!0-9.:]*) addresses=$(getent ahosts "$host" 2>/dev/null | cut -d ' ' -f 1 | sort -u | head -n 8) ;; esac
  for address in $addresses; do
    ss -Htn state established dst "$address" dport = ":$port" 2>/dev/null | grep -q . && return 0
    case $address in *:*) continue ;; esac
    hex=$(printf '%s' "$address" | awk -F . -v port="$port" '{ printf "%02X%02X%02X%02X:%04X", $4, $3, $2, $1, port }')
    awk -v hex="$hex" '$4 == "01" && ($3 == hex || $3 == "0000000000000000FFFF0000" hex) { found = 1 } END { exit !found }' \
      /proc/net/tcp /proc/net/tcp6 2>/dev/null && return 0
  done
  return 1
}
`;
