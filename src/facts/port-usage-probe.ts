/**
 * Counts sockets on the host, so that fifty thousand of them send a few lines: the ten busiest tuples (local IP, peer IP,
 * peer port), sums that the parser checks, and an end line that counts the lines. Works with dash, bash and busybox sh,
 * with mawk, gawk and busybox awk; with `ss` of any age, or /proc/net/tcp where there is none. Changes nothing.
 */
const COUNT = String.raw`
  function number(hex,   i, n) {
    n = 0
    for (i = 1; i < length(hex); i += 2) n = n * 256 + byte[substr(hex, i, 2)]
    return n
  }
  function v4(hex) {
    return number(substr(hex, 7, 2)) "." number(substr(hex, 5, 2)) "." number(substr(hex, 3, 2)) "." number(substr(hex, 1, 2))
  }
  function v6(hex,   i, w, out) {
    for (i = 0; i < 4; i++) {
      w = substr(hex, i * 8 + 1, 8)
      out = out (i ? ":" : "") substr(w, 7, 2) substr(w, 5, 2) ":" substr(w, 3, 2) substr(w, 1, 2)
    }
    return tolower(out)
  }
  function fromhex(hex) {
    if (length(hex) == 8) return v4(hex)
    if (substr(hex, 1, 24) == "0000000000000000FFFF0000") return v4(substr(hex, 25))
    if (hex == "00000000000000000000000000000000") return "::"
    if (hex == "00000000000000000000000001000000") return "::1"
    return v6(hex)
  }
  function plain(text) {
    gsub(/[][]/, "", text)
    if (text ~ /^::ffff:[0-9.]+(%|$)/) text = substr(text, 8)
    if (text ~ /^[0-9.]+%/) sub(/%.*/, "", text)
    return text
  }
  function address(text) {
    if (!(text in known)) known[text] = (proc ? fromhex(text) : plain(text))
    return known[text]
  }
  function left(text,   s) {
    s = -1
    if (text ~ /^[0-9]+min/) { s = 60 * text; sub(/^[0-9]+min/, "", text); if (text ~ /^[0-9]+sec/) s += text + 0 }
    else if (text ~ /^[0-9]+sec/) s = text + 0
    else if (text ~ /^[0-9]+\.[0-9]+(ms|sec)/) s = int(text + 0)
    else if (text ~ /^[0-9]+ms/) s = 0
    return s
  }
  function listening(ip, port) {
    if (ip == "0.0.0.0" || ip == "::" || ip == "*") anywhere[port] = 1
    else { somewhere[port] = 1; here[ip, port] = 1 }
  }
  function loopback(ip) { return ip ~ /^127\./ || ip == "::1" }
  function unusable(ip, peer, all, aged) {
    return all - (ts == 1 && (reuse == 1 || (reuse == 2 && (loopback(ip) || loopback(peer)))) ? aged : 0)
  }
  function before(k, other) {
    if (most[k] != most[other]) return most[k] > most[other]
    if (total[k] != total[other]) return total[k] > total[other]
    return k < other
  }
  function cut_port(text,   part, n) {
    n = split(text, part, ":")
    return part[n]
  }
  # 0 cannot be read, 1 not connected, 2 connected
  function peer_kind(text,   port) {
    port = cut_port(text)
    if (proc) return text !~ /^[0-9A-F]+:[0-9A-F]+$/ || index(text, ":") % 8 != 1 ? 0 : number(port) == 0 ? 1 : 2
    return text !~ /:/ ? 0 : port == "*" ? 1 : port ~ /^[0-9]+$/ ? 2 : 0
  }
  BEGIN {
    all = proc = (ENVIRON["SOURCE"] == "proc")
    for (i = 0; i < 256; i++) byte[sprintf("%02X", i)] = i
    split(ENVIRON["RANGE"], bound, /[ \t]+/); lo = bound[1] + 0; hi = bound[2] + 0
    reuse = ENVIRON["REUSE"]; ts = ENVIRON["TIMESTAMPS"]
    delay = (ENVIRON["DELAY"] == "" ? 1000 : ENVIRON["DELAY"] + 0)
    # /proc prints the hundredths of a second left in hex of fixed width: as text they sort by number
    aged = sprintf("03:%08X", delay > 60000 ? 0 : int((60000 - delay) / 1000) * 100)
    n = split(ENVIRON["RESERVED"], list, ",")
    for (i = 1; i <= n; i++) {
      if (list[i] !~ /^[0-9]+(-[0-9]+)?$/) continue
      m = split(list[i], ends, "-")
      for (p = ends[1] + 0; p <= ends[m] + 0 && p <= 65535; p++) { reserved[p] = 1; gaps = 1 }
    }
    capacity = hi - lo + 1
    for (p in reserved) if (p + 0 >= lo && p + 0 <= hi) capacity--
    n = split("ESTAB SYN-SENT SYN-RECV FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT UNCONN CLOSE-WAIT LAST-ACK LISTEN CLOSING SYN-RECV", names, " ")
    for (i = 1; i <= n; i++) code[sprintf("%02X", i)] = names[i]
    lines = listeners = server = outside = clients = tuples = unconnected = unparsed = 0
    rc = (proc ? 0 : 1)
  }
  # W: a TIME_WAIT too young for reuse, or of an age that cannot be read; A: an aged one
  function age(timer,   remaining, t) {
    remaining = -1
    if (substr(timer, 1, 16) == "timer:(timewait,") { split(substr(timer, 17), t, ","); remaining = left(t[1]) }
    return remaining >= 0 && remaining < 60 && 60000 - (remaining + 1) * 1000 >= delay ? "A" : "W"
  }
  $1 == "@all" { all = 1; next }
  $1 == "@rc" { rc = $2; next }
  $1 == "State" || $1 == "sl" || NF == 0 { next }
  !proc && /^[ \t]/ { next }
  {
    if (proc) { state = code[$4]; from = $2; to = $3 }
    else { state = $1; from = $4; to = $5 }
    n = split(from, a, ":")
    port = a[n]
    ip = (n == 2 ? a[1] : substr(from, 1, length(from) - length(port) - 1))
    if (!all) { listening(address(ip), port); next }
    lines++
    if (!count[state]++ && state !~ /^[A-Z][A-Z0-9-]+$/) { delete count[state]; unparsed++; next }
    if (proc) {
      high = substr(port, 1, 2); low = substr(port, 3)
      if (n != 2 || !(high in byte) || !(low in byte) || length(ip) % 8) { unparsed++; next }
      number_of = byte[high] * 256 + byte[low]
    } else {
      if (n < 2 || port !~ /^[0-9]+$/) { unparsed++; next }
      number_of = port + 0
    }
    if (state == "LISTEN") { listeners++; if (proc) listening(address(ip), port); next }
    kind = kinds[to]
    if (kind == "") kind = kinds[to] = peer_kind(to)
    if (kind == 1) { unconnected++; next }
    if (kind == 0) { unparsed++; next }
    if ((port in anywhere) || ((port in somewhere) && ((address(ip), port) in here))) { server++; next }
    if (number_of < lo || number_of > hi || (gaps && (number_of in reserved))) { outside++; next }
    clients++
    if (state == "ESTAB") class = "E"
    else if (state != "TIME-WAIT") class = "O"
    else if (proc) class = ($6 >= "03:00000000" && $6 < aged ? "A" : "W")
    else {
      class = ages[$6]
      if (class == "") class = ages[$6] = age($6)
    }
    tally[ip " " to " " class]++
  }
  END {
    if (rc != 0) exit 3
    for (s in count) print "state\t" s "\t" count[s]
    for (r in tally) {
      split(r, two, " ")
      n = tally[r]
      pport = cut_port(two[2])
      to = address(substr(two[2], 1, length(two[2]) - length(pport) - 1))
      k = address(two[1]) "\t" to "\t" (proc ? number(pport) : pport)
      if (!(k in total)) tuples++
      total[k] += n
      if (two[3] == "E") established[k] += n
      else if (two[3] != "O") waiting[k] += n
      if (two[3] == "A") old[k] += n
    }
    shown = 0
    for (k in total) {
      split(k, part, "\t")
      most[k] = unusable(part[1], part[2], total[k], old[k])
      if (shown == 10 && !before(k, top[10])) continue
      if (shown < 10) shown++
      for (i = shown; i > 1 && before(k, top[i - 1]); i--) top[i] = top[i - 1]
      top[i] = k
    }
    rest = clients
    for (i = 1; i <= shown; i++) {
      k = top[i]
      rest -= total[k]
      print "tuple\t" k "\t" total[k] "\t" established[k] + 0 "\t" waiting[k] + 0 "\t" old[k] + 0 "\t" most[k]
    }
    print "sum\t" lines "\t" listeners "\t" unconnected "\t" server "\t" outside "\t" clients "\t" tuples "\t" tuples - shown "\t" rest "\t" unparsed "\t" capacity
  }`;

