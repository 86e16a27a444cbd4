import { FROM_HEX } from './from-hex.js';

/**
 * sh functions that count the server side of Redis connections by their timers: `sockets_on PORTS` in this network
 * namespace, `sockets_of PID PORT` in a process's. For each port: `sockets PORT all with_keepalive without other
 * listeners on_loopback_only`, and up to five peers without a keepalive timer (`bare PORT ADDRESS COUNT`); loopback
 * peers are not counted as without. `connected`: is there a connection from here to `$host:$port`? Measured: a socket
 * with SO_KEEPALIVE shows `timer:(keepalive,...)` or, in /proc/net/tcp, 02, except while data is in flight (01).
 */
const COUNT = String.raw`
${FROM_HEX}  function plain(text) {
    gsub(/[][]/, "", text)
    sub(/%.*/, "", text)
    if (text ~ /^::ffff:[0-9.]+$/) text = substr(text, 8)
    return text
  }
  function loopback(ip) { return ip ~ /^127\./ || ip == "::1" }
  BEGIN {
    proc = (ENVIRON["SOURCE"] == "proc")
    m = split(ENVIRON["PORTS"], list, " ")
    for (i = 1; i <= m; i++) { port = list[i] + 0; wanted[proc ? sprintf("%04X", port) : port ""] = port; all[port] = 0 }
  }
  $1 == "@failed" { failed = 1 }
  $1 == "State" || $1 == "sl" || NF < 5 { next }
  {
    from = proc ? $2 : $4
    if (proc) port = substr(from, length(from) - 3)
    else { at = split(from, part, ":"); port = part[at] }
    if (!(port in wanted)) next
    port_text = port
    port = wanted[port]
    state = proc ? $4 : $1
    if (state == "LISTEN" || state == "0A") {
      ip = substr(from, 1, length(from) - length(port_text) - 1)
      listeners[port]++
      if (loopback(proc ? fromhex(ip) : plain(ip))) local[port]++
      next
    }
    if (state != "ESTAB" && state != "01") next
    all[port]++
    timer = proc ? substr($6, 1, 2) : $6
    if (timer == "02" || timer ~ /^timer:\(keepalive/) { kept[port]++; next }
    if (timer != "" && timer != "00" && timer !~ /^users/) { other[port]++; next }
    to = proc ? $3 : $5
    if (proc) ip = substr(to, 1, length(to) - 5)
    else { at = split(to, part, ":"); ip = substr(to, 1, length(to) - length(part[at]) - 1) }
    if (!(ip in shown)) shown[ip] = (proc ? fromhex(ip) : plain(ip))
    ip = shown[ip]
    if (loopback(ip)) { other[port]++; next }
    without[port]++
    bare[port "\t" ip]++
  }
  END {
    if (failed) exit 3
    for (port in all) {
      print "sockets\t" port "\t" all[port] "\t" kept[port] + 0 "\t" without[port] + 0 "\t" other[port] + 0 "\t" listeners[port] + 0 "\t" (listeners[port] > 0 && local[port] == listeners[port])
      for (i = 0; i < 5; i++) {
        best = ""
        for (k in bare) { split(k, part, "\t"); if (part[1] == port && (best == "" || bare[k] > bare[best])) best = k }
        if (best == "") break
        print "bare\t" best "\t" bare[best]
        delete bare[best]
      }
    }
  }`;

export const REDIS_SOCKETS = String.raw`
# Lines that mention a port: fifty thousand sockets are more than an awk should split.
of_ports() { cat "$@" 2>/dev/null | grep -F "$(for p in $PORTS; do printf ':%04X \n' "$p"; done)"; }
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
  of_ports "/proc/$1/net/tcp" "/proc/$1/net/tcp6" | SOURCE=proc count_sockets | sed "s/^sockets	/sockets_in	$n	/; s/^bare	/bare_in	$n	/"
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
