import { ADDRESS } from './count.js';

/**
 * A second look at local IPs whose sockets may have come to their ports in two ways (`DOUBTS`: lines of IP, its largest
 * destination's local and peer IP, and port). `sockets` on ports of the parity that bind(…, 0) tries first: programs
 * that bind share none. And the order of the largest destination's TIME_WAITs: connect() goes through the range port by
 * port (`inet_hash_connect`, its offset moves on with each connect), so that ports next to each other were closed one
 * soon after the other; bind(…, 0) starts at a random port each time (`inet_csk_find_open_port`). Of the pairs of
 * neighbours, and of pairs a third of the range apart, it counts those whose ends lie apart by more than a quarter of
 * what is usual for the latter.
 */
export const DOUBTS = String.raw`
  ${ADDRESS}
  function number_of(hex,   i, n) {
    for (i = 1; i <= length(hex); i += 2) n = n * 256 + byte[substr(hex, i, 2)]
    return n
  }
  function gap(a, b) { return a > b ? a - b : b - a }
  BEGIN {
    for (i = 0; i < 256; i++) byte[sprintf("%02X", i)] = i
    getline range < "/proc/sys/net/ipv4/ip_local_port_range"
    split(range, bound, /[ \t]+/); low = bound[1] + 0; high = bound[2] + 0
    n = split(ENVIRON["DOUBTS"], list, "\n")
    for (i = 1; i <= n; i++) if (split(list[i], part, "\t") == 4) { asked[part[1]]; to[part[1]] = part[3] "\t" part[4] }
  }
  $1 == "sl" { next }
  {
    at = index($2, ":")
    raw = substr($2, 1, at - 1)
    ip = (raw in known ? known[raw] : address(raw))
    hex = substr($2, at + 1)
    if ($4 == "0A") { listens[hex]; next }
    if (!(ip in asked) || (hex in listens) || $4 == "03") next
    port = number_of(hex)
    if (port < low || port > high) next
    if ((port - low) % 2) {
      sockets[ip]++
      if (!((ip port) in seen)) { seen[ip port]; far[ip]++ }
    }
    if ($4 != "06") next
    if (!($3 in peer)) {
      at = index($3, ":")
      peer[$3] = address(substr($3, 1, at - 1)) "\t" number_of(substr($3, at + 1))
    }
    if (peer[$3] == to[ip]) left[ip, port] = number_of(substr($6, 4))
  }
  END {
    third = 2 * int((high - low) / 6)
    for (ip in asked) {
      sum = n = apart = pairs = compared = 0
      for (p = low; p + third <= high && third > 2; p++)
        if ((ip, p) in left && (ip, p + third) in left) { n++; sum += gap(left[ip, p], left[ip, p + third]) }
      if (n) for (p = low; p + 2 <= high; p++) {
        if (!((ip, p) in left)) continue
        if ((ip, p + 2) in left) { pairs++; if (gap(left[ip, p], left[ip, p + 2]) * 4 * n > sum) apart++ }
        if ((ip, p + third) in left && gap(left[ip, p], left[ip, p + third]) * 4 * n > sum) compared++
      }
      print "look\t" ip "\t" far[ip] + 0 "\t" sockets[ip] + 0 "\t" pairs "\t" apart "\t" n "\t" compared
    }
  }`;