const OWNERS = String.raw`
  NR > 300 { exit }
  /^[ \t]*$/ { next }
  {
    n++
    if (index($0, " ts ")) ts++
    if (match($0, /users:\(\("[^"]*",pid=[0-9]+/)) {
      name = substr($0, RSTART + 9, RLENGTH - 9)
      pid = name; sub(/^.*pid=/, "", pid)
      sub(/",pid=[0-9]+$/, "", name)
      named++
      if (++seen[name] > most) { most = seen[name]; best = name; whose = pid }
    }
  }
  END { print "owners\t" n + 0 "\t" named + 0 "\t" most + 0 "\t" whose + 0 "\t" ts + 0 "\t" best }`;

export const PORT_USAGE_PROBE = String.raw`
LC_ALL=C; export LC_ALL
IPV4=/proc/sys/net/ipv4
one_line() { [ -r "$1" ] && head -n 1 "$1"; }
RANGE=$(one_line $IPV4/ip_local_port_range)
RESERVED=$(one_line $IPV4/ip_local_reserved_ports)
REUSE=$(one_line $IPV4/tcp_tw_reuse)
DELAY=$(one_line $IPV4/tcp_tw_reuse_delay)
TIMESTAMPS=$(one_line $IPV4/tcp_timestamps)
export RANGE RESERVED REUSE DELAY TIMESTAMPS
count_sockets() {
  awk '${COUNT}'
}
by_ss() {
  SOURCE=ss; export SOURCE
  for options in -HtanoO -Htano -tano; do
    ss "$options" state listening >/dev/null 2>&1 || continue
    { ss "$options" state listening 2>/dev/null | sed 's/^/LISTEN /'; echo @all; ss "$options" 2>/dev/null; echo "@rc $?"; } | count_sockets
    return
  done
  return 3
}
by_proc() {
  SOURCE=proc; export SOURCE
  [ -r /proc/net/tcp ] || return 3
  set -- /proc/net/tcp
  [ -r /proc/net/tcp6 ] && set -- /proc/net/tcp6 /proc/net/tcp
  cat "$@" | count_sockets
}
gather() {
  printf 'uid\t%s\n' "$(id -u)"
  printf 'kernel\t%s\n' "$(uname -r)"
  printf 'range\t%s\n' "$RANGE"
  printf 'reserved\t%s\n' "$RESERVED"
  printf 'reuse\t%s\n' "$REUSE"
  printf 'delay\t%s\n' "$DELAY"
  printf 'timestamps\t%s\n' "$TIMESTAMPS"
  used=''
  if command -v ss >/dev/null 2>&1; then table=$(by_ss) && used=ss; fi
  if [ -z "$used" ]; then table=$(by_proc) && used=proc; fi
  [ -n "$used" ] || return 0
  printf 'source\t%s\n' "$used"
  printf '%s\n' "$table"
  if [ "$used" = ss ]; then
    peer=$(printf '%s\n' "$table" | awk -F '\t' '
      $1 == "tuple" && !n++ { peer = ($3 ~ /:/ ? "[" $3 "]" : $3) ":" $4; taken = $9 }
      $1 == "sum" { if (n && taken * 100 >= $12 * 30) print peer }')
    if [ -n "$peer" ]; then
      ss -HtnpiO state established state syn-sent state close-wait dst "$peer" 2>/dev/null | awk '${OWNERS}'
    fi
  fi
  # A file below /proc/PID/net has the same inode for all processes of a network namespace, and everybody may ask for it.
  own=$(ls -i /proc/self/net/sockstat 2>/dev/null | { read -r inode path; printf '%s' "$inode"; })
  first=$(ls -i /proc/1/net/sockstat 2>/dev/null | { read -r inode path; printf '%s' "$inode"; })
  printf 'namespace\t%s\t%s\n' "$own" "$first"
  ls -i /proc/[0-9]*/net/sockstat 2>&1 | awk -v self="$own" -v first="$first" '
    BEGIN { if (self == "" || first == "") unread = 1 }
    /(ermission denied|not permitted)$/ { unread++; next }
    $1 ~ /^[0-9]+$/ && $1 != self && !($1 in seen) {
      split($2, part, "/")
      sockets = -1
      for (i = 0; i < 2; i++) {
        table = "/proc/" part[3] "/net/sockstat" (i ? "6" : "")
        while ((getline row < table) > 0) {
          m = split(row, f, " ")
          if (f[1] != "TCP:" && f[1] != "TCP6:") continue
          if (sockets < 0) sockets = 0
          for (j = 2; j < m; j += 2) if (f[j] == "inuse" || f[j] == "tw") sockets += f[j + 1]
        }
        close(table)
      }
      if (sockets < 0) next
      seen[$1] = 1
      n++
      if (sockets > most) { most = sockets; whose = part[3] }
    }
    END { print "others\t" n + 0 "\t" most + 0 "\t" whose + 0 "\t" unread + 0 }'
}
gather | tr -d '\000' | awk 'BEGIN { print "runbolt-ports\t1" } { print } END { print "end\t" NR }'
`;
