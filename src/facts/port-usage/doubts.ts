import { ADDRESS } from './hex-address.js';

/**
 * A second look at local IPs whose sockets may have come to their ports in two ways (`DOUBTS`: lines of IP, its largest
 * destination's local and peer IP, and port). First, `sockets` on ports of the parity that bind(…, 0) tries first:
 * programs that bind share none. Then the order in which the largest destination's TIME_WAITs came: connect() moves on
 * through the range by a few ports each time (`__inet_hash_connect`), so that one after the other is near it; bind(…, 0)
 * starts at a random port each time (`inet_csk_find_open_port`), so that they are a quarter of the range apart on
 * average, as the range is a ring. One TIME_WAIT is taken of each hundredth of a second, at random: the
 * table itself may be in the order of ports (6.15+).
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
    if (peer[$3] != to[ip]) next
    k = ip "\t" substr($6, 4)
    rank = port * 40503 % 65536
    if ((k in came) && rank < rank_of[k]) next
    came[k] = port
    rank_of[k] = rank
  }
  END {
    for (k in came) {
      split(k, part, "\t")
      ip = part[1]
      left = number_of(part[2])
      at_time[ip "\t" left] = came[k]
      if (left > last[ip]) last[ip] = left
    }
    for (ip in asked) {
      steps = apart = 0
      before = ""
      for (left = 0; left <= last[ip] && left <= 12000; left++) {
        k = ip "\t" left
        if (!(k in at_time)) continue
        if (before != "") {
          d = gap(at_time[k], before)
          span = high - low + 1
          steps++
          apart += (d * 2 > span ? span - d : d) * 100 / span
        }
        before = at_time[k]
      }
      print "look\t" ip "\t" far[ip] + 0 "\t" sockets[ip] + 0 "\t" steps "\t" (steps ? int(apart / steps) : 0)
    }
  }`;
