import { ADDRESS } from './hex-address.js';

/**
 * A second look at all local IPs together, where some ports look bound to port 0: connect() passes over a port that is
 * bound on any IP (measured on Linux 6.18: four IPs with 49 ports bound each, of 100, left 50 to every destination).
 * Counts the ports of the parity that bind(…, 0) tries first, of destinations that cannot have been driven to them, and all
 * ports of an IP that has none of that parity left; then those that are left to no new connection to a destination, which are
 * these and its own. `BOUND` holds lines: the age of a reusable TIME_WAIT, IPs, and destinations with what is known of them.
 */
export const BOUND = String.raw`
  ${ADDRESS}
  function number_of(hex) { return byte[substr(hex, 1, 2)] * 256 + byte[substr(hex, 3)] }
  BEGIN {
    for (i = 0; i < 256; i++) byte[sprintf("%02X", i)] = i
    getline range < "/proc/sys/net/ipv4/ip_local_port_range"
    split(range, part, /[ \t]+/); low = part[1] + 0; high = part[2] + 0
    getline keep < "/proc/sys/net/ipv4/ip_local_reserved_ports"
    n = split(keep, list, ",")
    for (i = 1; i <= n; i++) {
      m = split(list[i], part, "-")
      for (p = part[1] + 0; p <= part[m] + 0 && p <= high; p++) reserved[p]
    }
    n = split(ENVIRON["BOUND"], list, "\n")
    for (i = 1; i <= n; i++) {
      m = split(list[i], part, "\t")
      if (part[1] == "aged") aged = part[2]
      else if (part[1] == "full") full[part[2]]
      else if (m == 6) {
        t = part[4] "\t" part[5] "\t" part[6]
        if (part[2]) { name[++shown] = t; rank[t] = shown; reuse[t] = part[2] - 1 }
        if (part[3]) large[t]
      }
    }
    ports = held = sockets = ips = 0
  }
  $1 == "sl" { next }
  {
    at = index($2, ":")
    hex = substr($2, at + 1)
    if ($4 == "0A") { listens[hex]; next }
    if ((hex in listens) || $4 == "03") next
    port = number_of(hex)
    if (port < low || port > high || (port in reserved)) next
    ip = address(substr($2, 1, at - 1))
    if (!($3 in peer)) {
      at = index($3, ":")
      peer[$3] = address(substr($3, 1, at - 1)) "\t" number_of(substr($3, at + 1))
    }
    t = ip "\t" peer[$3]
    if ((t in rank) && !(reuse[t] && $4 == "06" && $6 < aged)) own[port " " rank[t]]
    if ((t in large) || ((port - low) % 2 == 0 && !(ip in full))) next
    sockets++
    if ((ip " " port) in seen) next
    seen[ip " " port]
    held++
    if (!(ip in counted)) { counted[ip]; ips++ }
    if (!(port in bound)) { bound[port]; ports++ }
  }
  END {
    for (k in own) {
      split(k, part, " ")
      if (!(part[1] in bound)) left[part[2]]++
    }
    best = 1
    for (i = 2; i <= shown; i++) if (left[i] > left[best]) best = i
    print "bound\t" ports "\t" held "\t" sockets "\t" ips "\t" name[best] "\t" ports + left[best]
  }`;
